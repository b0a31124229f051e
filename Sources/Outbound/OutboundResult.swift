/// What became of a request, told apart by what a sender has to do next.
package enum OutboundResult: Equatable, Sendable {
    /// The peer answered, with whatever status.
    case response(OutboundResponse)
    /// No byte of the request was given to a connection: the peer cannot have acted on it, so another try is safe.
    case notSent(OutboundFailure)
    /// Bytes of the request left, and no whole answer came back: the peer may or may not have acted on it.
    case outcomeUnknown(OutboundFailure)
}

/// A whole answer.
package struct OutboundResponse: Equatable, Sendable {
    package let status: Int
    package let headers: [HeaderField]
    package let body: [UInt8]

    package init(status: Int, headers: [HeaderField] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package var isSuccess: Bool { (200...299).contains(status) }

    /// The value of the first field of this name, in any case.
    package func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }
}

/// Why there is no whole answer. Whether the request was sent is the result's case, not this reason's.
package enum OutboundFailure: Error, Equatable, Sendable {
    /// The URL, a header field, or a body with GET or DELETE: a mistake of the caller or of the configuration.
    case invalidRequest
    /// Too many requests wait already; slow down.
    case queueFull
    /// The client was closed: the process is stopping.
    case closed
    /// The whole time that the caller gave has passed.
    case deadline
    /// No connection within the connect time-out.
    case connectTimeout
    /// The peer's name has no address, or the resolver does not answer.
    case nameNotResolved
    /// Nobody listens there, or no way leads there.
    case connectFailed
    /// The handshake failed or the certificate is not trusted; a configuration mistake, or somebody in between.
    case tlsFailed
    /// The peer closed or reset the connection before the answer was whole.
    case connectionLost
    /// The answer's body is larger than allowed; it was cut off.
    case responseTooLarge
    /// The answer's header is larger than allowed.
    case headTooLarge
    /// The answer is not HTTP/1.
    case invalidResponse
    /// libcurl failed in another way; the number is its `CURLcode`.
    case library(UInt32)
}
