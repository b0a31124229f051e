import Platform
import Testing
import Wire

/// RFC 7692, clause by clause, over real sockets.
@Suite("Conformance: permessage-deflate (RFC 7692)")
struct ConformanceDeflateTests {
    private static let hello: [UInt8] = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
    private static let offer = "Sec-WebSocket-Extensions: permessage-deflate\r\n"

    static let clauses = [
        Clause("6: RSV1 marks a compressed message", frame(.text, hello, isCompressed: true), heard: .text("Hello")),
        Clause(
            "6: plain messages may stand among compressed ones", frame(.text, "a"),
            frame(.text, hello, isCompressed: true), heard: .text("a"), .text("Hello")),
        Clause(
            "6.1: a compressed message may be fragmented",
            frame(.text, Array(hello[..<3]), isFinal: false, isCompressed: true),
            frame(.continuation, Array(hello[3...])), heard: .text("Hello")),
        Clause(
            "6.1: RSV1 on a continuation", frame(.text, Array(hello[..<3]), isFinal: false, isCompressed: true),
            frame(.continuation, Array(hello[3...]), isCompressed: true), heard: .close(.protocolError)),
        Clause("6.1: RSV1 on a control frame", frame(.ping, [], isCompressed: true), heard: .close(.protocolError)),
        Clause(
            "6.1: a control frame between compressed fragments",
            frame(.text, Array(hello[..<3]), isFinal: false, isCompressed: true), frame(.ping),
            frame(.continuation, Array(hello[3...])), heard: Peer.Frame(opcode: .pong, payload: []), .text("Hello")),
        Clause(
            "7.1.1.2 and 7.2.3.2: a client may refer to its earlier message", frame(.text, hello, isCompressed: true),
            frame(.text, [0xF2, 0x00, 0x11, 0x00, 0x00], isCompressed: true), heard: .text("Hello"), .text("Hello")),
        Clause(
            "7.2.2: what is no DEFLATE", frame(.text, [0x07, 0xFF], isCompressed: true), heard: .close(.invalidData)),
        Clause(
            "7.2.3.3: a block without compression",
            frame(.text, [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00], isCompressed: true),
            heard: .text("Hello")),
        Clause(
            "7.2.3.4: a block with BFINAL set",
            frame(.text, [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00], isCompressed: true), heard: .text("Hello")),
        Clause("7.2.3.6: an empty message", frame(.text, [0x00], isCompressed: true), heard: .text("")),
        Clause(
            "RFC 6455 8.1: text is checked behind the inflater",
            frame(.text, [0x00, 0x01, 0x00, 0xFE, 0xFF, 0xFF, 0x00], isCompressed: true), heard: .close(.invalidData)),
    ]

    @Test("holds the clause", arguments: clauses, Chopping.allCases)
    func holds(_ clause: Clause, _ chopping: Chopping) throws {
        try clause.check(try LoopbackServer(), chopping, path: "/deflate", fields: Self.offer)
    }

    @Test(
        "5.1: compression that was not agreed on is refused", arguments: ["", "Sec-WebSocket-Extensions: x-other\r\n"])
    func unasked(_ fields: String) throws {
        try Clause("6", frame(.text, Self.hello, isCompressed: true), heard: .close(.protocolError))
            .check(try LoopbackServer(), .whole, path: "/deflate", fields: fields)
    }

    @Test("7.1.1.2: a client that may not refer to earlier messages and does is closed")
    func noTakeover() throws {
        try Clause(
            "7.1.1.2", frame(.text, Self.hello, isCompressed: true),
            frame(.text, [0xF2, 0x00, 0x11, 0x00, 0x00], isCompressed: true),
            heard: .text("Hello"), .close(.invalidData)
        ).check(
            try LoopbackServer(), .whole, path: "/deflate",
            fields: "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover\r\n")
    }

    @Test("7.1: the answer names what was agreed, and nothing where nothing was offered")
    func answer() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.get(
            "/deflate",
            fields: Peer.handshakeFields + "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10\r\n"
        )
        let head = try peer.response().head
        #expect(
            head.contains(
                "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; server_max_window_bits=10\r\n"
            ))
        let plain = try server.connect()
        try plain.get("/deflate", fields: Peer.handshakeFields)
        #expect(try !plain.response().head.contains("Sec-WebSocket-Extensions"))
        let malformed = try server.connect()
        try malformed.get(
            "/deflate", fields: Peer.handshakeFields + "Sec-WebSocket-Extensions: permessage-deflate;\r\n")
        #expect(try malformed.response().head.hasPrefix("HTTP/1.1 400 "))
    }

    @Test("7.2.1: the server's messages are compressed without reference to earlier ones")
    func outbound() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.upgrade("/deflate", fields: Self.offer)
        let text = Array(String(repeating: "the same alert ", count: 100).utf8)
        let inflater = Inflater()
        for _ in 0..<3 {
            try peer.send(.text, text)
            let frame = try #require(try peer.frame())
            #expect(frame.isCompressed && frame.payload.count < text.count / 10)
            var history: [UInt8] = []
            let message = try inflater.inflate(.text, frame.payload.span, history: &history, keeping: 0, limit: 4_096)
            #expect(message == text)
        }
    }

    @Test("8: a bomb is closed with 1009 as soon as it is past the limit, and others are served meanwhile")
    func bomb() throws {
        let server = try LoopbackServer()
        let zeros = [UInt8](repeating: 0, count: 32 << 20)
        let compressed = Deflater.deflate(zeros.span, for: .full)
        let payload = try #require(compressed)
        let peer = try server.connect()
        try peer.upgrade("/deflate", fields: Self.offer)
        try peer.send(frame(.binary, payload, isCompressed: true))
        #expect(try peer.frame() == .close(.messageTooBig))
        let other = try server.connect()
        try other.upgrade()
        try other.send(.text, [0x61])
        #expect(try other.frame() == .text("a"))
    }
}
