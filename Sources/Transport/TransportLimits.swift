package import Wire

/// What a peer may cost a loop: bytes and waits. Every wait of a connection ends at one of these; how many peers there may
/// be is in ``AddressLimits``.
///
/// Deadlines are looked at once a `tick`: none fires early, each fires at most one tick late.
package struct TransportLimits: Sendable, Equatable {
    /// Connections accepted in one turn of the loop, so that a reconnect storm does not starve open sockets.
    package var maxAcceptsPerTurn = 64
    /// The time that one turn of the loop gives to TLS handshakes, one of them at least; the others wait in line.
    package var handshakeTimePerTurn: Duration = .milliseconds(2)
    /// TLS handshakes that may wait in line; while more do, nobody is accepted.
    package var maxWaitingHandshakes = 512

    /// From the accept to the end of a request's header section, a TLS handshake included.
    package var headerDeadline: Duration = .seconds(5)
    /// From the end of the header section to the end of the body.
    package var bodyDeadline: Duration = .seconds(30)
    /// The same for a body that is handed on as it comes; each of its parts has `bodyDeadline`.
    package var streamedBodyDeadline: Duration = .seconds(300)
    /// From the request to its response; then the peer gets 503 and the connection closes.
    package var handlerDeadline: Duration = .seconds(30)
    /// How long a connection may wait for its next request.
    package var keepAliveDeadline: Duration = .seconds(60)
    /// How long bytes that the hub has queued may wait without any of them being taken.
    package var writeDeadline: Duration = .seconds(30)
    /// How long a closing connection waits for the peer's close frame, and then for its FIN.
    package var closeDeadline: Duration = .seconds(5)
    /// From the first byte of a WebSocket message to its last.
    package var messageDeadline: Duration = .seconds(10)
    /// From a ping to its pong, see ``WebSocketConnection/ping()``.
    package var pongDeadline: Duration = .seconds(10)
    /// TCP_USER_TIMEOUT: how long sent bytes may stay unacknowledged by the peer's kernel.
    package var userTimeout: Duration = .seconds(20)
    /// The step of the deadline clock.
    package var tick: Duration = .seconds(1)

    /// A request's header and body; what is longer is answered 413, 414 or 431.
    package var http = HTTPLimits()
    /// A WebSocket message before anybody raises ``WebSocketConnection/messageLimit``; more is closed with 1009.
    package var initialMessageBytes = 4_096
    /// Frames of one WebSocket message, empty ones counted; more is closed with 1008.
    package var maxFragments = 64
    /// Bytes queued for a WebSocket peer that does not read, see ``WebSocketSession/overflowed(_:adding:)``.
    package var maxQueuedBytes = 1 << 20

    package init() {}
}
