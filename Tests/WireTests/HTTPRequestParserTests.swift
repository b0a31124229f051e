import Testing
import Wire

@Suite("HTTPRequestParser")
struct HTTPRequestParserTests {
    private let get = httpHead("GET /api/v1/alerts?status=PENDING&status=ESCALATED HTTP/1.1", "Host: hub.local:8080")
    private let post =
        httpHead(
            "POST /api/v1/alerts HTTP/1.1", "Host: hub", "content-type: Application/JSON; charset=utf-8",
            "Content-Length: 12") + Array("{\"room\":\"1\"}".utf8)
    private let chunked =
        httpHead("POST /in HTTP/1.1", "Host: hub", "Transfer-Encoding: Chunked")
        + Array("4\r\nWiki\r\n6;name=\"v;1\"\r\npedia \r\nE \t;x\r\nin \r\n\r\nchunks.\r\n".utf8)
        + Array("0\r\nX-Checksum: abc\r\n\r\n".utf8)

    private func request(_ bytes: [UInt8]) throws -> HTTPRequest {
        let reading = RequestReading(bytes)
        #expect(reading.error == nil)
        return try #require(reading.requests.first)
    }

    @Test("A request without a body is read")
    func plainGet() throws {
        let request = try request(get)
        #expect(request.head.method == .get)
        #expect(request.head.rawTarget == "/api/v1/alerts?status=PENDING&status=ESCALATED")
        #expect(request.head.path == "/api/v1/alerts")
        #expect(request.head.query.all("status") == ["PENDING", "ESCALATED"])
        #expect(request.head.version == .http11)
        #expect(request.head.host == "hub.local:8080")
        #expect(request.head.keepsAlive)
        #expect(request.body.isEmpty)
    }

    @Test("A body of named length is read")
    func length() throws {
        let request = try request(post)
        #expect(String(decoding: request.body, as: UTF8.self) == "{\"room\":\"1\"}")
        #expect(request.head.contentType == "application/json")
    }

    @Test("A chunked body is read, its extensions are dropped, its trailers stay apart")
    func chunks() throws {
        let request = try request(chunked)
        #expect(String(decoding: request.body, as: UTF8.self) == "Wikipedia in \r\n\r\nchunks.")
        #expect(request.trailers["x-checksum"] == "abc")
        #expect(request.head.fields["x-checksum"] == nil)
    }

    @Test("Every split point, and every byte alone, gives the same requests")
    func everySplit() {
        let stream = get + post + chunked + Array("\r\n".utf8) + get
        let whole = RequestReading(stream)
        #expect(whole.requests.count == 4)
        #expect(whole.error == nil)
        for count in 1..<stream.count {
            #expect(RequestReading([Array(stream[..<count]), Array(stream[count...])]) == whole, "split at \(count)")
        }
        #expect(RequestReading(stream.map { [$0] }) == whole)
    }

    @Test("The parser stops behind a request and leaves the rest")
    func pipelining() throws {
        var parser = HTTPRequestParser()
        let step = try parser.parse(post + get)
        #expect(step.consumed == post.count)
        #expect(parser.isIdle)
        let next = try parser.parse(get)
        #expect(next.consumed == get.count)
    }

    @Test("The bytes behind an upgrade request are not touched")
    func upgrade() throws {
        let head = httpHead(
            "GET /ws HTTP/1.1", "Host: hub", "Connection: keep-alive, Upgrade", "Upgrade: WebSocket",
            "Sec-WebSocket-Version: 13")
        var parser = HTTPRequestParser()
        let step = try parser.parse(head + [0x81, 0x80, 0, 0])
        #expect(step.consumed == head.count)
        guard case .request(let request) = step.event else { throw HTTPParseError.truncated }
        #expect(request.head.asksUpgrade(to: "websocket"))
        #expect(!request.head.asksUpgrade(to: "h2c"))
    }

    @Test("Idle only between requests; an end elsewhere is a truncation")
    func idle() throws {
        var parser = HTTPRequestParser()
        #expect(parser.isIdle && parser.endOfInput == nil)
        _ = try parser.parse(Array("\r\n".utf8))
        #expect(parser.isIdle)
        _ = try parser.parse(Array("G".utf8))
        #expect(!parser.isIdle)
        #expect(parser.endOfInput == .truncated)
        parser = HTTPRequestParser()
        _ = try parser.parse(Array(post.dropLast()))
        #expect(parser.endOfInput == .truncated)
    }

