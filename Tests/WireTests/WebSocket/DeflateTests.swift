import Testing

@testable import Wire

@Suite("permessage-deflate messages (RFC 7692 section 7.2)")
struct DeflateTests {
    private let inflater = Inflater()

    private func inflate(
        _ payload: [UInt8], _ history: inout [UInt8], opcode: Opcode = .text, keeping: Int = 0, limit: Int = 65_536
    ) throws(WebSocketViolation) -> [UInt8] {
        try inflater.inflate(opcode, payload.span, history: &history, keeping: keeping, limit: limit)
    }

    private func inflate(_ payload: [UInt8], opcode: Opcode = .text, limit: Int = 65_536) throws(WebSocketViolation)
        -> [UInt8]
    {
        var history: [UInt8] = []
        return try inflate(payload, &history, opcode: opcode, limit: limit)
    }

    private func deflated(_ message: [UInt8], _ windowClass: DeflateAgreement.WindowClass = .full) throws -> [UInt8] {
        let payload = Deflater.deflate(message.span, for: windowClass)
        return try #require(payload)
    }

    private let hello = Array("Hello".utf8)

    // MARK: The examples of section 7.2.3

    @Test("7.2.3.1: one compressed block")
    func oneBlock() throws {
        #expect(try inflate([0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]) == hello)
        #expect(try deflated(hello) == [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00])
    }

    @Test("7.2.3.1: the same in two fragments, at every split of the stream")
    func fragmented() throws {
        let frames =
            masked(.text, [0xF2, 0x48, 0xCD], isFinal: false, isCompressed: true)
            + masked(.continuation, [0xC9, 0xC9, 0x07, 0x00])
        for split in splits(of: frames) {
            #expect(
                hear(split, allowsCompression: true) == [.compressed([0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00])])
        }
    }

    @Test("7.2.3.2: a second message that refers to the first, and one that does not")
    func takeover() throws {
        var history: [UInt8] = []
        #expect(try inflate([0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], &history, keeping: 256) == hello)
        #expect(try inflate([0xF2, 0x00, 0x11, 0x00, 0x00], &history, keeping: 256) == hello)
        #expect(try inflate([0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], &history, keeping: 256) == hello)
        #expect(history == hello + hello + hello)
    }

    @Test("7.2.3.2: a reference to what was not to be kept is invalid")
    func noTakeover() throws {
        var history: [UInt8] = []
        #expect(try inflate([0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], &history) == hello)
        #expect(history.isEmpty)
        #expect(throws: WebSocketViolation.invalidCompressedData) {
            try inflate([0xF2, 0x00, 0x11, 0x00, 0x00], &history)
        }
    }

    @Test("7.2.3.3: a block without compression")
    func stored() throws {
        #expect(try inflate([0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00]) == hello)
    }

    @Test("7.2.3.4: a block with BFINAL set, and another stream behind it that refers to the first")
    func finalBlock() throws {
        let final: [UInt8] = [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
        #expect(try inflate(final + [0x00]) == hello)
        #expect(try inflate(final + [0xF2, 0x00, 0x11, 0x00, 0x00]) == hello + hello)
    }

    @Test("7.2.3.5: two blocks in one message")
    func twoBlocks() throws {
        #expect(
            try inflate([
                0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00,
            ]) == hello)
    }

    @Test("7.2.3.6: an empty message is one byte")
    func empty() throws {
        #expect(try deflated([]) == [0x00])
        #expect(try inflate([0x00]) == [])
        #expect(throws: WebSocketViolation.invalidCompressedData) { try inflate([]) }
    }

    // MARK: Limits

    @Test("inflation stops at the limit: one byte more is too big", arguments: [100, 16_384, 65_536, 1_000_000])
    func limit(_ length: Int) throws {
        let message = [UInt8](repeating: 0x61, count: length)
        let payload = try deflated(message)
        #expect(try inflate(payload, limit: length) == message)
        #expect(throws: WebSocketViolation.messageTooBig) { try inflate(payload, limit: length - 1) }
    }

    @Test(
        """
        a bomb of 64 MiB in 64 KiB is refused as too big (Bandit CVE-2026-39804, undici CVE-2026-1526, centrifugo#1162, \
        tornado#2391)
        """)
    func bomb() throws {
        let payload = try deflated([UInt8](repeating: 0, count: 64 << 20))
        #expect(payload.count < 70_000)
        #expect(throws: WebSocketViolation.messageTooBig) { try inflate(payload, opcode: .binary) }
    }

    @Test("streams that end and begin again and again are refused, since each costs a copy of the window")
    func manyStreams() throws {
        let few = [[UInt8]](repeating: [0x03, 0x00], count: 10).flatMap { $0 }
        #expect(try inflate(few + [0x00]) == [])
        let many = [[UInt8]](repeating: [0x03, 0x00], count: 16).flatMap { $0 }
        #expect(throws: WebSocketViolation.invalidCompressedData) { try inflate(many + [0x00]) }
    }

    @Test(
        "what is no DEFLATE is invalid data",
        arguments: [
            [0x06], [0xF2, 0x48, 0xCD], [0x07, 0xFF],
            [0x00, 0x05, 0x00, 0xFF, 0xFF, 0x48], [0xFF, 0xFF, 0xFF],
        ] as [[UInt8]])
    func garbage(_ payload: [UInt8]) {
        #expect(throws: WebSocketViolation.invalidCompressedData) { try inflate(payload) }
        #expect(WebSocketViolation.invalidCompressedData.closeCode == .invalidData)
    }

    @Test("a message is good after one that was not: nothing of it is left")
    func recovery() throws {
        _ = try? inflate([0x07, 0xFF])
        #expect(try inflate([0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]) == hello)
    }

    @Test("compressed text must be UTF-8; compressed binary need not")
    func text() throws {
        let payload = try deflated([0x61, 0xC0, 0xAF])
        let cut = try deflated([0xF0, 0x9F])
        #expect(throws: WebSocketViolation.invalidUTF8) { try inflate(payload) }
        #expect(throws: WebSocketViolation.invalidUTF8) { try inflate(cut) }
        #expect(try inflate(payload, opcode: .binary) == [0x61, 0xC0, 0xAF])
    }

    // MARK: There and back

    @Test(
        "messages of all lengths come back", arguments: [0, 1, 63, 64, 250, 251, 512, 4_096, 40_000, 300_000],
        DeflateAgreement.WindowClass.allCases)
    func roundTrip(_ length: Int, _ windowClass: DeflateAgreement.WindowClass) throws {
        var generator = SeededGenerator(state: UInt64(length))
        let random = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let words = (0..<length).map { UInt8(0x61 + ($0 * $0 / 7) % 13) }
        for message in [random, words] {
            #expect(try inflate(try deflated(message, windowClass), opcode: .binary, limit: length) == message)
        }
    }

    @Test("7.1.2.1: the form for small windows refers back 256 bytes at most, the full one further")
    func reach() throws {
        var generator = SeededGenerator(state: 7692)
        for (distance, isReached) in [(200, true), (257, false), (300, false)] {
            let word = (0..<distance).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let message = Array([[UInt8]](repeating: word, count: 20).joined())
            #expect(try deflated(message, .full).count < message.count / 4)
            let small = try deflated(message, .small).count
            #expect((small < message.count / 2) == isReached, "\(distance) bytes back")
        }
    }

    @Test("the history is the end of what was said, at most as long as agreed")
    func history() throws {
        var history: [UInt8] = []
        let said = (0..<600).map { UInt8($0 % 251) }
        for start in stride(from: 0, to: 600, by: 100) {
            let payload = try deflated(Array(said[start..<start + 100]))
            _ = try inflate(payload, &history, opcode: .binary, keeping: 256)
        }
        #expect(history == said.suffix(256))
    }
}

