package import Wire

/// Whoever answers the requests of a loop. Runs on its loop.
package protocol RequestHandler: AnyObject {
    /// A whole request has arrived. Answer by `exchange`, now or later, once.
    ///
    /// The connection reads nothing more until then; after `handlerDeadline` it answers 503 by itself.
    func handle(_ request: HTTPRequest, _ exchange: Exchange)
    /// A connection was refused before anything was read of it; told for the record.
    func refused(_ peer: PeerAddress, _ reason: TransportCounters.Refusal)
}

extension RequestHandler {
    package func refused(_ peer: PeerAddress, _ reason: TransportCounters.Refusal) {}
}
