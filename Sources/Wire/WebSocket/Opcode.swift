/// What a frame is (RFC 6455 section 5.2). The reserved opcodes have no case.
package enum Opcode: UInt8, Sendable, CaseIterable {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA

    /// Whether it is a control frame (section 5.5): at most 125 bytes, never fragmented, allowed between fragments.
    package var isControl: Bool { rawValue & 0x8 != 0 }
}

/// Which end of a connection this side is; it decides who masks (RFC 6455 section 5.1).
package enum WebSocketRole: Sendable {
    /// Expects masked frames and sends unmasked ones.
    case server
    /// Expects unmasked frames and sends masked ones.
    case client
}
