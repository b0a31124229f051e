package import Wire

/// The chance to answer one request, once. Loop-confined; may be kept across awaits on the loop.
///
/// Where the connection is gone meanwhile, or an answer was given, answering does nothing.
package final class Exchange {
    package let head: HTTPRequestHead
    package let peer: PeerAddress
    /// Whether the request came over TLS.
    package let isSecure: Bool
    private var connection: HTTPConnection?

    init(_ head: HTTPRequestHead, on connection: HTTPConnection) {
        self.head = head
        self.connection = connection
        peer = connection.peer
        isSecure = connection.tls != nil
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

    /// Begins an answer whose body comes in pieces; nil where there is nobody to send it to, or a HEAD request is answered by
    /// its head.
    package func stream(_ head: HTTPResponse) -> ResponseStream? {
        guard let connection = detach() else { return nil }
        let stream = connection.beginStream(head, to: self.head)
        guard self.head.method != .head else {
            stream.end()
            return nil
        }
        return stream
    }

    /// Turns the connection into a WebSocket of `session`: sends `acceptance`, the 101 of a handshake that was checked
    /// (RFC 6455 §4.2.2), and what follows is for the session.
    ///
    /// Authorise the peer first. `session.opened` is called before the loop's turn ends; not at all where the connection
    /// is gone, or where the server drains: then the answer is 503.
    ///
    /// - Parameter deflate: what the 101 says was agreed on compression.
    package func upgrade(
        with acceptance: HTTPResponse, session: any WebSocketSession, deflate: DeflateAgreement? = nil
    ) {
        precondition(acceptance.status == .switchingProtocols, "an upgrade is answered by 101")
        guard let connection = detach() else { return }
        if connection.server.isDraining {
            let refusal = ProblemResponse.response(.serviceUnavailable, detail: "the hub is stopping")
            connection.refuseUpgrade(with: refusal, to: head)
        } else {
            connection.upgrade(with: acceptance, session: session, deflate: deflate)
        }
    }

    /// Who asks is known: see ``Connection/recognise()``. Call it before the answer.
    package func recognise() { connection?.recognise() }

    /// Counts why the request is not served, besides the answer's status.
    package func noteRefusal(_ reason: TransportCounters.Refusal) { connection?.noteRefusal(reason) }

    /// Counts the request against its address; false if it is one too many.
    package func takeMessageOfAddress() -> Bool { connection?.takeMessageOfAddress() ?? true }

    /// Sends the answer to a handshake that failed, and closes: a proxy may believe that the connection is a tunnel already.
    package func refuseUpgrade(with response: HTTPResponse) {
        detach()?.refuseUpgrade(with: response, to: head)
    }

    /// Lets the connection go: the answer has been given, or can no longer be.
    @discardableResult
    func detach() -> HTTPConnection? {
        defer { connection = nil }
        return connection
    }
}
