import Testing

@testable import Wire

@Suite("What other servers were hurt by")
struct WebSocketAdvisoryTests {
    @Test(
        """
        A 64-bit length is compared before it is calculated with (CVE-2020-27813, CVE-2026-27889, CVE-2026-54466, re#1584, \
        ios-webkit-debug-proxy#435)
        """)
    func hugeLengths() {
        let lengths: [[UInt8]] = [
            [0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x00, 0, 0, 1, 0, 0, 0, 0],
            [0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFA], [0x00, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF],
        ]
        for length in lengths {
            let frame = [0x82, 0xFF] + length + [1, 2, 3, 4]
            for split in splits(of: frame) { #expect(hear(split) == [.violation(.messageTooBig)]) }
            let unlimited = MessageReader.Limits(messageBytes: .max, fragments: .max)
            let first = masked(.binary, [1], isFinal: false)
            #expect(
                hear([first + [0x80, 0xFF] + length + [1, 2, 3, 4]], limits: unlimited)
                    == [.violation(.messageTooBig)])
        }
    }

    @Test("A length with its highest bit set is refused by its first byte (Tomcat CVE-2020-13935)")
    func negativeLength() {
        #expect(hear([[0x82, 0xFF, 0x80]]) == [.violation(.lengthOutOfRange)])
        #expect(hear([[0x82, 0xFF] + [UInt8](repeating: 0xFF, count: 8)]) == [.violation(.lengthOutOfRange)])
    }

    @Test("An announced length allocates nothing: only what arrives is kept")
    func announcedLength() throws {
        let unfinished = UnfinishedMessage()
        unfinished.open(FrameHeader(opcode: .binary, payloadLength: 0xFFFF_FFFF, maskKey: MaskKey(1, 2, 3, 4)))
        #expect(unfinished.message.capacity == 0)
        let arrived = [UInt8](repeating: 7, count: 100)
        try unfinished.append(arrived.span)
        #expect(unfinished.message.count == 100)
        #expect(unfinished.message.capacity < 1024)
    }

    @Test("Fragments are counted, empty ones too (ws CVE-2026-48779, ws#2331, ws#2329, Bandit CVE-2026-65623)")
    func tinyFragments() {
        for size in [0, 1] {
            let payload = [UInt8](repeating: 65, count: size)
            let fragment = masked(.continuation, payload, isFinal: false)
            let start = masked(.text, payload, isFinal: false)
            let most = start + [[UInt8]](repeating: fragment, count: 62).joined()
            #expect(hear([most + masked(.continuation, payload)]) == [.text(String(repeating: "A", count: size * 64))])
            #expect(hear([most + fragment + fragment]) == [.violation(.tooManyFragments)])
        }
    }

