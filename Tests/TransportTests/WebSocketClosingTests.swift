import Testing
import Transport
import Wire

@Suite("The end of a WebSocket")
struct WebSocketClosingTests {
    @Test("a peer's close is answered with the same code, then the hub finishes first")
    func peerCloses() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.upgrade()
        try peer.send(.close, FrameEncoder.closePayload(.goingAway, reason: "bye"))
        #expect(try peer.frame() == .close(.goingAway))
        #expect(try peer.frame() == nil)
        peer.close()
        #expect(server.journal.wait(for: "closed 1001 bye"))
        #expect(server.counters.closes == [.goingAway: 1])
        #expect(server.counters.openConnections == 0)
    }

    @Test("a close without a code is answered by one without")
    func peerClosesWithoutCode() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.upgrade()
        try peer.send(.close, [])
        #expect(try peer.frame() == Peer.Frame(opcode: .close, payload: []))
        #expect(try peer.frame() == nil)
        peer.close()
        #expect(server.journal.wait(for: "closed 1005 "))
    }

    @Test("the hub's close waits for the peer's, and takes no message behind it")
    func hubCloses() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.upgrade()
        #expect(server.journal.wait(for: "opened"))
        server.post { state in
            let connection = state.handler.sessions[0].connection
            connection?.close(.restart, reason: "slot 7")
            connection?.close(.normal)
            connection?.send(text: [0x61])
        }
        #expect(try peer.frame() == .close(.restart, reason: "slot 7"))
        try peer.send(.text, Array("late".utf8))
        #expect(!server.journal.all.contains { $0.hasPrefix("closed") })
        try peer.sendClose(.restart)
        #expect(try peer.frame() == nil)
        peer.close()
        #expect(server.journal.wait(for: "closed 1012 slot 7"))
        #expect(server.counters.closes == [.restart: 1])
    }

    @Test("a peer that does not answer the close is closed by the deadline")
    func silentPeer() throws {
        let server = try LoopbackServer(.quick { $0.closeDeadline = .milliseconds(50) })
        let peer = try server.connect()
        try peer.upgrade()
        #expect(server.journal.wait(for: "opened"))
        server.post { $0.handler.sessions[0].connection?.close(.normal) }
        #expect(server.journal.wait(for: "closed 1000 "))
        #expect(server.counters.openConnections == 0)
        withExtendedLifetime(peer) {}
    }

    @Test("a connection that ends without a close frame ended with 1006", arguments: [true, false])
    func lost(byReset: Bool) throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.upgrade()
        // In the middle of a frame.
        try peer.send([0x81, 0xFE, 0x10])
        #expect(server.journal.wait(for: "opened"))
        byReset ? peer.reset() : peer.close()
        #expect(server.journal.wait(for: "closed 1006 "))
        #expect(server.counters.closes == [.abnormal: 1])
        #expect(server.counters.openConnections == 0)
        #expect(server.journal.all.count { $0.hasPrefix("closed") } == 1)
    }

    @Test("a delivery to a peer that was reset ends that connection after the fan-out, and disturbs no other")
    func resetWithinFanOut() throws {
        let server = try LoopbackServer()
        let peers = try (0..<8).map { _ in try server.connect() }
        for peer in peers { try peer.upgrade() }
        #expect(server.journal.wait { $0.count { $0 == "opened" } == 8 })
        peers[3].reset()
        let frame = OutboundFrame(text: Array("alert".utf8))
        for _ in 0..<20 {
            server.post { state in
                for session in state.handler.sessions { session.connection?.deliver(frame) }
            }
        }
        for (index, peer) in peers.enumerated() where index != 3 {
            for _ in 0..<20 { #expect(try peer.frame() == .text("alert")) }
        }
        #expect(server.journal.wait(for: "closed 1006 "))
        #expect(server.counters.openWebSockets == 7)
    }

    @Test("terminate ends without a handshake")
    func terminate() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.upgrade()
        #expect(server.journal.wait(for: "opened"))
        server.post { $0.handler.sessions[0].connection?.terminate() }
        #expect(try peer.frame() == nil)
        #expect(server.journal.wait(for: "closed 1006 "))
    }
}
