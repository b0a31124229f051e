import Platform
import Testing
import Wire

/// What other servers were hurt by, said to this one over real sockets; `Tests/Advisories.md` has the list.
@Suite("What other servers were hurt by, over sockets")
struct AdvisoryTests {
    /// What is said, and whether the connection is reset behind it, which is where others failed.
    struct Blow: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let said: [UInt8]

        init(_ name: String, _ said: String, _ frames: [UInt8]...) {
            testDescription = name
            self.said = Array(said.utf8) + frames.flatMap { $0 }
        }
    }

    private static func hello(_ path: String, _ fields: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: t\r\n\(Peer.handshakeFields)\(fields)\r\n"
    }

    private static let deflate = "Sec-WebSocket-Extensions: permessage-deflate\r\n"

    static let blows = [
        Blow("an upgrade", hello("/ws")),
        Blow("an upgrade that is answered later", hello("/ws-later")),
        Blow("an upgrade that is refused", hello("/ws-refused")),
        Blow("an upgrade that fails", "GET /ws HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\n\r\n"),
        Blow("an empty X-Forwarded-For", hello("/ws", "X-Forwarded-For:\r\n")),
        Blow("an empty compressed message", hello("/deflate", deflate), frame(.text, [], isCompressed: true)),
        Blow("half a compressed message", hello("/deflate", deflate), frame(.text, [0xF2], isCompressed: true)),
        Blow("a close frame and more", hello("/ws"), closing(1000), frame(.text, "late"), closing(1000)),
        Blow("HTTP/2's preface and frames", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [0, 0, 0, 4, 0, 0, 0, 0, 0]),
        Blow("HTTP/2 without TLS", "GET /a HTTP/1.1\r\nHost: t\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"),
        Blow(
            "Engine.IO's polling", "GET /socket.io/?EIO=4&transport=polling&sid=__proto__ HTTP/1.1\r\nHost: t\r\n\r\n"),
        Blow("Engine.IO's packet to a path that speaks none", "POST /socket.io/?EIO=4 HTTP/1.1\r\nHost: t\r\n\r\n4[{}"),
        Blow("Socket.IO's event without a name", hello("/ws"), frame(.text, "42[{}]"), frame(.text, "451-[]")),
        Blow("nothing", ""),
    ]

    @Test(
        """
        what made others crash ends one connection at most (swift-nio-http2 CVE-2022-0618, GHSA-ccw9-q5h2-8c2w, \
        GHSA-w3f6-pc54-gfw7, GHSA-pgfx-g6rc-8cjv; engine.io CVE-2022-21676, CVE-2022-41940, CVE-2023-31125; \
        socket.io CVE-2024-38355)
        """, arguments: blows)
    func crashes(_ blow: Blow) throws {
        let server = try LoopbackServer()
        let witness = try server.connect()
        try witness.upgrade()
        for end in 0..<4 {
            let peer = try server.connect()
            // In one piece, and cut somewhere in the middle; ended by a reset, by a FIN, and by leaving it open.
            let cut = blow.said.count * end / 3
            _ = peer.offer(Array(blow.said[..<cut]))
            _ = peer.offer(Array(blow.said[cut...]))
            if end.isMultiple(of: 2) { peer.reset() } else { peer.finishSending() }
        }
        try witness.send(.text, Array("alive".utf8))
        #expect(try witness.frame() == .text("alive"))
        let next = try server.connect()
        try next.get("/next")
        #expect(try next.response().body == Array("/next".utf8))
    }

    @Test(
        "offers that hung or crashed others are answered, and plain messages go on (nchan, undici server_max_window_bits)",
        arguments: [
            "permessage-deflate; server_max_window_bits=0", "permessage-deflate; server_max_window_bits=7",
            "permessage-deflate; server_max_window_bits=16", "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=99999999999999999999",
            "permessage-deflate; client_max_window_bits=08",
            "permessage-deflate; server_max_window_bits=\"10\"; server_max_window_bits=10",
            "permessage-deflate; server_no_context_takeover=1", "permessage-deflate; permessage-deflate",
            String(repeating: "permessage-deflate; x, ", count: 300) + "x",
        ])
    func offers(_ offer: String) throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.upgrade("/deflate", fields: "Sec-WebSocket-Extensions: \(offer)\r\n")
        try peer.send(.text, Array("plain".utf8))
        #expect(try peer.frame() == .text("plain"))
    }

    @Test(
        "offers that break the grammar are refused at once (nchan)",
        arguments: [
            "permessage-deflate;", "permessage-deflate; =", "; ;", "permessage-deflate; a=\"",
            "permessage-deflate; a=b c",
        ])
    func malformedOffers(_ offer: String) throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.get("/deflate", fields: Peer.handshakeFields + "Sec-WebSocket-Extensions: \(offer)\r\n")
        #expect(try peer.response().head.hasPrefix("HTTP/1.1 400 "))
        #expect(try peer.isAtEnd())
    }

    @Test("a begun message of one connection is never another's (NATS: reuse of pooled buffers)")
    func sharedBuffer() throws {
        let server = try LoopbackServer()
        let peers = try (0..<4).map { _ in try server.connect() }
        for peer in peers { try peer.upgrade() }
        let messages = (0..<4).map { [UInt8](repeating: 0x61 + UInt8($0), count: 3_000) }
        let frames = messages.map { frame(.text, $0) }
        for start in stride(from: 0, to: frames[0].count, by: 500) {
            for (peer, bytes) in zip(peers, frames) {
                try peer.send(Array(bytes[start..<min(start + 500, bytes.count)]))
            }
        }
        for (peer, message) in zip(peers, messages) {
            #expect(try peer.frame() == Peer.Frame(opcode: .text, payload: message))
        }
    }
}
