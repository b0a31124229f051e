import Testing
import Wire

/// What a client sends to an echoing server over a real socket, and what it must hear: one clause of an RFC.
struct Clause: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let sent: [UInt8]
    let heard: [Peer.Frame]

    /// - Parameter clause: such as `RFC 6455 5.5.1: what it demands`.
    init(_ clause: String, _ sent: [UInt8]..., heard: Peer.Frame...) {
        testDescription = clause
        self.sent = sent.flatMap { $0 }
        self.heard = heard
    }
}

/// How the bytes of a clause are given to the socket.
enum Chopping: CaseIterable, Sendable {
    case whole
    case byteByByte
    case inThrees
}

extension Clause {
    /// Says it over a new connection, then listens to the end; a close is answered, as a client must.
    func check(_ server: LoopbackServer, _ chopping: Chopping, path: String = "/ws", fields: String = "") throws {
        let peer = try server.connect()
        try peer.upgrade(path, fields: fields)
        let size =
            switch chopping {
            case .whole: max(1, sent.count)
            case .byteByByte: 1
            case .inThrees: 3
            }
        for start in stride(from: 0, to: sent.count, by: size) {
            // The server may have ended the connection before it is told all.
            guard peer.offer(Array(sent[start..<min(start + size, sent.count)])) else { break }
        }
        for expected in heard { #expect(try peer.frame() == expected) }
        guard heard.last?.opcode == .close else { return }
        #expect(try peer.frame() == nil, "nothing follows a close frame")
    }
}

/// A client's frame; `key` as in RFC 6455 section 5.7.
func frame(_ opcode: Opcode, _ payload: [UInt8] = [], isFinal: Bool = true, isCompressed: Bool = false) -> [UInt8] {
    FrameEncoder.maskedFrame(
        opcode, payload, key: MaskKey(0x37, 0xFA, 0x21, 0x3D), isFinal: isFinal, isCompressed: isCompressed)
}

func frame(_ opcode: Opcode, _ text: String, isFinal: Bool = true) -> [UInt8] {
    frame(opcode, Array(text.utf8), isFinal: isFinal)
}

/// A client's close frame with this payload.
func closing(_ code: UInt16, _ reason: [UInt8] = []) -> [UInt8] {
    frame(.close, [UInt8(code >> 8), UInt8(truncatingIfNeeded: code)] + reason)
}
