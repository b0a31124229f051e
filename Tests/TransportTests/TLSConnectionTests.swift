import COpenSSL
import Glibc
import Platform
import Testing
import Transport
import Wire

@Suite("TLS connections")
struct TLSConnectionTests {
    private func makeServer(_ limits: TransportLimits = TransportLimits()) throws -> LoopbackServer {
        try LoopbackServer(limits, tls: TLSConfiguration(TestCertificate("one.test")))
    }

    @Test("messages of all lengths come back", arguments: [0, 1, 125, 16_384, 16_385, 65_536, 200_000, 1_000_000])
    func echoes(_ length: Int) throws {
        let server = try makeServer()
        let peer = try server.connectSecurely()
        try peer.upgrade()
        let payload = (0..<length).map { UInt8(0x20 + $0 % 64) }
        for _ in 0..<2 {
            try peer.send(.binary, payload)
            #expect(try peer.frame() == Peer.Frame(opcode: .binary, payload: payload))
        }
    }

    @Test("records that come in pieces are put together", arguments: [1, 2, 5, 7, 100])
    func pieces(_ piece: Int) throws {
        let server = try makeServer()
        let peer = try server.connectSecurely(.init(piece: piece))
        try peer.upgrade()
        let payload = (0..<5_000).map { UInt8(truncatingIfNeeded: $0) }
        try peer.send(.binary, payload)
        #expect(try peer.frame() == Peer.Frame(opcode: .binary, payload: payload))
    }

