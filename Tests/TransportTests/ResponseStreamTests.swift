import Testing
import Transport
import Wire

@Suite("Answers in pieces")
struct ResponseStreamTests {
    /// Reads until the peer closes, or `end` stands at the end.
    private func read(_ peer: Peer, until end: String? = nil) throws -> String {
        var text = ""
        while end.map({ !text.hasSuffix($0) }) ?? true {
            let bytes = try peer.receive()
            if bytes.isEmpty { break }
            text += String(decoding: bytes, as: UTF8.self)
        }
        return text
    }

    @Test("pieces are chunks, and the connection is kept for the next request")
    func chunks() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        for _ in 0..<2 {
            try peer.get("/stream?size=17&count=3")
            let text = try read(peer, until: "0\r\n\r\n")
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(text.contains("\r\nTransfer-Encoding: chunked\r\n"))
            #expect(!text.contains("Content-Length"))
            let body = try #require(text.split(separator: "\r\n\r\n", maxSplits: 1).last)
            let pieces = ["a", "b", "c"].map { "11\r\n" + String(repeating: $0, count: 17) + "\r\n" }
            #expect(body == pieces.joined() + "0\r\n\r\n")
        }
        #expect(server.counters.accepted == 1)
    }

    @Test("who pipelines gets the next answer behind the last chunk")
    func pipelined() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.send("GET /stream?size=9&count=50 HTTP/1.1\r\nHost: t\r\n\r\nGET /next HTTP/1.1\r\nHost: t\r\n\r\n")
        let text = try read(peer, until: "\r\n\r\n/next")
        #expect(text.contains("0\r\n\r\nHTTP/1.1 200 OK\r\n"))
    }

    @Test("the next piece is made only when the peer has taken the one before")
    func slowReader() throws {
        let server = try LoopbackServer()
        let peer = try server.connect(receiveBuffer: 4_096)
        try peer.get("/stream?size=300000&count=40")
        #expect(server.journal.wait { $0.count >= 2 })
        #expect(eventually { server.counters.framesQueued > 0 })
        #expect(server.journal.all.count < 40)
        peer.widen()
        let text = try read(peer, until: "0\r\n\r\n")
        #expect(text.utf8.count > 40 * 300_000)
        #expect(server.journal.all.filter { $0 == "piece" }.count == 40)
    }

    @Test("a peer that is gone ends the making")
    func gone() throws {
        let server = try LoopbackServer()
        do {
            let peer = try server.connect(receiveBuffer: 4_096)
            try peer.get("/stream?size=300000&count=1000")
            #expect(server.journal.wait { $0.count >= 2 })
        }
        #expect(server.journal.wait { $0.last == "gone" })
        #expect(eventually { server.counters.openConnections == 0 })
    }

    @Test("an answer that is given up ends without its last chunk")
    func cut() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.get("/stream?size=5&count=2&cut")
        let text = try read(peer)
        #expect(text.hasSuffix("5\r\nbbbbb\r\n"))
    }

    @Test("HTTP/1.0 has no chunks: the body ends with the connection; HEAD has no body")
    func others() throws {
        let server = try LoopbackServer()
        let old = try server.connect()
        try old.send("GET /stream?size=5&count=2 HTTP/1.0\r\nHost: t\r\nConnection: keep-alive\r\n\r\n")
        let text = try read(old)
        #expect(text.hasSuffix("\r\n\r\naaaaabbbbb"))
        #expect(!text.contains("Transfer-Encoding"))
        #expect(text.contains("Connection: close"))
        let peer = try server.connect()
        try peer.send("HEAD /stream HTTP/1.1\r\nHost: t\r\n\r\nGET /next HTTP/1.1\r\nHost: t\r\n\r\n")
        let both = try read(peer, until: "/next")
        #expect(both.split(separator: "\r\n\r\n").count == 3)
    }
}
