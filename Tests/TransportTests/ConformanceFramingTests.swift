import Testing
import Wire

/// RFC 6455 section 5, clause by clause, over real sockets.
@Suite("Conformance: data framing (RFC 6455 section 5)")
struct ConformanceFramingTests {
    private static let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]

    static let masking = [
        Clause(
            "5.1: a frame of a client that is not masked closes the connection", [0x81, 0x01, 0x61],
            heard: .close(.protocolError)),
        Clause(
            "5.7: a single-frame masked text message",
            [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58], heard: .text("Hello")),
        Clause(
            "5.3: each frame has a key of its own", [0x01, 0x81, 1, 2, 3, 4, 0x60], [0x80, 0x81, 9, 8, 7, 6, 0x6B],
            heard: .text("ab")),
    ]

    static let base = [
        Clause("5.2: RSV1 without an extension", [0xC1, 0x80] + mask, heard: .close(.protocolError)),
        Clause("5.2: RSV2 without an extension", [0xA1, 0x80] + mask, heard: .close(.protocolError)),
        Clause("5.2: RSV3 without an extension", [0x91, 0x80] + mask, heard: .close(.protocolError)),
        Clause("5.2: RSV1 on a control frame", [0xC9, 0x80] + mask, heard: .close(.protocolError)),
        Clause(
            "5.2: 126 stands for a length of two bytes", frame(.binary, [UInt8](repeating: 7, count: 126)),
            heard: Peer.Frame(opcode: .binary, payload: [UInt8](repeating: 7, count: 126))),
        Clause(
            "5.2: a length must be written in the fewest bytes (16 bits)", [0x82, 0xFE, 0, 125] + mask,
            heard: .close(.protocolError)),
        Clause(
            "5.2: a length must be written in the fewest bytes (64 bits)",
            [0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF] + mask, heard: .close(.protocolError)),
        Clause(
            "5.2: the highest bit of a 64-bit length must be 0", [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0] + mask,
            heard: .close(.protocolError)),
        Clause(
            "5.6: binary comes back as binary", frame(.binary, [0, 0xFF, 0x80]),
            heard: Peer.Frame(opcode: .binary, payload: [0, 0xFF, 0x80])),
        Clause("5.6: an empty text message is a message", frame(.text), heard: .text("")),
    ]

    static let fragmentation = [
        Clause(
            "5.4: an unfragmented message is one frame", frame(.text, "a"), frame(.text, "b"), heard: .text("a"),
            .text("b")),
        Clause(
            "5.4: fragments are joined in order", frame(.text, "Hel", isFinal: false), frame(.continuation, "lo"),
            heard: .text("Hello")),
        Clause(
            "5.4: the first fragment's opcode is the message's", frame(.binary, [1], isFinal: false),
            frame(.continuation, [2]),
            heard: Peer.Frame(opcode: .binary, payload: [1, 2])),
        Clause(
            "5.4: empty fragments are fragments", frame(.text, "", isFinal: false),
            frame(.continuation, "", isFinal: false), frame(.continuation, "x"), heard: .text("x")),
        Clause(
            "5.4: control frames may come between fragments", frame(.text, "a", isFinal: false), frame(.ping, "?"),
            frame(.continuation, "b"),
            heard: Peer.Frame(opcode: .pong, payload: [0x3F]), .text("ab")),
        Clause(
            "5.4: a continuation with nothing to continue", frame(.continuation, "x"), heard: .close(.protocolError)),
        Clause(
            "5.4: a continuation behind a finished message", frame(.text, "a"), frame(.continuation, "x"),
            heard: .text("a"), .close(.protocolError)),
        Clause(
            "5.4: a new message within a fragmented one", frame(.text, "a", isFinal: false), frame(.text, "b"),
            heard: .close(.protocolError)),
        Clause(
            "5.4: fragments of two messages must not be mixed", frame(.text, "a", isFinal: false),
            frame(.binary, "b", isFinal: false), heard: .close(.protocolError)),
    ]

    static let control = [
        Clause(
            "5.5: a control frame must not be fragmented (ping)", [0x09, 0x80] + mask, heard: .close(.protocolError)),
        Clause(
            "5.5: a control frame must not be fragmented (close)", [0x08, 0x80] + mask, heard: .close(.protocolError)),
        Clause(
            "5.5: a control frame has at most 125 bytes", [0x89, 0xFE, 0, 126] + mask, heard: .close(.protocolError)),
        Clause("5.5.2: a ping is answered", frame(.ping), heard: Peer.Frame(opcode: .pong, payload: [])),
        Clause(
            "5.5.3: a pong has the ping's payload", frame(.ping, [UInt8](0..<125)),
            heard: Peer.Frame(opcode: .pong, payload: [UInt8](0..<125))),
        Clause(
            "5.5.3: an unasked pong is no fault and has no answer", frame(.pong, "x"), frame(.text, "a"),
            heard: .text("a")),
    ]

    @Test("holds the clause", arguments: masking + base + fragmentation + control, Chopping.allCases)
    func holds(_ clause: Clause, _ chopping: Chopping) throws {
        try clause.check(try LoopbackServer(), chopping)
    }

    @Test(
        "5.2: reserved opcodes 3 to 7 and 11 to 15 close the connection",
        arguments: [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] as [UInt8])
    func reserved(_ opcode: UInt8) throws {
        try Clause("5.2", [0x80 | opcode, 0x80] + Self.mask, heard: .close(.protocolError)).check(
            try LoopbackServer(), .whole)
    }
}
