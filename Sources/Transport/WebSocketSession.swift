package import Wire

/// What the API layer makes of one WebSocket. All calls come on the connection's loop.
///
/// The connection holds its session until `closed`, which is called exactly once after `opened`, and never from inside a
/// call to the connection: so a fan-out may walk its subscribers while it delivers.
package protocol WebSocketSession: AnyObject {
    /// The upgrade is answered; keep `connection` to send on it.
    func opened(_ connection: WebSocketConnection)
    /// A whole text message, valid UTF-8. The bytes lie in the loop's read buffer: copy what must outlive the call.
    func received(text: Span<UInt8>, on connection: WebSocketConnection)
    /// A whole binary message, under the same rule.
    func received(binary: Span<UInt8>, on connection: WebSocketConnection)
    /// A ping, which is answered already.
    func receivedPing(on connection: WebSocketConnection)
    /// The answer to a ping, or an unasked pong.
    func receivedPong(on connection: WebSocketConnection)
    /// `frame` would take the queue past `maxQueuedBytes`. Called from inside `deliver`.
    ///
    /// Make room by `connection.discardQueued`; if there is still none afterwards, the connection is closed with 3008.
    func overflowed(_ connection: WebSocketConnection, adding frame: OutboundFrame)
    /// All that was queued has been taken by the socket.
    func drained(_ connection: WebSocketConnection)
    /// The end: the peer's code or the hub's own, 1006 where there was no close handshake.
    func closed(_ connection: WebSocketConnection, code: CloseCode, reason: String)
}

extension WebSocketSession {
    package func received(binary: Span<UInt8>, on connection: WebSocketConnection) {
        connection.close(.unsupportedData)
    }
    package func receivedPing(on connection: WebSocketConnection) {}
    package func receivedPong(on connection: WebSocketConnection) {}
    package func overflowed(_ connection: WebSocketConnection, adding frame: OutboundFrame) {}
    package func drained(_ connection: WebSocketConnection) {}
}