    @Test("One empty line before a request is ignored, a second is not")
    func emptyLines() {
        #expect(RequestReading(Array("\r\n".utf8) + get).requests.count == 1)
        #expect(httpFailure(Array("\r\n\r\n".utf8) + get) == .malformedRequestLine)
    }

    @Test(
        "The connection stays open as version and Connection say",
        arguments: [
            ("HTTP/1.1", "", true), ("HTTP/1.1", "close", false), ("HTTP/1.1", "Keep-Alive, CLOSE", false),
            ("HTTP/1.0", "", false), ("HTTP/1.0", "Keep-Alive", true), ("HTTP/1.0", "keep-alive, close", false),
            ("HTTP/1.7", "x", true), ("HTTP/1.1", "closed", true),
        ])
    func keepAlive(version: String, connection: String, expected: Bool) throws {
        #expect(
            try request(httpHead("GET / \(version)", "Host: h", "Connection: \(connection)")).head.keepsAlive
                == expected)
    }

    @Test("A client that expects 100 Continue is told of once, before its body")
    func expectContinue() throws {
        let head = httpHead("POST / HTTP/1.1", "Host: h", "Expect: 100-Continue", "Content-Length: 2")
        var parser = HTTPRequestParser()
        guard case .expectsContinue(let early) = try parser.parse(head).event else {
            Issue.record("no event")
            return
        }
        #expect(early.path == "/")
        guard case .request(let request) = try parser.parse(Array("ok".utf8)).event else {
            Issue.record("no request")
            return
        }
        #expect(request.body == Array("ok".utf8))
    }

    @Test("Nobody waits for 100 Continue who sends on, has no body, or speaks HTTP/1.0")
    func noContinue() {
        let expecting = ["Expect: 100-continue", "Content-Length: 2"]
        let together = httpHead("POST / HTTP/1.1", "Host: h", expecting[0], expecting[1]) + Array("ok".utf8)
        #expect(RequestReading(together).continues == 0)
        #expect(RequestReading(httpHead("GET / HTTP/1.1", "Host: h", expecting[0])).continues == 0)
        let old = httpHead("POST / HTTP/1.0", expecting[0], expecting[1])
        #expect(RequestReading([old, Array("ok".utf8)]).continues == 0)
    }

    @Test("After an error the parser stays failed")
    func staysFailed() throws {
        var parser = HTTPRequestParser()
        #expect(throws: HTTPParseError.bareLineFeed) { try parser.parse(Array("GET / HTTP/1.1\n".utf8)) }
        #expect(throws: HTTPParseError.bareLineFeed) { try parser.parse(get) }
        #expect(!parser.isIdle)
    }

    @Test("A byte costs as much behind millions of others as at the start", arguments: [false, true])
    func linearCost(isChunked: Bool) throws {
        let length = 8_000_000
        var parser = HTTPRequestParser(limits: HTTPLimits(maximumBodyBytes: length))
        let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(length)"
        _ = try parser.parse(httpHead("POST / HTTP/1.1", "Host: h", framing))
        if isChunked { _ = try parser.parse(Array((String(length, radix: 16) + "\r\n").utf8)) }
        // The quickest of several turns, so that a machine that pauses does not decide.
        func quickest() throws -> Duration {
            var best = Duration.seconds(3_600)
            for _ in 0..<20 {
                best = min(best, try ContinuousClock().measure { for _ in 0..<50 { _ = try parser.parse([0x61]) } })
            }
            return best
        }
        let first = try quickest()
        _ = try parser.parse([UInt8](repeating: 0x61, count: length - 10_000))
        let last = try quickest()
        // A parser that copied its body at each byte would be a hundred times slower.
        #expect(last < first * 10)
    }

    @Test("A parser between requests is small: the budget of an idle connection is 1 KiB")
    func idleSize() {
        #expect(MemoryLayout<HTTPRequestParser>.size <= 400)
    }

    @Test("Credentials are given for their scheme only, once")
    func credentials() throws {
        let head = try request(httpHead("GET / HTTP/1.1", "Host: h", "Authorization: bearer  abc.def")).head
        #expect(head.credentials(scheme: "Bearer") == "abc.def")
        #expect(head.credentials(scheme: "Basic") == nil)
        let twice = httpHead("GET / HTTP/1.1", "Host: h", "Authorization: Bearer a", "Authorization: Bearer b")
        #expect(try request(twice).head.credentials(scheme: "Bearer") == nil)
    }
}
