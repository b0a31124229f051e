import Clinic
import Wire

/// What a screen says first.
struct Greeting {
    /// The request for the upgrade. All screens ask with the same nonce, which is theirs to choose.
    let request: [UInt8]
    /// The frame that subscribes; nil where the server begins by itself.
    let subscribe: [UInt8]?

    /// For a screen of the hub.
    init(clinic: ClinicID, token: String) {
        request = Self.handshake(["alert-hub.v1", "bearer.\(token)"]).request(target: "/ws", host: "127.0.0.1")
        subscribe = FrameEncoder.maskedFrame(
            .text, Array(#"{"type":"subscribe","channel":"clinic:\#(clinic)"}"#.utf8), key: Screen.maskKey)
    }

    /// For another server that sends what it is given, to whoever asks for this path.
    init(target: String) {
        request = Self.handshake([]).request(target: target, host: "127.0.0.1")
        subscribe = nil
    }

    private static func handshake(_ subprotocols: [String]) -> ClientHandshake {
        ClientHandshake(nonce: [UInt8](repeating: 7, count: 16), subprotocols: subprotocols)
    }
}
