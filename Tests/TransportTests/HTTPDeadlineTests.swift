import Platform
import Testing
import Transport
import Wire

@Suite("HTTP deadlines")
struct HTTPDeadlineTests {
    @Test("a sender that drips its header is closed by an absolute deadline")
    func slowHeader() throws {
        let server = try LoopbackServer(.quick { $0.headerDeadline = .milliseconds(150) })
        let peer = try server.connect()
        let start = MonotonicTime.now()
        // Each byte comes well within the deadline; only the whole does not.
        _ = eventually {
            !peer.offer(Array("GET /a HTTP/1.1\r\nHost: test\r\nX: ".utf8)) || server.counters.bytesIn > 0
        }
        #expect(eventually { !peer.offer([0x61]) || server.counters.responses[.requestTimeout] == 1 })
        #expect(start.duration(to: MonotonicTime.now()) >= .milliseconds(150))
        #expect(try peer.text().hasPrefix("HTTP/1.1 408 "))
        #expect(server.counters.refusals[.headerDeadline] == 1)
        #expect(server.journal.all.isEmpty)
    }

    @Test("a body that does not come is answered 408")
    func slowBody() throws {
        let server = try LoopbackServer(.quick { $0.bodyDeadline = .milliseconds(50) })
        let peer = try server.connect()
        try peer.send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nabc")
        #expect(try peer.response().head.hasPrefix("HTTP/1.1 408 "))
        #expect(try peer.isAtEnd())
        #expect(server.counters.refusals[.bodyDeadline] == 1)
    }

    @Test("a connection that says nothing is closed, before its first request and after one")
    func idle() throws {
        let server = try LoopbackServer(
            .quick {
                $0.headerDeadline = .milliseconds(50)
                $0.keepAliveDeadline = .milliseconds(50)
            })
        let mute = try server.connect()
        #expect(try mute.isAtEnd())
        let peer = try server.connect()
        try peer.get("/a")
        _ = try peer.response()
        #expect(try peer.isAtEnd())
        peer.close()
        mute.close()
        #expect(eventually { server.counters.openConnections == 0 })
    }

    @Test("a handler that never answers costs its client a 503, and its late answer goes nowhere")
    func slowHandler() throws {
        let server = try LoopbackServer(.quick { $0.handlerDeadline = .milliseconds(50) })
        let peer = try server.connect()
        try peer.get("/hold")
        #expect(try peer.response().head.hasPrefix("HTTP/1.1 503 "))
        let isOpen = server.onLoop { state in
            state.handler.held[0].respond(HTTPResponse(.ok))
            return state.handler.held[0].isOpen
        }
        #expect(isOpen == false)
        #expect(try peer.isAtEnd())
    }

    @Test("a client that does not take its answer is closed")
    func unreadAnswer() throws {
        let server = try LoopbackServer(.quick { $0.writeDeadline = .milliseconds(50) })
        let peer = try server.connect(receiveBuffer: 4_096)
        try peer.get("/big?size=20000000")
        #expect(eventually { server.counters.framesQueued > 0 })
        #expect(eventually { server.counters.openConnections == 0 })
        #expect(server.counters.refusals[.writeDeadline] == 1)
        withExtendedLifetime(peer) {}
    }

    @Test("a closing connection does not wait for its peer for ever")
    func unfinishedPeer() throws {
        let server = try LoopbackServer(.quick { $0.closeDeadline = .milliseconds(50) })
        let peer = try server.connect()
        try peer.get("/a", fields: "Connection: close\r\n")
        _ = try peer.response()
        #expect(server.counters.accepted == 1)
        #expect(eventually { server.counters.openConnections == 0 })
        withExtendedLifetime(peer) {}
    }
}
