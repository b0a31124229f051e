import Testing
import Transport
import Wire

@Suite("Peers that do not read")
struct SlowReaderTests {
    static func frame(_ index: Int, size: Int = 2_000, mark: UInt64 = 0) -> OutboundFrame {
        var text = Array("\(index) ".utf8)
        text += [UInt8](repeating: 0x61, count: size - text.count)
        return OutboundFrame(text: text, mark: mark)
    }

    @Test("what the socket does not take at once arrives later, whole and in order")
    func queuesInOrder() throws {
        let server = try LoopbackServer()
        let peer = try server.connect(receiveBuffer: 4_096)
        try peer.upgrade()
        #expect(server.journal.wait(for: "opened"))
        let count = 2_000
        server.post { state in
            let connection = state.handler.sessions[0].connection
            for index in 0..<count where connection?.queuedBytes ?? 0 < 1_000_000 {
                connection?.deliver(Self.frame(index))
                if connection?.queuedBytes ?? 0 >= 1_000_000 { state.handler.journal.note("sent \(index + 1)") }
            }
        }
        #expect(server.journal.wait { $0.contains { $0.hasPrefix("sent") } })
        let sent = Int(server.journal.all.last { $0.hasPrefix("sent") }?.dropFirst(5) ?? "") ?? 0
        peer.widen()
        for index in 0..<sent {
            let payload = try #require(try peer.frame()).payload
            #expect(payload.count == 2_000)
            #expect(payload.starts(with: Array("\(index) ".utf8)))
        }
        #expect(server.journal.wait(for: "drained"))
        #expect(server.onLoop { $0.handler.sessions[0].connection?.queuedBytes } == 0)
        #expect(server.counters.framesOut == UInt64(sent))
    }

    @Test("past the limit the owner is told, then the peer is closed with 3008; its neighbours get everything")
    func overflows() throws {
        let server = try LoopbackServer(.quick { $0.maxQueuedBytes = 100_000 })
        let slow = try server.connect(receiveBuffer: 4_096)
        try slow.upgrade()
        let neighbour = try server.connect()
        try neighbour.upgrade()
        #expect(server.journal.wait { $0.count { $0 == "opened" } == 2 })
        var index = 0
        while !server.journal.all.contains("overflowed"), index < 20_000 {
            let number = index
            let most = server.onLoop { state in
                let frame = Self.frame(number)
                for session in state.handler.sessions { session.connection?.deliver(frame) }
                return state.handler.sessions.map { $0.connection?.queuedBytes ?? 0 }.max() ?? 0
            }
            #expect(most ?? 0 <= 100_000 + 100)
            #expect(try neighbour.frame()?.payload.starts(with: Array("\(number) ".utf8)) == true)
            index += 1
        }
        #expect(server.journal.all.contains("overflowed"))
        #expect(server.onLoop { $0.handler.sessions[0].connection?.isOpen } == false)
        // The frame that had begun to leave is whole, and the close frame is behind it.
        slow.widen()
        var last: Peer.Frame?
        while let frame = try slow.frame() { last = frame }
        #expect(last == .close(.tooSlow))
        slow.close()
        #expect(server.journal.wait(for: "closed 3008 "))
        #expect(server.counters.openWebSockets == 1)
    }

    @Test("an owner that makes room keeps its connection")
    func makesRoom() throws {
        let server = try LoopbackServer(.quick { $0.maxQueuedBytes = 100_000 })
        let slow = try server.connect(receiveBuffer: 4_096)
        try slow.upgrade()
        #expect(server.journal.wait(for: "opened"))
        server.post { state in
            let session = state.handler.sessions[0]
            session.expendableMark = 7
            for index in 0..<20_000 {
                // Every tenth frame must arrive, the others are status that a newer one replaces.
                if state.handler.journal.all.count > 3 { break }
                session.connection?.deliver(Self.frame(index, mark: index % 10 == 0 ? 0 : 7))
            }
            session.connection?.deliver(Self.frame(99_999))
        }
        #expect(server.journal.wait(for: "overflowed"))
        #expect(server.onLoop { $0.handler.sessions[0].connection?.isOpen } == true)
        slow.widen()
        var seen: [Int] = []
        while seen.last != 99_999 {
            let payload = try #require(try slow.frame()).payload
            #expect(payload.count == 2_000)
            seen.append(Int(String(decoding: payload.prefix { $0 != 0x20 }, as: UTF8.self)) ?? -1)
        }
        #expect(seen == seen.sorted())
        let kept = seen.filter { $0 % 10 == 0 }
        #expect(kept == (0..<kept.count).map { $0 * 10 })
        #expect(seen.count < (seen.dropLast().last ?? 0))
    }

    @Test("pings that a stalled peer sends cost it one pong at most")
    func coalescesPongs() throws {
        let server = try LoopbackServer()
        let peer = try server.connect(receiveBuffer: 4_096)
        try peer.upgrade()
        #expect(server.journal.wait(for: "opened"))
        _ = server.onLoop { state in
            let connection = state.handler.sessions[0].connection
            for index in 0..<20_000 where connection?.queuedBytes ?? 0 < 50_000 {
                connection?.deliver(Self.frame(index))
            }
        }
        let before = try #require(server.onLoop { $0.handler.sessions[0].connection?.queuedBytes } ?? nil)
        let framesBefore = server.counters.framesIn
        for index in 0..<100 { try peer.send(.ping, [UInt8(index)]) }
        #expect(eventually { server.counters.framesIn == framesBefore + 100 })
        let after = try #require(server.onLoop { $0.handler.sessions[0].connection?.queuedBytes } ?? nil)
        #expect(after <= before + 3)
        peer.widen()
        var pongs: [[UInt8]] = []
        while pongs.last != [99] {
            let frame = try #require(try peer.frame())
            if frame.opcode == .pong { pongs.append(frame.payload) }
        }
        #expect(pongs == [[99]])
    }

    @Test("a peer whose queue does not move is closed")
    func stalls() throws {
        let server = try LoopbackServer(.quick { $0.writeDeadline = .milliseconds(50) })
        let peer = try server.connect(receiveBuffer: 4_096)
        try peer.upgrade()
        #expect(server.journal.wait(for: "opened"))
        server.post { state in
            let connection = state.handler.sessions[0].connection
            for index in 0..<20_000 where connection?.queuedBytes ?? 0 < 50_000 {
                connection?.deliver(Self.frame(index))
            }
        }
        #expect(server.journal.wait(for: "closed 3008 "))
        withExtendedLifetime(peer) {}
    }
}