    @Test("many records in one segment are all read")
    func manyRecords() throws {
        let server = try makeServer()
        let peer = try server.connectSecurely()
        try peer.upgrade()
        var records: [UInt8] = []
        for index in 0..<1_000 {
            records += try peer.seal(FrameEncoder.maskedFrame(.text, Array("\(index)".utf8), key: Peer.key))
        }
        try peer.write(records)
        for index in 0..<1_000 { #expect(try peer.frame() == .text("\(index)")) }
    }

    @Test("frames of one turn share a record, in order")
    func gathers() throws {
        let server = try makeServer()
        let peer = try server.connectSecurely()
        try peer.upgrade()
        #expect(server.journal.wait(for: "opened"))
        let before = server.counters.bytesOut
        _ = server.onLoop { state in
            for index in 0..<50 { state.handler.sessions[0].connection?.send(text: Array("\(index)".utf8)) }
        }
        for index in 0..<50 { #expect(try peer.frame() == .text("\(index)")) }
        // Header, kind and tag of one record: 5 + 1 + 16 bytes.
        let frames = (0..<50).reduce(0) { $0 + 2 + "\($1)".utf8.count }
        #expect(Int(server.counters.bytesOut - before) == frames + 22)
    }

    @Test(
        "a request and its upgrade in one record, and what follows it, are not lost", arguments: ["/ws", "/ws-later"])
    func early(_ target: String) throws {
        let server = try makeServer()
        let peer = try server.connectSecurely()
        let request = "GET \(target) HTTP/1.1\r\nHost: test\r\n\(Peer.handshakeFields)\r\n"
        try peer.send(Array(request.utf8) + FrameEncoder.maskedFrame(.text, Array("early".utf8), key: Peer.key))
        try peer.send(.text, Array("later".utf8))
        #expect(try peer.response().head.hasPrefix("HTTP/1.1 101 "))
        #expect(try peer.frame() == .text("early"))
        #expect(try peer.frame() == .text("later"))
    }

    @Test("an upgrade, a message and the end of TLS in one segment are all seen")
    func endBehindUpgrade() throws {
        let server = try makeServer()
        let peer = try server.connectSecurely()
        try peer.get("/ws", fields: Peer.handshakeFields)
        try peer.sendCloseNotify()
        #expect(try peer.response().head.hasPrefix("HTTP/1.1 101 "))
        #expect(try peer.isAtEnd())
        peer.close()
        #expect(server.journal.wait(for: "closed 1006 "))
        #expect(eventually { server.counters.openConnections == 0 })
    }

    @Test("pipelined requests are answered in order, a large body too")
    func pipeline() throws {
        let server = try makeServer()
        let peer = try server.connectSecurely()
        for index in 0..<20 { try peer.get("/task?\(index)") }
        for index in 0..<20 { #expect(try peer.response().body == Array("/task?\(index)".utf8)) }
        try peer.get("/big?size=3000000")
        try peer.get("/after")
        #expect(try peer.response().body.count == 3_000_000)
        #expect(try peer.response().body == Array("/after".utf8))
    }

    @Test("a peer that has finished sending still gets its answer, then close_notify", arguments: [true, false])
    func halfClose(_ inTLS: Bool) throws {
        let server = try makeServer()
        let peer = try server.connectSecurely()
        try peer.get("/later?ms=20")
        if inTLS { try peer.sendCloseNotify() } else { peer.finishSending() }
        #expect(try peer.response().body == Array("/later?ms=20".utf8))
        #expect(try peer.isAtEnd())
        #expect(peer.hasCloseNotify)
        peer.close()
        #expect(eventually { server.counters.openConnections == 0 })
        #expect(server.counters.lost == 0)
    }

    @Test("an answer that ends the connection is followed by close_notify")
    func closeNotify() throws {
        let server = try makeServer()
        let peer = try server.connectSecurely()
        try peer.get("/last", fields: "Connection: close\r\n")
        #expect(try peer.response().body == Array("/last".utf8))
        #expect(try peer.isAtEnd())
        #expect(peer.hasCloseNotify)
    }

    @Test("the close handshake of a WebSocket is the same")
    func closing() throws {
        let server = try makeServer()
        let peer = try server.connectSecurely()
        try peer.upgrade()
        try peer.sendClose(.normal)
        #expect(try peer.frame() == .close(.normal))
        #expect(try peer.frame() == nil)
        #expect(peer.hasCloseNotify)
        #expect(server.journal.wait(for: "closed 1000 "))
    }

    @Test("a forged record ends the connection")
    func forged() throws {
        let server = try makeServer()
        let peer = try server.connectSecurely()
        try peer.upgrade()
        var record = try peer.seal(FrameEncoder.maskedFrame(.text, Array("x".utf8), key: Peer.key))
        record[record.count - 1] ^= 1
        try peer.write(record)
        #expect(server.journal.wait(for: "closed 1006 "))
        #expect(server.counters.openConnections == 0)
    }

    @Test("what the socket does not take at once arrives later, whole and in order")
    func queuesInOrder() throws {
        let server = try makeServer()
        let peer = try server.connectSecurely(receiveBuffer: 4_096)
        try peer.upgrade()
        #expect(server.journal.wait(for: "opened"))
        let sent = server.onLoop { state in
            let connection = state.handler.sessions[0].connection
            var sent = 0
            while sent < 20_000, connection?.queuedBytes ?? 0 < 900_000 {
                connection?.deliver(SlowReaderTests.frame(sent))
                sent += 1
            }
            return sent
        }
        peer.widen()
        for index in 0..<(sent ?? 0) {
            let payload = try #require(try peer.frame()).payload
            #expect(payload.count == 2_000)
            #expect(payload.starts(with: Array("\(index) ".utf8)))
        }
        #expect(server.journal.wait(for: "drained"))
        #expect(server.onLoop { $0.handler.sessions[0].connection?.queuedBytes } == 0)
    }

    @Test("a peer that does not read is closed with 3008 at the limit; its neighbours get everything")
    func overflows() throws {
        let server = try makeServer(.quick { $0.maxQueuedBytes = 100_000 })
        let slow = try server.connectSecurely(receiveBuffer: 4_096)
        try slow.upgrade()
        let neighbour = try server.connectSecurely()
        try neighbour.upgrade()
        #expect(server.journal.wait { $0.count { $0 == "opened" } == 2 })
        var index = 0
        while !server.journal.all.contains("overflowed"), index < 20_000 {
            let number = index
            let most = server.onLoop { state in
                let frame = SlowReaderTests.frame(number)
                for session in state.handler.sessions { session.connection?.deliver(frame) }
                return state.handler.sessions.map { $0.connection?.queuedBytes ?? 0 }.max() ?? 0
            }
            #expect(most ?? 0 <= 100_000 + 2_100)
            #expect(try neighbour.frame()?.payload.starts(with: Array("\(number) ".utf8)) == true)
            index += 1
        }
        #expect(server.journal.all.contains("overflowed"))
        slow.widen()
        var last: Peer.Frame?
        while let frame = try slow.frame() { last = frame }
        #expect(last == .close(.tooSlow))
        slow.close()
        #expect(server.journal.wait(for: "closed 3008 "))
    }

    @Test("browsers are told to come by TLS alone, where that is configured")
    func strictTransport() throws {
        var configuration = try TLSConfiguration(TestCertificate("one.test"))
        configuration.strictTransportSecurity = .seconds(600)
        let server = try LoopbackServer(tls: configuration)
        let peer = try server.connectSecurely()
        try peer.get("/")
        #expect(try peer.response().head.contains("\r\nStrict-Transport-Security: max-age=600\r\n"))
        let other = try LoopbackServer()
        let plain = try other.connect()
        try plain.get("/")
        #expect(try !plain.response().head.contains("Strict-Transport-Security"))
    }
}
