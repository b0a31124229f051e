import Testing
import Wire

@testable import Transport

@Suite("The outbox")
struct OutboxTests {
    private func frame(_ text: String, mark: UInt64 = 0) -> OutboundFrame {
        OutboundFrame(encoded: Array(text.utf8), mark: mark)
    }

    /// Everything that leaves, `step` bytes at a time.
    private func drain(_ outbox: Outbox, step: Int) -> String {
        var all: [UInt8] = []
        while !outbox.isEmpty {
            let (frames, offset) = outbox.next(limit: 3)
            let bytes = frames.flatMap { $0?.bytes ?? [] }.dropFirst(offset).prefix(step)
            all += bytes
            outbox.took(bytes.count)
        }
        #expect(outbox.byteCount == 0)
        return String(decoding: all, as: UTF8.self)
    }

    @Test("gives what was put in, in order, at any split", arguments: 1...20)
    func order(_ step: Int) {
        let outbox = Outbox()
        outbox.append(frame("abcdef"), written: 2)
        for text in ["gh", "ijklmnop", "q", "rstuvwxyz"] { outbox.append(frame(text)) }
        #expect(outbox.byteCount == 24)
        #expect(drain(outbox, step: step) == "cdefghijklmnopqrstuvwxyz")
    }

    @Test("stays in order over many rounds")
    func rounds() {
        let outbox = Outbox()
        var expected = ""
        var seen = ""
        for round in 0..<300 {
            outbox.append(frame("<\(round)>"))
            outbox.append(frame("[\(round)]"))
            expected += "<\(round)>[\(round)]"
            let (frames, offset) = outbox.next(limit: 16)
            let bytes = frames.flatMap { $0?.bytes ?? [] }.dropFirst(offset).prefix(7)
            seen += String(decoding: bytes, as: UTF8.self)
            outbox.took(bytes.count)
        }
        #expect(seen + drain(outbox, step: 1_000) == expected)
    }

    @Test("discards by mark, but not what has begun")
    func discards() {
        let outbox = Outbox()
        outbox.append(frame("begun", mark: 1), written: 1)
        outbox.append(frame("old", mark: 1))
        outbox.append(frame("alert"))
        outbox.discard { $0.mark == 1 }
        #expect(outbox.byteCount == 9)
        #expect(drain(outbox, step: 2) == "egunalert")
    }

    @Test("discards a first frame that has not begun")
    func discardsUnbegun() {
        let outbox = Outbox()
        outbox.append(frame("a", mark: 1))
        outbox.append(frame("b"))
        outbox.replacePong(frame("p"))
        outbox.discardUnbegun()
        #expect(outbox.isEmpty)
        #expect(outbox.next(limit: 4).frames.isEmpty)
    }

    @Test("a pong goes between frames, and only the newest")
    func pongs() {
        let outbox = Outbox()
        outbox.append(frame("abc"), written: 1)
        outbox.append(frame("def"))
        outbox.replacePong(frame("1"))
        outbox.replacePong(frame("2"))
        #expect(drain(outbox, step: 1) == "bc2def")
    }

    @Test("a newer pong takes the place of one that was offered to the socket and not taken")
    func offeredPong() {
        let outbox = Outbox()
        outbox.append(frame("abc"), written: 1)
        outbox.append(frame("def"))
        for text in ["1", "22", "3"] {
            outbox.replacePong(frame(text))
            _ = outbox.next(limit: 4)
        }
        #expect(outbox.byteCount == 6)
        #expect(drain(outbox, step: 1) == "bc3def")
    }

    @Test("a pong that has begun is followed by the next one, before the frames")
    func begunPong() {
        let outbox = Outbox()
        outbox.append(frame("def"))
        outbox.replacePong(frame("11"))
        _ = outbox.next(limit: 4)
        outbox.took(1)
        outbox.replacePong(frame("22"))
        outbox.replacePong(frame("33"))
        #expect(drain(outbox, step: 1) == "133def")
    }

    @Test("nothing goes before a 101 that has not begun, and it is not dropped")
    func pinned() {
        let outbox = Outbox()
        outbox.append(frame("200"), written: 1)
        outbox.append(frame("101"))
        outbox.pin()
        outbox.append(frame("message"))
        outbox.replacePong(frame("p"))
        _ = outbox.next(limit: 4)
        outbox.replacePong(frame("q"))
        outbox.took(2)
        outbox.append(frame("more"))
        outbox.discard { $0.bytes.count > 1 }
        #expect(outbox.byteCount == 4)
        #expect(drain(outbox, step: 1) == "101q")
    }
}
