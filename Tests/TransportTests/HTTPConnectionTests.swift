import Testing
import Transport
import Wire

@Suite("HTTP connections")
struct HTTPConnectionTests {
    @Test("a connection is kept for the next request")
    func keepsAlive() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        for target in ["/one", "/two", "/three"] {
            try peer.get(target)
            let (head, body) = try peer.response()
            #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(head.contains("\r\nDate: "))
            #expect(!head.contains("Connection:"))
            #expect(body == Array(target.utf8))
        }
        #expect(server.counters.accepted == 1)
        #expect(server.counters.requests == 3)
        #expect(server.counters.responses == [.ok: 3])
    }

    @Test("pipelined requests are answered in their order, however long each takes")
    func pipelinesInOrder() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        let targets = ["/later?ms=20", "/now", "/task?a", "/later?ms=5", "/echo", "/task?b", "/last"]
        try peer.send(targets.map { "GET \($0) HTTP/1.1\r\nHost: test\r\n\r\n" }.joined())
        for target in targets {
            let (_, body) = try peer.response()
            #expect(String(decoding: body, as: UTF8.self) == (target == "/echo" ? "" : target))
        }
        // The handler got each only after the answer before it.
        #expect(server.journal.all == targets.map { "GET \($0)" })
    }

    @Test("a client that pipelines without reading is not read further, and gets every answer once it reads")
    func boundsPipelining() throws {
        let server = try LoopbackServer()
        let peer = try server.connect(receiveBuffer: 4_096)
        let count = 60
        let request = "GET /big?size=200000 HTTP/1.1\r\nHost: test\r\n\r\n"
        try peer.send(String(repeating: request, count: count))
        #expect(server.journal.wait { !$0.isEmpty })
        #expect(eventually { server.counters.framesQueued > 0 })
        #expect(server.journal.all.count < count)
        peer.widen()
        for _ in 0..<count { #expect(try peer.response().body.count == 200_000) }
        #expect(server.journal.all.count == count)
    }

    static let posts = [
        "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 11\r\n\r\nhello world",
        "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n5;x=y\r\nworld\r\n0\r\n\r\n",
    ]

    @Test("a request is the same at every split", arguments: posts)
    func everySplit(_ request: String) throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        let bytes = Array(request.utf8)
        for split in 1..<bytes.count {
            try peer.send(Array(bytes[..<split]))
            // The first part is read before the second is sent: what is in flight is counted on the loop.
            let sent = UInt64(bytes.count * (split - 1) + split)
            #expect(eventually { server.counters.bytesIn == sent })
            try peer.send(Array(bytes[split...]))
            #expect(String(decoding: try peer.response().body, as: UTF8.self) == "hello world")
        }
    }

    @Test("a request is the same byte by byte", arguments: posts)
    func byteByByte(_ request: String) throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        for byte in request.utf8 { try peer.send([byte]) }
        #expect(String(decoding: try peer.response().body, as: UTF8.self) == "hello world")
    }

    @Test("HEAD names the length and sends no body")
    func head() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.send("HEAD /big?size=500 HTTP/1.1\r\nHost: test\r\n\r\n")
        let (head, _) = try peer.response(isAnswerToHead: true)
        #expect(head.contains("Content-Length: 500\r\n"))
        try peer.get("/next")
        #expect(try peer.response().body == Array("/next".utf8))
    }

    @Test("the connection closes when the client says so, and for HTTP/1.0")
    func closesOnRequest() throws {
        let server = try LoopbackServer()
        for request in [
            "GET /a HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", "GET /a HTTP/1.0\r\nHost: test\r\n\r\n",
        ] {
            let peer = try server.connect()
            try peer.send(request)
            let (head, _) = try peer.response()
            #expect(head.contains("Connection: close\r\n"))
            #expect(try peer.isAtEnd())
        }
    }

    @Test("an HTTP/1.0 client that asks for it is told that the connection stays")
    func keepsAliveForHTTP10() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        for _ in 0..<2 {
            try peer.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try peer.response().head.contains("Connection: keep-alive\r\n"))
        }
    }

    @Test("a client that waits for 100 Continue gets it before it sends the body")
    func expectContinue() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        #expect(try peer.response().head == "HTTP/1.1 100 Continue\r\n\r\n")
        try peer.send("body")
        #expect(try peer.response().body == Array("body".utf8))
    }

    @Test("a client that would send too much is refused instead of 100 Continue")
    func expectContinueTooLarge() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 999999\r\nExpect: 100-continue\r\n\r\n")
        #expect(try peer.response().head.hasPrefix("HTTP/1.1 413 "))
        #expect(try peer.isAtEnd())
    }

    @Test("too large a body is answered 413, which the client can read though it was still sending")
    func oversize() throws {
        let server = try LoopbackServer()
        let body = String(repeating: "a", count: 70_000)
        for request in [
            "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 700000\r\n\r\n" + body,
            "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n11170\r\n" + body,
        ] {
            let peer = try server.connect()
            try peer.send(request)
            let (head, answer) = try peer.response()
            #expect(head.hasPrefix("HTTP/1.1 413 "))
            #expect(head.contains("Connection: close\r\n"))
            #expect(head.contains("application/problem+json"))
            #expect(String(decoding: answer, as: UTF8.self).contains("\"status\":413"))
            _ = peer.offer(Array(body.utf8))
            #expect(try peer.isAtEnd())
        }
    }

    @Test("a big answer arrives whole though the client reads slowly")
    func partialWrites() throws {
        let server = try LoopbackServer()
        let peer = try server.connect(receiveBuffer: 4_096)
        try peer.get("/big?size=3000000", fields: "Connection: close\r\n")
        #expect(eventually { server.counters.framesQueued > 0 })
        peer.widen()
        #expect(try peer.response().body.count == 3_000_000)
        #expect(try peer.isAtEnd())
    }

    @Test("a client that has finished sending still gets its answer")
    func halfClosed() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.get("/later?ms=10")
        peer.finishSending()
        #expect(try peer.response().body == Array("/later?ms=10".utf8))
        #expect(try peer.isAtEnd())
        #expect(eventually { server.counters.openConnections == 0 })
    }

    @Test("answering a connection that was reset does nothing")
    func lostMeanwhile() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.get("/hold")
        #expect(server.journal.wait(for: "GET /hold"))
        peer.reset()
        server.post { state in
            for _ in 0..<2 { state.handler.held[0].respond(HTTPResponse(.ok)) }
        }
        #expect(eventually { server.counters.openConnections == 0 })
        let again = try server.connect()
        try again.get("/alive")
        #expect(try again.response().body == Array("/alive".utf8))
    }

    @Test("only the first answer counts")
    func answersOnce() throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.get("/hold")
        #expect(server.journal.wait(for: "GET /hold"))
        let isOpen = server.onLoop { state in
            state.handler.held[0].respond(HTTPResponse(.created))
            state.handler.held[0].respond(HTTPResponse(.ok))
            return state.handler.held[0].isOpen
        }
        #expect(isOpen == false)
        #expect(try peer.response().head.hasPrefix("HTTP/1.1 201 "))
        try peer.get("/next")
        #expect(try peer.response().body == Array("/next".utf8))
    }
}
