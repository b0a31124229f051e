/// The request line and header of a request.
package struct HTTPRequestHead: Equatable, Sendable {
    package let method: HTTPMethod
    /// The target as sent, such as `/api/v1/alerts?status=PENDING`; signatures are computed over it.
    package let rawTarget: String
    /// The decoded path: begins with a slash, has no dot segment, backslash or control character. `*` only for OPTIONS.
    package let path: String
    /// The decoded query.
    package let query: URLEncodedForm
    package let version: HTTPVersion
    package let fields: HTTPFields
    /// Host and port that the client addressed; nil only where HTTP/1.0 sent none.
    package let host: String?

    /// True when the connection stays open after the response, as far as the client is concerned (RFC 9112 §9.3).
    package var keepsAlive: Bool {
        if fields.contains("close", in: "Connection") { return false }
        return version == .http11 || fields.contains("keep-alive", in: "Connection")
    }

    /// True when the client asks to speak `name` from here on, such as `websocket` (RFC 9110 §7.8).
    package func asksUpgrade(to name: String) -> Bool {
        version == .http11 && fields.contains("upgrade", in: "Connection") && fields.contains(name, in: "Upgrade")
    }

    /// The media type of the body in small letters without parameters, or nil.
    package var contentType: String? { fields.mediaType }

    /// The credentials of an `Authorization` header of this scheme, such as the token of `Bearer`; nil where the header
    /// is missing, doubled or of another scheme.
    package func credentials(scheme: String) -> String? {
        guard fields.count(of: "Authorization") == 1, let value = fields["Authorization"] else { return nil }
        let bytes = Array(value.utf8)
        guard let space = bytes.firstIndex(of: 0x20),
            equalsIgnoringCase(String(decoding: bytes[..<space], as: UTF8.self), scheme)
        else { return nil }
        let credentials = trimmingWhitespace(bytes[space...])
        return credentials.isEmpty ? nil : String(decoding: credentials, as: UTF8.self)
    }
}

/// One whole request.
package struct HTTPRequest: Equatable, Sendable {
    package let head: HTTPRequestHead
    /// The body with the transfer coding taken off; content codings are as sent.
    package let body: [UInt8]
    /// Fields that came after a chunked body; never merged into the header.
    package let trailers: HTTPFields

    package init(head: HTTPRequestHead, body: [UInt8] = [], trailers: HTTPFields = HTTPFields()) {
        self.head = head
        self.body = body
        self.trailers = trailers
    }
}