    @Test("A message that never ends is refused at the limit of its bytes (Bandit CVE-2026-42786)")
    func neverFinal() {
        let limits = MessageReader.Limits(messageBytes: 64, fragments: 1_000_000)
        let start = masked(.binary, [UInt8](repeating: 0, count: 16), isFinal: false)
        let fragment = masked(.continuation, [UInt8](repeating: 0, count: 16), isFinal: false)
        #expect(hear([start] + [[UInt8]](repeating: fragment, count: 3), limits: limits) == [])
        #expect(
            hear([start] + [[UInt8]](repeating: fragment, count: 100), limits: limits) == [.violation(.messageTooBig)])
    }

    @Test("A server refuses unmasked frames by their second byte (GHSA-rhh8-5xw9-c3gm), a client masked ones")
    func masking() {
        for opcode in Opcode.allCases where opcode != .continuation {
            let frame = FrameEncoder.frame(opcode, [])
            #expect(hear([frame]) == [.violation(.unmaskedFrame)])
            #expect(hear([masked(opcode, [])], role: .client) == [.violation(.maskedFrame)])
        }
    }

    @Test("A close frame of one byte is refused (NATS: close length)")
    func closeOfLengthOne() {
        for split in splits(of: masked(.close, [0x03])) {
            #expect(hear(split) == [.violation(.truncatedCloseCode)])
        }
    }

    @Test("A close reason that is not UTF-8 is refused")
    func closeReason() {
        for split in splits(of: masked(.close, [0x03, 0xE8, 0xC0, 0x80])) {
            #expect(hear(split) == [.violation(.invalidUTF8)])
        }
        #expect(hear([masked(.close, [0x03, 0xE8, 0xE2, 0x82])]) == [.violation(.invalidUTF8)])
    }

    @Test("A close frame is exactly code and reason, nothing else from memory (ws CVE-2026-45736)")
    func closeIsBuiltFromItsBytes() {
        #expect(FrameEncoder.close(.normal) == [0x88, 0x02, 0x03, 0xE8])
        #expect(FrameEncoder.close(.restart, reason: "go") == [0x88, 0x04, 0x03, 0xF4, 0x67, 0x6F])
        #expect(FrameEncoder.close(.noStatus, reason: "ignored") == [0x88, 0x00])
        #expect(FrameEncoder.close(.abnormal) == [0x88, 0x00])
    }

    @Test("Compressed without negotiation is refused (NATS 211fcb3ec), also on control and continuation (bandit#651)")
    func compressedWithoutNegotiation() {
        #expect(hear([masked(.text, [0], isCompressed: true)]) == [.violation(.reservedBit)])
        for opcode in [Opcode.ping, .pong, .close] {
            #expect(
                hear([masked(opcode, [], isCompressed: true)], allowsCompression: true) == [.violation(.reservedBit)])
        }
        let start = masked(.text, [0], isFinal: false, isCompressed: true)
        #expect(
            hear([start + masked(.continuation, [0], isCompressed: true)], allowsCompression: true)
                == [.violation(.reservedBit)])
    }

    @Test("Every violation has a close code that may be sent, and the expected one")
    func closeCodes() {
        #expect(WebSocketViolation.messageTooBig.closeCode == .messageTooBig)
        #expect(WebSocketViolation.tooManyFragments.closeCode == .policyViolation)
        #expect(WebSocketViolation.invalidUTF8.closeCode == .invalidData)
        #expect(WebSocketViolation.unmaskedFrame.closeCode == .protocolError)
        #expect(WebSocketViolation.lengthOutOfRange.closeCode == .protocolError)
    }

    @Test("No mutation of a conversation stops the reader, and each split of it is heard the same")
    func mutations() {
        let conversation =
            masked(.text, "Grüße 🚑 to all of you") + masked(.text, [0xE6, 0xBC], isFinal: false) + masked(.ping, "p")
            + masked(.continuation, [0xA2]) + masked(.binary, [UInt8](repeating: 9, count: 300))
            + masked(.close, FrameEncoder.closePayload(.normal, reason: "bye"))
        var generator = SeededGenerator(state: 0x5EED)
        for round in 0..<4_000 {
            var bytes = conversation
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes[index] ^= 1 << UInt8.random(in: 0...7, using: &generator)
                case 2: bytes.remove(at: index)
                default: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: index)
                }
            }
            let role = round % 8 == 0 ? WebSocketRole.client : .server
            let limits = MessageReader.Limits(messageBytes: round % 2 == 0 ? 65_536 : 64, fragments: 8)
            let whole = hear([bytes], role: role, limits: limits, allowsCompression: round % 3 == 0)
            var reads: [[UInt8]] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...min(rest.count, 40), using: &generator)
                reads.append(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            let parts = hear(reads, role: role, limits: limits, allowsCompression: round % 3 == 0)
            if parts != whole { Issue.record("round \(round): \(whole) but in parts \(parts)") }
        }
    }

    @Test("Pure noise never stops the reader")
    func noise() {
        var generator = SeededGenerator(state: 1)
        for _ in 0..<4_000 {
            let count = Int.random(in: 0...64, using: &generator)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(hear([bytes]).count <= 33)
            #expect(hear(bytes.map { [$0] }, role: .client).count <= 33)
        }
    }
}
