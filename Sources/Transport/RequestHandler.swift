package import Wire

/// Whoever answers the requests of a loop. Runs on its loop.
package protocol RequestHandler: AnyObject {
    /// A whole request has arrived. Answer by `exchange`, now or later, once.
    ///
    /// The connection reads nothing more until then; after `handlerDeadline` it answers 503 by itself.
    func handle(_ request: HTTPRequest, _ exchange: Exchange)
    /// How many bytes the body of this request may have, where it is wanted as it comes; nil to have it gathered, within the
    /// transport's limits. One without a body is handed over by `handle(_:_:)` in any case.
    func streamedBodyLimit(of head: HTTPRequestHead) -> Int?
    /// A request has begun whose body is wanted as it comes. Answering before its end closes the connection.
    func handle(_ head: HTTPRequestHead, _ body: RequestBody, _ exchange: Exchange)
    /// A connection was refused before anything was read of it; told for the record.
    func refused(_ peer: PeerAddress, _ reason: TransportCounters.Refusal)
}

extension RequestHandler {
    package func streamedBodyLimit(of head: HTTPRequestHead) -> Int? { nil }
    package func handle(_ head: HTTPRequestHead, _ body: RequestBody, _ exchange: Exchange) {
        exchange.respond(HTTPResponse(.contentTooLarge))
    }
    package func refused(_ peer: PeerAddress, _ reason: TransportCounters.Refusal) {}
}
