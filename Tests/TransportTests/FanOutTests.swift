import Glibc
import Platform
import Testing
import Transport
import Wire

@Suite("One frame for many peers")
struct FanOutTests {
    private func open(_ count: Int, on server: LoopbackServer, receiveBuffer: CInt? = nil) throws -> [Peer] {
        let peers = try (0..<count).map { _ in try server.connect(receiveBuffer: receiveBuffer) }
        for peer in peers { try peer.upgrade() }
        #expect(server.journal.wait { $0.count { $0 == "opened" } == count })
        return peers
    }

    private func number(of frame: Peer.Frame?) -> Int? {
        frame.flatMap { Int(String(decoding: $0.payload.prefix { $0 != 0x20 }, as: UTF8.self)) }
    }

    @Test("all get all frames in order, each between answers of their own", arguments: SendWay.available)
    func ordered(_ way: SendWay) throws {
        let server = try LoopbackServer()
        let peers = try open(20, on: server)
        for round in 0..<50 {
            for peer in peers { try peer.send(.text, Array("\(round) answer".utf8)) }
            // The answers are written by the loop before this.
            #expect(eventually { server.counters.framesIn == UInt64(20 * (round + 1)) })
            #expect(server.onLoop { way.send(SlowReaderTests.frame(round, size: 100), in: $0) } == [])
        }
        for peer in peers {
            for round in 0..<50 {
                #expect(try peer.frame() == .text("\(round) answer"))
                #expect(try number(of: peer.frame()) == round)
            }
        }
        #expect(server.counters.framesOut == 2 * 20 * 50)
    }

    @Test("what a socket takes a part of arrives whole, and later frames behind it", arguments: SendWay.available)
    func partial(_ way: SendWay) throws {
        let server = try LoopbackServer(.quick { $0.maxQueuedBytes = 32 << 20 })
        let peers = try open(4, on: server, receiveBuffer: 4_096)
        // More than a socket's buffers hold.
        let sizes = [8 << 20, 100, 70_000, 100]
        let before = server.counters.bytesOut
        let others = server.onLoop { state in
            sizes.enumerated().flatMap { way.send(SlowReaderTests.frame($0, size: $1), in: state) }
        }
        if way == .together {
            #expect(others?.count == peers.count)
            #expect(others?.allSatisfy { $0 > 0 && $0 < 8 << 20 } == true)
        }
        for peer in peers {
            peer.widen()
            for (index, size) in sizes.enumerated() {
                let frame = try #require(try peer.frame())
                #expect(number(of: frame) == index)
                #expect(frame.payload.count == size)
            }
        }
        #expect(server.journal.wait { $0.count { $0 == "drained" } == peers.count })
        let sent = sizes.map { SlowReaderTests.frame(0, size: $0).bytes.count }.reduce(0, +)
        #expect(server.counters.bytesOut - before == UInt64(peers.count * sent))
    }

    @Test("a socket that is full gets the rest when it has room, and nobody waits for it", arguments: SendWay.available)
    func full(_ way: SendWay) throws {
        let server = try LoopbackServer(.quick { $0.maxQueuedBytes = 32 << 20 })
        let slow = try open(1, on: server, receiveBuffer: 4_096)[0]
        let quick = try server.connect()
        try quick.upgrade()
        #expect(server.journal.wait { $0.count { $0 == "opened" } == 2 })
        var count = 0
        var others: [Int32] = []
        while count < 20_000, server.onLoop({ $0.handler.sessions[0].connection?.queuedBytes ?? 0 }) ?? 0 < 100_000 {
            let index = count
            others += server.onLoop { way.send(SlowReaderTests.frame(index), in: $0) } ?? []
            #expect(try number(of: quick.frame()) == index)
            count += 1
        }
        if way == .together {
            // Behind what was queued once nothing is offered to the socket any more.
            #expect(!others.isEmpty && others.count < count / 2)
            #expect(others.allSatisfy { $0 == -EAGAIN || ($0 > 0 && $0 < 2_004) })
        }
        slow.widen()
        for index in 0..<count { try #require(try number(of: slow.frame()) == index) }
        #expect(server.journal.wait(for: "drained"))
    }

    @Test("peers that reset under the frame are closed, and the others get it", arguments: SendWay.available)
    func reset(_ way: SendWay) throws {
        let server = try LoopbackServer()
        let peers = try open(40, on: server)
        let lost = Set(stride(from: 1, to: 40, by: 4))
        let numbers = lost.map { peers[$0].number }
        let others = server.onLoop { state in
            // In the turn of the fan-out, so that the loop cannot have noticed.
            for number in numbers { Self.disconnect(number) }
            return way.send(SlowReaderTests.frame(0, size: 100), in: state)
        }
        if way == .together {
            #expect(others?.count == lost.count)
            #expect(others?.allSatisfy { $0 == -ECONNRESET || $0 == -EPIPE } == true)
        }
        #expect(server.journal.wait { $0.count { $0.hasPrefix("closed 1006") } == lost.count })
        _ = server.onLoop { way.send(SlowReaderTests.frame(1, size: 100), in: $0) }
        for (index, peer) in peers.enumerated() where !lost.contains(index) {
            #expect(try number(of: peer.frame()) == 0)
            #expect(try number(of: peer.frame()) == 1)
        }
        #expect(server.counters.openWebSockets == peers.count - lost.count)
    }

    @Test("who has begun to close is sent nothing more", arguments: SendWay.available)
    func closing(_ way: SendWay) throws {
        let server = try LoopbackServer()
        let peers = try open(3, on: server)
        _ = server.onLoop { state in
            state.handler.sessions[1].connection?.close(.goingAway)
            way.send(SlowReaderTests.frame(7, size: 100), in: state)
        }
        for (index, peer) in peers.enumerated() {
            let frame = try peer.frame()
            if index == 1 { #expect(frame == .close(.goingAway)) } else { #expect(number(of: frame) == 7) }
        }
        try peers[1].sendClose(.goingAway)
        #expect(try peers[1].frame() == nil)
    }

    @Test("over TLS all get all frames in order, and each whole", arguments: SendWay.available)
    func secure(_ way: SendWay) throws {
        let certificate = try TestCertificate("one.test")
        let server = try LoopbackServer(.quick { $0.maxQueuedBytes = 32 << 20 }, tls: TLSConfiguration(certificate))
        let peers = try (0..<6).map { try server.connectSecurely(receiveBuffer: $0 < 3 ? 4_096 : nil) }
        for peer in peers { try peer.upgrade() }
        #expect(server.journal.wait { $0.count { $0 == "opened" } == peers.count })
        let sizes = [100, 5 << 20, 100, 20_000, 100]
        for turn in 0..<2 {
            server.post { state in
                for (index, size) in sizes.enumerated() {
                    way.send(SlowReaderTests.frame(turn * sizes.count + index, size: size), in: state)
                }
            }
        }
        for peer in peers {
            peer.widen()
            for index in 0..<2 * sizes.count {
                let frame = try #require(try peer.frame())
                #expect(number(of: frame) == index)
                #expect(frame.payload.count == sizes[index % sizes.count])
            }
        }
    }

    /// Ends a client's connection by a reset, and leaves its descriptor open.
    private static func disconnect(_ number: CInt) {
        var nobody = sockaddr()
        nobody.sa_family = sa_family_t(AF_UNSPEC)
        connect(number, &nobody, socklen_t(MemoryLayout<sockaddr>.size))
    }
}
