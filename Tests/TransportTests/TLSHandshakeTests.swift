import COpenSSL
import Platform
import Testing
import Transport
import Wire

@Suite("TLS handshakes")
struct TLSHandshakeTests {
    @Test("TLS 1.2 and 1.3 are spoken, with http/1.1 by ALPN", arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func versions(_ version: CInt) throws {
        let server = try LoopbackServer(tls: TLSConfiguration(TestCertificate("one.test")))
        let peer = try server.connectSecurely(.init(version: version, protocols: ["h2", "http/1.1"]))
        #expect(peer.version == version)
        #expect(peer.chosenProtocol == "http/1.1")
        try peer.get("/secure")
        #expect(String(decoding: try peer.response().body, as: UTF8.self) == "true")
        #expect(server.counters.handshakes == 1)
    }

    @Test("a minimum of 1.3 refuses 1.2; 1.1 is never spoken")
    func minimum() throws {
        var configuration = try TLSConfiguration(TestCertificate("one.test"))
        let lenient = try LoopbackServer(tls: configuration)
        #expect(throws: Peer.Failure.self) { try lenient.connectSecurely(.init(version: TLS1_1_VERSION)) }
        configuration.minimumVersion = .tls13
        let strict = try LoopbackServer(tls: configuration)
        #expect(throws: Peer.Failure.self) { try strict.connectSecurely(.init(version: TLS1_2_VERSION)) }
        #expect(try strict.connectSecurely().version == TLS1_3_VERSION)
        #expect(strict.counters.refusals[.tlsHandshake] == 1)
    }

    @Test("a client that offers only other protocols is refused, one that offers none is served")
    func protocols() throws {
        let server = try LoopbackServer(tls: TLSConfiguration(TestCertificate("one.test")))
        #expect(throws: Peer.Failure.self) { try server.connectSecurely(.init(protocols: ["h2"])) }
        #expect(try server.connectSecurely(.init(protocols: [])).chosenProtocol == nil)
    }

    @Test("the certificate follows the name that the client asks for, wildcards too; else it is the first")
    func names() throws {
        let one = try TestCertificate("one.test")
        let two = try TestCertificate("two.test", "*.clinic.test")
        let server = try LoopbackServer(tls: TLSConfiguration(one, two))
        for (host, served) in [
            ("one.test", "one.test"), ("two.test", "two.test"), ("TWO.test", "two.test"),
            ("er.clinic.test", "two.test"), ("a.er.clinic.test", "one.test"), ("other.test", "one.test"),
        ] {
            for version in [TLS1_2_VERSION, TLS1_3_VERSION] {
                let peer = try server.connectSecurely(.init(host: host, version: version))
                #expect(peer.servedName == served, "\(host)")
                #expect(peer.chosenProtocol == "http/1.1")
            }
        }
    }

    @Test("a session is resumed by its ticket, on another loop too", arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func resumption(_ version: CInt) throws {
        let configuration = try TLSConfiguration(TestCertificate("one.test"), TestCertificate("two.test"))
        let server = try LoopbackServer(tls: configuration)
        let other = try LoopbackServer(tls: configuration)
        let peer = try server.connectSecurely(.init(host: "two.test", version: version))
        try peer.get("/first")
        _ = try peer.response()
        #expect(!peer.isResumed)
        let ticket = try #require(peer.ticket)
        let again = try other.connectSecurely(.init(host: "two.test", version: version, session: ticket))
        #expect(again.isResumed)
        try again.get("/again")
        #expect(try again.response().body == Array("/again".utf8))
        #expect(other.counters.resumedHandshakes == 1)
        // Renewed certificates come with new ticket keys.
        let renewed = try LoopbackServer(tls: TLSConfiguration(TestCertificate("two.test")))
        #expect(try !renewed.connectSecurely(.init(host: "two.test", version: version, session: ticket)).isResumed)
    }

    @Test("a handshake that comes byte by byte is completed", arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func byteByByte(_ version: CInt) throws {
        let server = try LoopbackServer(tls: TLSConfiguration(TestCertificate("one.test")))
        let peer = try server.connectSecurely(.init(version: version, piece: 1))
        try peer.upgrade()
        try peer.send(.text, Array("byte by byte".utf8))
        #expect(try peer.frame() == .text("byte by byte"))
    }

    @Test(
        "plain HTTP, and noise, on the TLS port get an end, not a reset",
        arguments: ["GET / HTTP/1.1\r\n\r\n", "\u{1}noise"])
    func plain(_ text: String) throws {
        let server = try LoopbackServer(tls: TLSConfiguration(TestCertificate("one.test")))
        let peer = try server.connect()
        try peer.send(text + String(repeating: "x", count: 40_000))
        var bytes: [UInt8] = []
        while case let more = try peer.receive(), !more.isEmpty { bytes += more }
        // At most an alert.
        #expect(bytes.count <= 7)
        peer.close()
        #expect(eventually { server.counters.openConnections == 0 })
        #expect(server.counters.refusals[.tlsHandshake] == 1)
        #expect(server.journal.all.isEmpty)
    }

    @Test("a handshake that is not completed in time ends, whatever has come of it")
    func deadline() throws {
        let limits = TransportLimits.quick {
            $0.headerDeadline = .milliseconds(100)
            $0.closeDeadline = .milliseconds(50)
        }
        let server = try LoopbackServer(limits, tls: TLSConfiguration(TestCertificate("one.test")))
        let silent = try server.connect()
        let begun = try TLSPeer(port: server.port)
        try begun.beginHandshake()
        #expect(try silent.receive().isEmpty)
        while try !begun.readRaw(atMost: 65_536).isEmpty {}
        #expect(eventually { server.counters.openConnections == 0 })
        #expect(server.counters.refusals[.tlsDeadline] == 2)
    }

    @Test("a handshake in a storm waits its turn, and open sockets are served between")
    func ration() throws {
        let limits = TransportLimits.quick {
            $0.handshakeTimePerTurn = .zero
            $0.maxWaitingHandshakes = 8
        }
        let server = try LoopbackServer(limits, tls: TLSConfiguration(TestCertificate("one.test")))
        let live = try server.connectSecurely()
        try live.upgrade()
        var storm: [TLSPeer] = []
        for _ in 0..<64 {
            let peer = try TLSPeer(port: server.port)
            try peer.beginHandshake()
            storm.append(peer)
        }
        for index in 0..<20 {
            try live.send(.text, Array("\(index)".utf8))
            #expect(try live.frame() == .text("\(index)"))
        }
        for peer in storm {
            try peer.handshake()
            try peer.get("/storm")
        }
        for peer in storm { #expect(try peer.response().body == Array("/storm".utf8)) }
        #expect(server.counters.handshakes == 65)
    }

    @Test("a renegotiation is refused, new keys are given", arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func newKeys(_ version: CInt) throws {
        let server = try LoopbackServer(tls: TLSConfiguration(TestCertificate("one.test")))
        let peer = try server.connectSecurely(.init(version: version))
        try peer.upgrade()
        try peer.askForNewKeys()
        if version == TLS1_3_VERSION {
            try peer.send(.text, Array("still here".utf8))
            #expect(try peer.frame() == .text("still here"))
        } else {
            #expect(throws: Peer.Failure.self) { while try peer.frame() != nil {} }
        }
    }
}
