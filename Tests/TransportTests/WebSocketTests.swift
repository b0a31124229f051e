import Testing
import Transport
import Wire

@Suite("WebSocket connections")
struct WebSocketTests {
    @Test("messages of all lengths come back", arguments: [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
    func echoes(_ length: Int) throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.upgrade()
        let payload = (0..<length).map { UInt8(0x20 + $0 % 64) }
        try peer.send(.text, payload)
        #expect(try peer.frame() == Peer.Frame(opcode: .text, payload: payload))
        try peer.send(.binary, payload)
        #expect(try peer.frame() == Peer.Frame(opcode: .binary, payload: payload))
        #expect(server.counters.openWebSockets == 1)
    }

    @Test("the subprotocol of the handshake is named in the answer")
    func subprotocol() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.get("/ws", fields: Peer.handshakeFields + "Sec-WebSocket-Protocol: chat, echo\r\n")
        #expect(try peer.response().head.contains("Sec-WebSocket-Protocol: echo\r\n"))
    }

    @Test("frames that come right behind the request are not lost", arguments: ["/ws", "/ws-later"])
    func early(_ target: String) throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        let request = "GET \(target) HTTP/1.1\r\nHost: test\r\n\(Peer.handshakeFields)\r\n"
        try peer.send(Array(request.utf8) + FrameEncoder.maskedFrame(.text, Array("early".utf8), key: Peer.key))
        try peer.send(.text, Array("later".utf8))
        #expect(try peer.response().head.hasPrefix("HTTP/1.1 101 "))
        #expect(try peer.frame() == .text("early"))
        #expect(try peer.frame() == .text("later"))
    }

    @Test("a message is whole again from its fragments, with a ping between them")
    func fragments() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.upgrade()
        try peer.send(.text, Array("one ".utf8), isFinal: false)
        try peer.send(.continuation, Array("two ".utf8), isFinal: false)
        try peer.send(.ping, [1, 2, 3])
        #expect(try peer.frame() == Peer.Frame(opcode: .pong, payload: [1, 2, 3]))
        try peer.send(.continuation, [], isFinal: false)
        try peer.send(.continuation, Array("three".utf8))
        #expect(try peer.frame() == .text("one two three"))
    }

    @Test("frames are the same byte by byte")
    func byteByByte() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.upgrade()
        let text = String(repeating: "über", count: 40)
        for byte in FrameEncoder.maskedFrame(.text, Array(text.utf8), key: Peer.key) { try peer.send([byte]) }
        #expect(try peer.frame() == .text(text))
    }

    @Test("many messages in one segment are answered in order")
    func coalesced() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.upgrade()
        var bytes: [UInt8] = []
        for index in 0..<500 { bytes += FrameEncoder.maskedFrame(.text, Array("\(index)".utf8), key: Peer.key) }
        try peer.send(bytes)
        for index in 0..<500 { #expect(try peer.frame() == .text("\(index)")) }
    }

    @Test("the hub's ping is answered, and a peer that stays mute is closed with 3012")
    func pingsAndPongs() throws {
        let server = try LoopbackServer(.quick { $0.pongDeadline = .milliseconds(100) })
        let peer = try server.connect()
        try peer.upgrade()
        #expect(server.journal.wait(for: "opened"))
        server.post { $0.handler.sessions[0].connection?.ping() }
        #expect(try peer.frame() == Peer.Frame(opcode: .ping, payload: []))
        try peer.send(.pong, [])
        #expect(server.journal.wait(for: "pong"))
        server.post { $0.handler.sessions[0].connection?.ping() }
        #expect(try peer.frame() == Peer.Frame(opcode: .ping, payload: []))
        #expect(try peer.frame() == .close(.noPong))
        try peer.sendClose(.noPong)
        #expect(try peer.frame() == nil)
        #expect(server.journal.wait(for: "closed 3012 "))
    }

    @Test(
        "a message that is begun and not ended is closed by its deadline, though bytes keep coming (nats-server#8029)")
    func slowMessage() throws {
        let server = try LoopbackServer(.quick { $0.messageDeadline = .milliseconds(100) })
        let peer = try server.connect()
        try peer.upgrade()
        try peer.send(.text, [0x61], isFinal: false)
        #expect(eventually { !peer.offer(FrameEncoder.maskedFrame(.ping, [], key: Peer.key)) || server.isClosing })
        var last = try peer.frame()
        while let frame = last, frame.opcode == .pong { last = try peer.frame() }
        #expect(last?.opcode == .close)
        #expect(last?.payload.prefix(2) == [0x03, 0xF0])
    }

    struct Violation: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: [UInt8]
        let code: CloseCode
    }

    static let violations = [
        Violation(testDescription: "an unmasked frame", bytes: [0x81, 1, 0x61], code: .protocolError),
        Violation(testDescription: "a reserved bit", bytes: [0xC1, 0x80, 0, 0, 0, 0], code: .protocolError),
        Violation(testDescription: "a reserved opcode", bytes: [0x83, 0x80, 0, 0, 0, 0], code: .protocolError),
        Violation(testDescription: "a continuation of nothing", bytes: [0x80, 0x80, 0, 0, 0, 0], code: .protocolError),
        Violation(testDescription: "a fragmented ping", bytes: [0x09, 0x80, 0, 0, 0, 0], code: .protocolError),
        Violation(
            testDescription: "a length with its highest bit set",
            bytes: [0x82, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0], code: .protocolError),
        Violation(
            testDescription: "a length of 2^62",
            bytes: [0x82, 0xFF, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], code: .messageTooBig),
        Violation(
            testDescription: "a message past the limit", bytes: [0x82, 0xFF, 0, 0, 0, 0, 0, 0x10, 0, 1, 0, 0, 0, 0],
            code: .messageTooBig),
        Violation(testDescription: "bad UTF-8", bytes: [0x81, 0x81, 0, 0, 0, 0, 0xFF], code: .invalidData),
        Violation(
            testDescription: "bad UTF-8 in a first fragment", bytes: [0x01, 0x81, 0, 0, 0, 0, 0xC0], code: .invalidData),
        Violation(testDescription: "half a close code", bytes: [0x88, 0x81, 0, 0, 0, 0, 3], code: .protocolError),
        Violation(
            testDescription: "a close code of 1005", bytes: [0x88, 0x82, 0, 0, 0, 0, 3, 0xED], code: .protocolError),
        Violation(
            testDescription: "65 empty fragments",
            bytes: [0x02, 0x80, 0, 0, 0, 0] + (0..<64).flatMap { _ in [0x00, 0x80, 0, 0, 0, 0] as [UInt8] },
            code: .policyViolation),
    ]

    @Test("closes the connection with its code", arguments: violations)
    func violation(_ violation: Violation) throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.upgrade()
        try peer.send(violation.bytes)
        #expect(try peer.frame() == .close(violation.code))
        #expect(try peer.frame() == nil)
        peer.close()
        #expect(server.journal.wait(for: "closed \(violation.code) "))
        #expect(server.counters.closes == [violation.code: 1])
        #expect(server.counters.openWebSockets == 0)
    }

    @Test("a message past 4 KiB is too big until somebody raises the limit")
    func smallLimitAtFirst() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.upgrade()
        #expect(server.journal.wait(for: "opened"))
        _ = server.onLoop { $0.handler.sessions[0].connection?.messageLimit = $0.server.limits.initialMessageBytes }
        try peer.send(.text, [UInt8](repeating: 0x61, count: 4_096))
        #expect(try peer.frame()?.payload.count == 4_096)
        try peer.send(.text, [UInt8](repeating: 0x61, count: 4_097))
        #expect(try peer.frame() == .close(.messageTooBig))
    }
}

extension LoopbackServer {
    /// Whether a WebSocket of this server has begun to close.
    var isClosing: Bool { onLoop { $0.handler.sessions.contains { $0.connection?.isOpen != true } } ?? false }
}
