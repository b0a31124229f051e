/// A request method that the hub may serve (RFC 9110 §9, RFC 5789). The names are case-sensitive.
///
/// `CONNECT` and `TRACE` are known and refused by the parser (405); others are not implemented (501).
package enum HTTPMethod: String, CaseIterable, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"
}

/// The versions of HTTP/1 (RFC 9112 §2.3). A later minor version is treated as 1.1.
package enum HTTPVersion: Equatable, Sendable {
    case http10
    case http11
}
