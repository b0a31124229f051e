import Testing
import Wire

/// RFC 6455 sections 5.5.1, 7 and 8, clause by clause, over real sockets.
@Suite("Conformance: closing and text (RFC 6455 sections 7 and 8)")
struct ConformanceClosingTests {
    static let closings = [
        Clause(
            "5.5.1: a close frame without a code is answered", frame(.close),
            heard: Peer.Frame(opcode: .close, payload: [])),
        Clause("5.5.1: a close frame is answered with its code", closing(1000), heard: .close(.normal)),
        Clause("5.5.1: a reason is UTF-8 behind the code", closing(1001, Array("bye".utf8)), heard: .close(.goingAway)),
        Clause(
            "5.5.1: a reason may have 123 bytes", closing(1000, [UInt8](repeating: 0x61, count: 123)),
            heard: .close(.normal)),
        Clause("5.5.1: half a code", frame(.close, [3]), heard: .close(.protocolError)),
        Clause(
            "5.5.1: nothing that follows a close frame is read", closing(1000), frame(.text, "late"), frame(.ping),
            heard: .close(.normal)),
        Clause(
            "5.5.1: a close frame may come within a fragmented message", frame(.text, "a", isFinal: false),
            closing(1000), heard: .close(.normal)),
        Clause("8.1: a reason that is not UTF-8", closing(1000, [0xC0, 0xAF]), heard: .close(.invalidData)),
    ]

    static let texts = [
        Clause("8.1: text of every length of character", frame(.text, "aé€🚑"), heard: .text("aé€🚑")),
        Clause(
            "8.1: a character may be cut by a fragment", frame(.text, [0xF0, 0x9F], isFinal: false),
            frame(.continuation, [0x9A, 0x91]), heard: .text("🚑")),
        Clause("8.1: an overlong form", frame(.text, [0xC0, 0xAF]), heard: .close(.invalidData)),
        Clause("8.1: a surrogate", frame(.text, [0xED, 0xA0, 0x80]), heard: .close(.invalidData)),
        Clause("8.1: beyond U+10FFFF", frame(.text, [0xF4, 0x90, 0x80, 0x80]), heard: .close(.invalidData)),
        Clause(
            "8.1: a message that ends within a character", frame(.text, [0x61, 0xE2, 0x82]), heard: .close(.invalidData)
        ),
        Clause(
            "8.1: it fails at the first bad byte, before the message is whole",
            frame(.text, [0x61, 0xFF, 0x61], isFinal: false), heard: .close(.invalidData)),
        Clause(
            "5.6: binary is not checked", frame(.binary, [0xC0, 0xAF]),
            heard: Peer.Frame(opcode: .binary, payload: [0xC0, 0xAF])),
    ]

    @Test("holds the clause", arguments: closings + texts, Chopping.allCases)
    func holds(_ clause: Clause, _ chopping: Chopping) throws {
        try clause.check(try LoopbackServer(), chopping)
    }

    @Test(
        "7.4.1 and 7.4.2: codes that may be on the wire are answered with themselves",
        arguments: [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
            as [UInt16])
    func permitted(_ code: UInt16) throws {
        try Clause("7.4", closing(code), heard: .close(CloseCode(rawValue: code))).check(try LoopbackServer(), .whole)
    }

    @Test(
        "7.4.1 and 7.4.2: codes that must not be on the wire are a protocol error",
        arguments: [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] as [UInt16])
    func forbidden(_ code: UInt16) throws {
        try Clause("7.4", closing(code), heard: .close(.protocolError)).check(try LoopbackServer(), .whole)
    }
}
