package import Wire

/// The chance to answer one request, once. Loop-confined; may be kept across awaits on the loop.
///
/// Where the connection is gone meanwhile, or an answer was given, answering does nothing.
package final class Exchange {
    package let head: HTTPRequestHead
    package let peer: PeerAddress
    private var connection: HTTPConnection?

    init(_ head: HTTPRequestHead, on connection: HTTPConnection) {
        self.head = head
        self.connection = connection
        peer = connection.peer
    }

    /// Whether an answer still has somewhere to go.
    package var isOpen: Bool { connection != nil }

    /// Sends the response. `Date`, `Content-Length` and `Connection` are added; a HEAD request is sent no body.
    ///
    /// A request that asked for an upgrade is answered with `Connection: close`: what follows it might be meant for
    /// another protocol (request smuggling).
    package func respond(_ response: HTTPResponse) {
        guard let connection = detach() else { return }
        connection.respond(response, to: head)
    }

    /// Turns the connection into a WebSocket of `session` (RFC 6455 §4.2.2).
    ///
    /// Authorise the peer first: what follows is its own. A request that is no valid handshake is answered as the RFC
    /// wants, and the connection closes.
    ///
    /// - Parameter subprotocol: the one chosen of those that the client offered; nil names none.
    /// - Returns: whether it is a WebSocket now; `session.opened` is called before the loop's turn ends.
    @discardableResult
    package func upgrade(subprotocol: String? = nil, session: any WebSocketSession) -> Bool {
        guard let connection = detach() else { return false }
        return connection.upgrade(head, subprotocol: subprotocol, session: session)
    }

    /// Lets the connection go: the answer has been given, or can no longer be.
    @discardableResult
    func detach() -> HTTPConnection? {
        defer { connection = nil }
        return connection
    }
}
