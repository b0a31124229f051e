import Glibc
import Platform
import Testing
import Transport
import Wire

@Suite("Accepting")
struct ListenerTests {
    @Test("a connection past the limit is answered 503 and closed, and room is made by one that leaves")
    func limit() throws {
        let server = try LoopbackServer(addresses: .limited { $0.connections = 2 })
        let first = try server.connect()
        try first.get("/a")
        _ = try first.response()
        let second = try server.connect()
        try second.get("/a")
        _ = try second.response()
        let third = try server.connect()
        #expect(try third.text().hasPrefix("HTTP/1.1 503 "))
        #expect(server.counters.refusals[.connectionLimit] == 1)
        first.close()
        #expect(eventually { server.counters.openConnections == 1 })
        let fourth = try server.connect()
        try fourth.get("/a")
        #expect(try fourth.response().body == Array("/a".utf8))
    }

    @Test("an address has its own limit")
    func limitOfAddress() throws {
        let server = try LoopbackServer(addresses: .limited { $0.connectionsPerAddress = 1 })
        let first = try server.connect()
        try first.get("/a")
        _ = try first.response()
        #expect(try server.connect().text().hasPrefix("HTTP/1.1 429 "))
        #expect(server.counters.refusals[.addressLimit] == 1)
        first.close()
        #expect(eventually { server.counters.openConnections == 0 })
        let again = try server.connect()
        try again.get("/a")
        #expect(try again.response().body == Array("/a".utf8))
    }

    @Test("an upgraded connection counts until it ends")
    func limitCountsWebSockets() throws {
        let server = try LoopbackServer(addresses: .limited { $0.connectionsPerAddress = 1 })
        let first = try server.connect()
        try first.upgrade()
        #expect(try server.connect().text().hasPrefix("HTTP/1.1 429 "))
        first.reset()
        #expect(eventually { server.counters.openConnections == 0 })
        let again = try server.connect()
        try again.upgrade()
    }

    @Test("a stopped listener refuses, and open connections go on")
    func stops() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.get("/a")
        _ = try peer.response()
        _ = server.onLoop { $0.server.stopAccepting() }
        #expect(throws: Peer.Failure.self) { _ = try server.connect() }
        try peer.get("/b")
        #expect(try peer.response().body == Array("/b".utf8))
    }

    @Test("accepting goes on after descriptors were exhausted, and open connections live through it")
    func survivesExhaustion() async {
        // A process of its own: the limit of descriptors is the process's.
        await #expect(processExitsWith: .success) {
            let server = try LoopbackServer()
            let open = try server.connect()
            try open.upgrade()
            let lowestFree = dup(0)
            close(lowestFree)
            var limit = rlimit(rlim_cur: rlim_t(lowestFree) + 1, rlim_max: 4_096)
            try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
            // The peer takes the last descriptor, so that none is left to accept it with.
            let late = try server.connect()
            try late.get("/late")
            try #require(eventually { server.counters.acceptFailures > 0 })
            try open.send(.text, Array("still here".utf8))
            try #require(try open.frame() == .text("still here"))
            limit.rlim_cur = 256
            try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
            try #require(try late.response().body == Array("/late".utf8))
        }
    }

    @Test("an event of a closed descriptor does not reach the connection that got its number")
    func staleEvents() throws {
        let server = try LoopbackServer()
        // All in one turn: one connection is readable and gets closed by the other's request, whose descriptor is reused.
        for round in 0..<50 {
            let first = try server.connect()
            try first.upgrade()
            #expect(server.journal.wait { $0.count { $0 == "opened" } == 1 + 2 * round })
            let second = try server.connect()
            try second.upgrade()
            #expect(server.journal.wait { $0.count { $0 == "opened" } == 2 + 2 * round })
            server.post { state in
                let sessions = state.handler.sessions.suffix(2)
                for session in sessions { session.connection?.terminate() }
            }
            _ = first.offer(FrameEncoder.maskedFrame(.text, [0x61], key: Peer.key))
            _ = second.offer(FrameEncoder.maskedFrame(.text, [0x61], key: Peer.key))
            let third = try server.connect()
            try third.get("/fresh")
            #expect(try third.response().body == Array("/fresh".utf8))
        }
        #expect(server.journal.wait { $0.count { $0.hasPrefix("closed 1006") } == 100 })
        #expect(eventually { server.counters.openConnections == 0 })
    }

    @Test("accepted sockets send at once and give up peers that vanish")
    func socketOptions() throws {
        let server = try LoopbackServer(TransportLimits())
        let peer = try server.connect()
        try peer.upgrade()
        let options = server.onLoop { state in
            let number = state.handler.sessions[0].connection?.descriptorNumber ?? -1
            var values: [CInt] = []
            for option in [TCP_NODELAY, TCP_USER_TIMEOUT] {
                var value: CInt = 0
                var length = socklen_t(MemoryLayout<CInt>.size)
                getsockopt(number, CInt(IPPROTO_TCP), option, &value, &length)
                values.append(value)
            }
            return values
        }
        #expect(options == [1, 20_000])
    }
}
