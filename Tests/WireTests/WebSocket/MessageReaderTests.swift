import Testing

@testable import Wire

@Suite("Messages, RFC 6455 sections 5 to 8")
struct MessageReaderTests {
    @Test("The examples of section 5.7 are read as the RFC says, at every split")
    func examples() {
        let hello: [UInt8] = [0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F]
        let maskedHello: [UInt8] = [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
        let fragments: [UInt8] = [0x01, 0x03, 0x48, 0x65, 0x6C, 0x80, 0x02, 0x6C, 0x6F]
        let ping: [UInt8] = [0x89, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F]
        let maskedPong: [UInt8] = [0x8A, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
        let greeting = Array("Hello".utf8)
        for split in splits(of: hello) { #expect(hear(split, role: .client) == [.text("Hello")]) }
        for split in splits(of: maskedHello) { #expect(hear(split) == [.text("Hello")]) }
        for split in splits(of: fragments) { #expect(hear(split, role: .client) == [.text("Hello")]) }
        for split in splits(of: ping) { #expect(hear(split, role: .client) == [.ping(greeting)]) }
        for split in splits(of: maskedPong) { #expect(hear(split) == [.pong(greeting)]) }
    }

    @Test("The examples of 256 bytes and of 64 KiB are read, whole and cut")
    func longExamples() {
        let short = [UInt8](repeating: 0xA5, count: 256)
        let long = [UInt8](repeating: 0x5A, count: 65_536)
        for split in splits(of: [0x82, 0x7E, 0x01, 0x00] + short) {
            #expect(hear(split, role: .client) == [.binary(short)])
        }
        let frame: [UInt8] = [0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0] + long
        for cut in [0, 1, 9, 10, 11, 30_000, frame.count - 1] {
            #expect(hear([Array(frame[..<cut]), Array(frame[cut...])], role: .client) == [.binary(long)])
        }
    }

    @Test("A whole conversation is heard the same at every split: all opcodes, control frames between fragments")
    func conversation() {
        let bytes =
            masked(.text, "Grüße 🚑") + masked(.binary, [0, 255]) + masked(.text, "") + masked(.ping, [])
            + masked(.text, [0xE6, 0xBC], isFinal: false) + masked(.ping, "p")
            + masked(.continuation, [], isFinal: false)
            + masked(.pong, "q") + masked(.continuation, [0xA2]) + masked(.binary, [1], isFinal: false)
            + masked(.continuation, [2]) + masked(.close, FrameEncoder.closePayload(.goingAway, reason: "bye"))
        let expected: [Heard] = [
            .text("Grüße 🚑"), .binary([0, 255]), .text(""), .ping([]), .ping(Array("p".utf8)), .pong(Array("q".utf8)),
            .text("漢"), .binary([1, 2]), .close(1001, "bye"),
        ]
        for split in splits(of: bytes) { #expect(hear(split) == expected) }
    }

    @Test("A complete frame is handed out as a range of the buffer, unmasked there")
    func inPlace() {
        var buffer = masked(.text, "one") + masked(.ping, "two")
        var reader = MessageReader(role: .server)
        var bytes = buffer.mutableSpan
        var unread = 0..<bytes.count
        #expect(reader.next(in: &bytes, unread: &unread) == .text(.inBuffer(6..<9)))
        #expect(MessageReader.Payload.inBuffer(6..<9).bytes(in: bytes.span) == Array("one".utf8))
        #expect(reader.next(in: &bytes, unread: &unread) == .ping(.inBuffer(15..<18)))
        #expect(reader.next(in: &bytes, unread: &unread) == nil)
    }

    @Test("Between messages the reader holds nothing and is small; within one it says so")
    func memory() {
        #expect(MemoryLayout<MessageReader>.size <= 24)
        var reader = MessageReader(role: .server)
        #expect(reader.isBetweenMessages == true)
        let frame = masked(.text, "abc", isFinal: false)
        for byte in frame {
            _ = hear([[byte]], with: &reader)
            #expect(reader.isBetweenMessages == false)
        }
        _ = hear([masked(.ping, "x")], with: &reader)
        #expect(reader.isBetweenMessages == false)
        #expect(hear([masked(.continuation, "d")], with: &reader) == [.text("abcd")])
        #expect(reader.isBetweenMessages == true)
        let ping = masked(.ping, "x")
        #expect(hear([Array(ping[..<3]), Array(ping[3...])], with: &reader) == [.ping(Array("x".utf8))])
        #expect(reader.isBetweenMessages == true)
    }

    @Test("The order of fragments is checked (section 5.4)")
    func fragmentOrder() {
        #expect(hear([masked(.continuation, "a")]) == [.violation(.unexpectedContinuation)])
        #expect(hear([masked(.continuation, "a", isFinal: false)]) == [.violation(.unexpectedContinuation)])
        for opcode in [Opcode.text, .binary] {
            #expect(
                hear([masked(.text, "a", isFinal: false) + masked(opcode, "b")]) == [.violation(.unfinishedMessage)])
        }
        #expect(
            hear([masked(.text, "a", isFinal: false) + masked(.continuation, "b") + masked(.continuation, "c")])
                == [.text("ab"), .violation(.unexpectedContinuation)])
    }

    @Test("Text fails at its first bad byte, before the frame or the message is complete (section 8.1)")
    func earlyUTF8() {
        var reader = MessageReader(role: .server)
        let frame = masked(.text, Array("hello ".utf8) + [0xED, 0xA0] + Array("never sent".utf8))
        #expect(hear([Array(frame[..<13])], with: &reader) == [])
        #expect(hear([[frame[13]]], with: &reader) == [.violation(.invalidUTF8)])
        #expect(
            hear([masked(.text, [0xF4], isFinal: false) + masked(.continuation, [0x90], isFinal: false)])
                == [.violation(.invalidUTF8)])
    }

    @Test("A text that ends inside a character is refused; the same bytes as binary are not")
    func cutCharacter() {
        #expect(hear([masked(.text, [0x41, 0xC3])]) == [.violation(.invalidUTF8)])
        #expect(
            hear([masked(.text, [0xE2, 0x82], isFinal: false) + masked(.continuation, [])])
                == [.violation(.invalidUTF8)])
        #expect(hear([masked(.binary, [0x41, 0xC3])]) == [.binary([0x41, 0xC3])])
    }

    @Test("A message may be as long as the limit and not a byte longer, in one frame or several")
    func messageLimit() {
        let limits = MessageReader.Limits(messageBytes: 10)
        let ten = [UInt8](repeating: 65, count: 10)
        #expect(hear([masked(.binary, ten)], limits: limits) == [.binary(ten)])
        #expect(hear([masked(.binary, ten + [65])], limits: limits) == [.violation(.messageTooBig)])
        let first = masked(.binary, Array(ten[..<6]), isFinal: false)
        #expect(hear([first + masked(.continuation, Array(ten[..<4]))], limits: limits) == [.binary(ten)])
        #expect(
            hear([first + masked(.continuation, Array(ten[..<5]))], limits: limits) == [.violation(.messageTooBig)])
    }

    @Test("A limit that is raised after authentication holds from the next frame")
    func raisedLimit() {
        var reader = MessageReader(role: .server, limits: .init(messageBytes: 4))
        reader.limits.messageBytes = 8
        #expect(hear([masked(.text, "12345678")], with: &reader) == [.text("12345678")])
    }

    @Test("After a close frame, and after a violation, nothing more is heard")
    func nothingAfterTheEnd() {
        #expect(hear([masked(.close, []) + masked(.text, "late")]) == [.close(1005, "")])
        #expect(hear([masked(.continuation, "x"), masked(.text, "late")]) == [.violation(.unexpectedContinuation)])
    }

    @Test("Close codes are taken and refused as section 7.4 says")
    func closeCodes() {
        for number in UInt16(0)...5100 {
            let payload = [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
            let isLegal =
                (1000...1003).contains(number) || (1007...1014).contains(number) || (3000...4999).contains(number)
            let expected: Heard = isLegal ? .close(number, "") : .violation(.invalidCloseCode)
            if hear([masked(.close, payload)]) != [expected] { Issue.record("\(number)") }
        }
    }

    @Test("A close between fragments ends the message unheard")
    func closeInsideMessage() {
        let bytes = masked(.text, "half", isFinal: false) + masked(.close, [0x03, 0xE8])
        for split in splits(of: bytes) { #expect(hear(split) == [.close(1000, "")]) }
    }

    @Test("A compressed message is handed on as it came, unchecked, with its fragments joined")
    func compressed() {
        let bytes =
            masked(.text, [0xFF, 0xFE], isCompressed: true) + masked(.text, [0xFF], isFinal: false, isCompressed: true)
            + masked(.continuation, [0xC0]) + masked(.text, "plain")
        for split in splits(of: bytes) {
            #expect(
                hear(split, allowsCompression: true) == [
                    .compressed([0xFF, 0xFE]), .compressed([0xFF, 0xC0]), .text("plain"),
                ])
        }
    }
}
