import Testing
import Transport
import Wire

@Suite("Streamed request bodies")
struct StreamedBodyTests {
    private static func head(_ path: String, _ field: String) -> String {
        "POST \(path) HTTP/1.1\r\nHost: test\r\n\(field)\r\n\r\n"
    }

    @Test("A body larger than what is gathered arrives whole, in parts of one read, and the connection goes on")
    func large() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        for _ in 0..<2 {
            try peer.send(Self.head("/stream", "Content-Length: 3000000"))
            try peer.send([UInt8](repeating: 7, count: 3_000_000))
            #expect(try peer.response().body == Array("3000000".utf8))
        }
        try peer.get("/next")
        #expect(try peer.response().body == Array("/next".utf8))
        #expect(server.counters.requests == 3)
    }

    @Test("A chunked body ends where it ends")
    func chunked() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.send(Self.head("/stream", "Transfer-Encoding: chunked") + "3\r\nabc\r\n0\r\n\r\n")
        #expect(try peer.response().body == Array("3".utf8))
        try peer.get("/next")
        #expect(try peer.response().body == Array("/next".utf8))
    }

    @Test("A peer is read no further than its reader has taken")
    func backpressure() throws {
        let server = try LoopbackServer()
        _ = server.onLoop { $0.handler.mayRead = false }
        let peer = try server.connect()
        try peer.send(Self.head("/stream", "Content-Length: 4000000"))
        let writer = [UInt8](repeating: 1, count: 100_000)
        for _ in 0..<5 { try peer.send(writer) }
        #expect(server.journal.wait { $0.contains("begun /stream") })
        // One part is read ahead, and the one that is being looked at may be left behind it.
        let read = server.counters.bytesIn
        #expect(read <= 2 * 65_536 + 200)
        _ = server.onLoop { $0.handler.mayRead = true }
        for _ in 0..<35 { try peer.send(writer) }
        #expect(try peer.response().body == Array("4000000".utf8))
    }

    @Test("Whoever is refused is answered before the body has come, and the connection closes")
    func refused() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.send(Self.head("/stream-refused", "Content-Length: 3000000\r\nExpect: 100-continue"))
        let (head, _) = try peer.response()
        #expect(head.hasPrefix("HTTP/1.1 401 "))
        #expect(head.contains("Connection: close\r\n"))
    }

    @Test("A client that waits for 100 Continue gets it once the body is wanted")
    func expectContinue() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.send(Self.head("/stream", "Content-Length: 4\r\nExpect: 100-continue"))
        #expect(String(decoding: try peer.receive(), as: UTF8.self) == "HTTP/1.1 100 Continue\r\n\r\n")
        try peer.send("abcd")
        #expect(try peer.response().body == Array("4".utf8))
    }

    @Test("A body that is too large is answered 413, told by its length or found by its chunks")
    func tooLarge() throws {
        let server = try LoopbackServer()
        let told = try server.connect()
        try told.send(Self.head("/stream", "Content-Length: 4194305"))
        #expect(try told.response().head.hasPrefix("HTTP/1.1 413 "))
        let found = try server.connect()
        try found.send(Self.head("/stream", "Transfer-Encoding: chunked") + "3\r\nabc\r\n400000\r\n")
        #expect(try found.response().head.hasPrefix("HTTP/1.1 413 "))
        #expect(server.journal.wait { entries in entries.contains { $0.hasPrefix("lost after") } })
    }

    @Test("A reader learns that the peer went away, and that it did not send in time")
    func lost() throws {
        let server = try LoopbackServer(.quick { $0.bodyDeadline = .milliseconds(60) })
        let gone = try server.connect()
        try gone.send(Self.head("/stream", "Content-Length: 10") + "abc")
        #expect(server.journal.wait { $0.contains("begun /stream") })
        gone.reset()
        #expect(server.journal.wait { $0.contains("lost after 3") })
        let slow = try server.connect()
        try slow.send(Self.head("/stream", "Content-Length: 10") + "abcd")
        #expect(try slow.response().head.hasPrefix("HTTP/1.1 408 "))
        #expect(server.journal.wait { $0.contains("lost after 4") })
    }

    // A byte comes in every tick, so it matters where in a tick the sweep falls: each server has its own place.
    @Test("A body that trickles is cut off at the end of its whole time", arguments: 0..<3)
    func trickle(_ server: Int) throws {
        let server = try LoopbackServer(
            .quick {
                $0.tick = .milliseconds(100)
                $0.bodyDeadline = .milliseconds(200)
                $0.streamedBodyDeadline = .milliseconds(300)
            })
        let peer = try server.connect()
        try peer.send(Self.head("/stream", "Content-Length: 1000000"))
        #expect(
            eventually(within: .seconds(10)) {
                _ = peer.offer([1])
                return server.counters.refusals[.bodyDeadline, default: 0] > 0
            })
        #expect(server.journal.wait { entries in entries.contains { $0.hasPrefix("lost after") } })
    }
}
