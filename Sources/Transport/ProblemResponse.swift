package import Wire

/// An error as RFC 9457 wants it, for what goes wrong before a handler sees the request.
package enum ProblemResponse {
    /// - Parameter detail: says what is wrong, with nothing of the peer's bytes in it.
    package static func response(_ status: HTTPStatus, detail: String) -> HTTPResponse {
        var json = JSONWriter()
        json.object { problem in
            problem.field("type", "about:blank")
            problem.field("title", status.reasonPhrase)
            problem.field("status", Int64(status.rawValue))
            problem.field("detail", detail)
        }
        return HTTPResponse(status, contentType: "application/problem+json", body: json.bytes)
    }
}