@Suite("A frame's compressed form")
struct CompressedFrameTests {
    private let text = Array(String(repeating: "alert ER-12 ", count: 40).utf8)

    @Test("it is made once a window class and shared by all")
    func once() throws {
        let frame = OutboundFrame(text: text, mark: 7)
        let full = frame.compressed(for: .full)
        #expect(full === frame.compressed(for: .full))
        #expect(full !== frame.compressed(for: .small))
        #expect(full.mark == 7)
        #expect(full.bytes.count < frame.bytes.count / 4)
        let bytes = full.bytes
        let parsed = try FrameHeader.parse(bytes.span, readBy: .client, allowsCompression: true)
        let header = try #require(parsed)
        #expect(header.isCompressed && header.isFinal && header.opcode == .text)
        var history: [UInt8] = []
        let payload = Array(bytes.dropFirst(header.encodedLength))
        let message = try Inflater().inflate(.text, payload.span, history: &history, keeping: 0, limit: 4_096)
        #expect(message == text)
    }

    @Test("what does not shrink, control frames and short ones stay as they are")
    func plain() {
        var generator = SeededGenerator(state: 1)
        let random = OutboundFrame(binary: (0..<500).map { _ in UInt8.random(in: 0...255, using: &generator) })
        #expect(random.compressed(for: .full) === random)
        #expect(random.compressed(for: .full) === random)
        let ping = OutboundFrame(encoded: FrameEncoder.frame(.ping, [UInt8](repeating: 0x61, count: 125)))
        #expect(ping.compressed(for: .full) === ping)
        let short = OutboundFrame(text: Array("aaaaaaaaaaaaaaaaaaaaaaaa".utf8))
        #expect(short.compressed(for: .small) === short)
    }
}

@Suite("RSV1 (RFC 7692 section 6)")
struct CompressionBitTests {
    @Test("a compressed frame without negotiation is refused")
    func unasked() {
        let frame = masked(.text, [0x00], isCompressed: true)
        for split in splits(of: frame) { #expect(hear(split) == [.violation(.reservedBit)]) }
    }

    @Test("RSV1 on control frames and on continuations is refused", arguments: [Opcode.ping, .pong, .close])
    func misplaced(_ opcode: Opcode) {
        let control = masked(opcode, [], isCompressed: true)
        #expect(hear([control], allowsCompression: true) == [.violation(.reservedBit)])
        let continuation =
            masked(.text, [0xF2], isFinal: false, isCompressed: true)
            + masked(.continuation, [0x00], isCompressed: true)
        for split in splits(of: continuation) {
            #expect(hear(split, allowsCompression: true) == [.violation(.reservedBit)])
        }
    }

    @Test("plain messages stand among compressed ones, and a ping between compressed fragments")
    func mixed() {
        let bytes =
            masked(.text, "plain") + masked(.text, [0xF2, 0x48], isFinal: false, isCompressed: true)
            + masked(.ping, [1]) + masked(.continuation, [0x00]) + masked(.text, "again")
        for split in splits(of: bytes) {
            #expect(
                hear(split, allowsCompression: true) == [
                    .text("plain"), .ping([1]), .compressed([0xF2, 0x48, 0x00]), .text("again"),
                ])
        }
    }
}
