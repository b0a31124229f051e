import Transport
import Wire

/// `/echo`: sends every message back, for conformance suites (RFC 6455, RFC 7692). Only where `diagnostics.echo` is on.
///
/// Nobody authenticates here, so it knows nothing of the hub. It takes larger messages than any other path, compressed
/// ones too, and any number of fragments; while its answers wait for the peer, nothing more of it is read.
final class EchoSession: WebSocketSession {
    /// Conformance suites send messages of 16 MiB.
    private static let messageBytes = 16 << 20

    func opened(_ connection: WebSocketConnection) {
        connection.messageLimit = Self.messageBytes
        connection.fragmentLimit = Int(UInt32.max)
        connection.readsOnlyWhenDrained = true
    }

    func received(text: Span<UInt8>, on connection: WebSocketConnection) {
        connection.deliver(OutboundFrame(text: [UInt8](copying: text)))
    }

    func received(binary: Span<UInt8>, on connection: WebSocketConnection) {
        connection.deliver(OutboundFrame(binary: [UInt8](copying: binary)))
    }

    func closed(_ connection: WebSocketConnection, code: CloseCode, reason: String) {}
}
