import Platform
import Testing
import Transport
import Wire

@Suite("Draining")
struct DrainTests {
    private func drain(_ server: LoopbackServer, deadline: Duration = .seconds(10)) {
        server.post { state in
            state.server.reactor.spawn {
                await state.server.drain(code: .restart, deadline: deadline) { "slot \($0)" }
                state.handler.journal.note("drained all")
            }
        }
    }

    @Test("idle connections finish, what is in flight is answered, WebSockets are closed, then it is over")
    func drains() throws {
        let server = try LoopbackServer()
        let idle = try server.connect()
        try idle.get("/a")
        _ = try idle.response()
        let busy = try server.connect()
        try busy.get("/hold")
        #expect(server.journal.wait(for: "GET /hold"))
        let socket = try server.connect()
        try socket.upgrade()
        #expect(server.journal.wait(for: "opened"))

        drain(server)
        #expect(try idle.isAtEnd())
        #expect(try socket.frame() == .close(.restart, reason: "slot 0"))
        try socket.sendClose(.restart)
        #expect(try socket.frame() == nil)
        #expect(throws: Peer.Failure.self) { _ = try server.connect() }
        #expect(!server.journal.all.contains("drained all"))

        server.post { $0.handler.held[0].respond(HTTPResponse(.ok)) }
        #expect(try busy.response().head.contains("Connection: close\r\n"))
        for peer in [idle, busy, socket] { peer.close() }
        #expect(server.journal.wait(for: "drained all"))
        #expect(server.counters.openConnections == 0)
    }

    @Test("those that do not go are closed at the deadline")
    func deadline() throws {
        let server = try LoopbackServer()
        let busy = try server.connect()
        try busy.get("/hold")
        let socket = try server.connect()
        try socket.upgrade()
        #expect(server.journal.wait { $0.contains("GET /hold") && $0.contains("opened") })
        drain(server, deadline: .milliseconds(50))
        #expect(server.journal.wait(for: "drained all"))
        #expect(server.journal.all.contains("closed 1012 slot 0"))
        #expect(try busy.isAtEnd())
    }

    @Test("a handshake that was in flight is answered 503")
    func refusesUpgrade() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.get("/hold", fields: Peer.handshakeFields)
        #expect(server.journal.wait(for: "GET /hold"))
        drain(server)
        #expect(eventually { server.onLoop { $0.server.isDraining } == true })
        server.post { state in
            let session = EchoSession(journal: state.handler.journal)
            state.handler.held[0].upgrade(with: HTTPResponse(.switchingProtocols), session: session)
        }
        #expect(try peer.response().head.hasPrefix("HTTP/1.1 503 "))
        #expect(try peer.isAtEnd())
        peer.close()
        #expect(server.journal.wait(for: "drained all"))
        #expect(!server.journal.all.contains("opened"))
    }

    @Test("closes are spread over the window, each with its own reason")
    func spreads() throws {
        let server = try LoopbackServer()
        let peers = try (0..<4).map { _ in try server.connect() }
        for peer in peers { try peer.upgrade() }
        #expect(server.journal.wait { $0.count { $0 == "opened" } == 4 })
        let start = MonotonicTime.now()
        server.post { state in
            state.server.reactor.spawn {
                await state.server.drain(code: .restart, over: .milliseconds(200), deadline: .seconds(10)) {
                    "slot \($0)"
                }
                state.handler.journal.note("drained all")
            }
        }
        var reasons: Set<[UInt8]> = []
        for peer in peers {
            let frame = try #require(try peer.frame())
            reasons.insert(frame.payload)
            try peer.sendClose(.restart)
            #expect(try peer.frame() == nil)
            peer.close()
        }
        #expect(reasons.count == 4)
        #expect(server.journal.wait(for: "drained all"))
        #expect(start.duration(to: MonotonicTime.now()) >= .milliseconds(150))
    }

    @Test("a server without connections is drained at once")
    func empty() throws {
        let server = try LoopbackServer()
        drain(server)
        #expect(server.journal.wait(for: "drained all"))
    }
}
