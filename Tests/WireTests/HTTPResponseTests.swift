import Testing
import Wire

@Suite("HTTP responses")
struct HTTPResponseTests {
    private let date = "Sun, 06 Nov 1994 08:49:37 GMT"

    private func written(_ response: HTTPResponse, head: Bool = false, keepsAlive: Bool = true) -> String {
        var bytes: [UInt8] = []
        response.encode(into: &bytes, isAnswerToHead: head, date: date, keepsAlive: keepsAlive)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func read(_ pieces: [[UInt8]], isAnswerToHead: Bool = false) throws -> [HTTPResponse] {
        var parser = HTTPResponseParser()
        parser.isAnswerToHead = isAnswerToHead
        var responses: [HTTPResponse] = []
        for piece in pieces {
            var rest = piece[...]
            while !rest.isEmpty {
                let step = try parser.parse(rest)
                rest = rest.dropFirst(step.consumed)
                if case .response(let response) = step.event { responses.append(response) }
            }
        }
        if let last = try parser.finish() { responses.append(last) }
        return responses
    }

    @Test("A response is written with its length and the date given")
    func encoding() {
        let response = HTTPResponse(.created, contentType: "application/json", body: Array("{}".utf8))
        #expect(
            written(response) == "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"
                + "Date: \(date)\r\nContent-Length: 2\r\n\r\n{}")
        #expect(written(response, keepsAlive: false).contains("\r\nConnection: close\r\n"))
        #expect(written(response, head: true).hasSuffix("Content-Length: 2\r\n\r\n"))
    }

    @Test("204, 304 and 101 have neither length nor body")
    func noBody() {
        #expect(written(HTTPResponse(.noContent, body: [1])) == "HTTP/1.1 204 No Content\r\nDate: \(date)\r\n\r\n")
        #expect(!written(HTTPResponse(.notModified)).contains("Content-Length"))
        var bytes: [UInt8] = []
        HTTPResponse(.switchingProtocols, fields: ["Upgrade": "websocket", "Connection": "Upgrade"])
            .encodeHead(into: &bytes, bodyLength: nil, date: nil, keepsAlive: true)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
    }

    @Test("Framing fields of a handler are left out, and no value injects a line")
    func ownFraming() {
        let fields: HTTPFields = [
            "content-length": "99", "Transfer-Encoding": "chunked", "Connection": "x", "Location": "/\r\nEvil: 1",
        ]
        let text = written(HTTPResponse(.seeOther, fields: fields, body: [0x61]))
        #expect(text == "HTTP/1.1 303 See Other\r\nLocation: /  Evil: 1\r\nDate: \(date)\r\nContent-Length: 1\r\n\r\na")
        var bytes: [UInt8] = []
        HTTPResponse(.ok).encode(into: &bytes, date: "x\r\nEvil: 1", keepsAlive: true, version: .http10)
        #expect(!String(decoding: bytes, as: UTF8.self).contains("\r\nEvil"))
        #expect(String(decoding: bytes, as: UTF8.self).contains("\r\nConnection: keep-alive\r\n"))
    }

    @Test(
        "Dates are written as RFC 9110 asks",
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_795_256_130, "Sat, 21 Nov 2026 10:15:30 GMT"),
            (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"), (.max, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (.min, "Sat, 01 Jan 0000 00:00:00 GMT"),
        ] as [(Int64, String)])
    func dates(seconds: Int64, text: String) {
        #expect(HTTPDate.text(secondsSince1970: seconds) == text)
    }

    @Test("Responses are read at every split point: by length, by chunks, without body, behind an interim one")
    func everySplit() throws {
        let stream = Array(
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
                + "HTTP/1.1 204\r\n\r\nHTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n")
                .utf8)
        let whole = try read([stream])
        #expect(whole.map(\.status.rawValue) == [200, 204, 404])
        #expect(whole.map { String(decoding: $0.body, as: UTF8.self) } == ["abc", "", "no"])
        for count in 1..<stream.count {
            #expect(try read([Array(stream[..<count]), Array(stream[count...])]) == whole)
        }
        #expect(try read(stream.map { [$0] }) == whole)
    }

    @Test("A body without framing ends with the stream; a framed one that ends early is truncated")
    func untilEnd() throws {
        let responses = try read([Array("HTTP/1.0 200 OK\r\n\r\nsome".utf8), Array(" text".utf8)])
        #expect(responses.map { String(decoding: $0.body, as: UTF8.self) } == ["some text"])
        #expect(throws: HTTPParseError.truncated) {
            try read([Array("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab".utf8)])
        }
        #expect(throws: HTTPParseError.truncated) { try read([Array("HTTP/1.1 20".utf8)]) }
    }

    @Test("The answer to HEAD has no body, and behind 101 the bytes stay")
    func special() throws {
        let head = try read([Array("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n".utf8)], isAnswerToHead: true)
        #expect(head.first?.body == [])
        var parser = HTTPResponseParser()
        let upgrade = Array("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n".utf8)
        let step = try parser.parse(upgrade + [0x81, 0x00])
        #expect(step.consumed == upgrade.count)
    }

    @Test(
        "Malformed status lines are refused",
        arguments: [
            "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/2 200 OK", "HTTP/1.1  200 OK", "HTTP/1.1 099 x", "200 OK",
        ])
    func badStatusLines(line: String) {
        #expect(throws: HTTPParseError.malformedStatusLine) { try read([httpHead(line)]) }
    }

    @Test("A request that is encoded is read back as it was meant")
    func requests() throws {
        let bytes = HTTPRequestEncoder.encode(
            .post, "/a b?q=1\r\nX: y", host: "h:80", fields: ["Host": "evil", "X-One": "a\r\nb"], body: Array("ok".utf8)
        )
        let request = try #require(
            RequestReading(bytes + HTTPRequestEncoder.encode(.get, "/", host: "h")).requests.first)
        #expect(request.head.method == .post)
        #expect(request.head.host == "h:80")
        #expect(request.head.rawTarget == "/a%20b?q=1%0D%0AX:%20y")
        #expect(request.head.fields["X-One"] == "a  b")
        #expect(request.body == Array("ok".utf8))
    }

    @Test("Damaged responses never trap")
    func damaged() {
        var mutation = Mutation(seed: 9110)
        let stream = Array(
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
                + "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\nX: y\r\n\r\n").utf8)
        for _ in 0..<10_000 {
            let damaged = mutation.damaged(
                stream, words: ["\r\n", "HTTP/1.1 ", "ffff", ":", "Content-Length: 9\r\n", "\u{0}"])
            #expect((try? read([damaged])) == (try? read(mutation.pieces(damaged))))
        }
    }
}
