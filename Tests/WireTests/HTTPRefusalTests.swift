import Testing
import Wire

/// Each shape that lets two readers see two different requests, and each breach of the grammar, with its answer.
@Suite("HTTP requests that are refused")
struct HTTPRefusalTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        let name: String
        let text: String
        let error: HTTPParseError
        let status: UInt16

        init(_ name: String, _ text: String, _ error: HTTPParseError, _ status: UInt16) {
            (self.name, self.text, self.error, self.status) = (name, text, error, status)
        }

        var testDescription: String { name }
    }

    private static func post(_ fields: String, _ body: String = "") -> String {
        "POST / HTTP/1.1\r\nHost: h\r\n\(fields)\r\n\r\n\(body)"
    }

    private static func chunks(_ body: String) -> String {
        post("Transfer-Encoding: chunked", body)
    }

    private static func get(_ target: String) -> String {
        "GET \(target) HTTP/1.1\r\nHost: h\r\n\r\n"
    }

    private static let framing: [Refusal] = [
        Refusal(
            "CL.TE", post("Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\nG"), .conflictingLengths, 400),
        Refusal(
            "TE.CL", post("Transfer-Encoding: chunked\r\nContent-Length: 4", "0\r\n\r\n"), .conflictingLengths, 400),
        Refusal("two lengths", post("Content-Length: 1\r\nContent-Length: 2", "ab"), .duplicateContentLength, 400),
        Refusal("twice the same", post("Content-Length: 1\r\ncontent-length: 1", "a"), .duplicateContentLength, 400),
        Refusal("length list", post("Content-Length: 1, 1", "a"), .malformedContentLength, 400),
        Refusal("length +", post("Content-Length: +1", "a"), .malformedContentLength, 400),
        Refusal("length -", post("Content-Length: -1", "a"), .malformedContentLength, 400),
        Refusal("length hex", post("Content-Length: 0x1", "a"), .malformedContentLength, 400),
        Refusal("length spaced", post("Content-Length: 1 0", "a"), .malformedContentLength, 400),
        Refusal("length empty", post("Content-Length:", "a"), .malformedContentLength, 400),
        Refusal("length fraction", post("Content-Length: 1.0", "a"), .malformedContentLength, 400),
        Refusal("length beyond 64 bits", post("Content-Length: 18446744073709551617"), .malformedContentLength, 400),
        Refusal("length huge", post("Content-Length: 18446744073709551615"), .bodyTooLarge, 413),
        Refusal("TE gzip", post("Transfer-Encoding: gzip, chunked"), .unsupportedTransferCoding, 501),
        Refusal("TE identity", post("Transfer-Encoding: identity"), .unsupportedTransferCoding, 501),
        Refusal("TE xchunked", post("Transfer-Encoding: xchunked"), .unsupportedTransferCoding, 501),
        Refusal("TE quoted", post("Transfer-Encoding: \"chunked\""), .unsupportedTransferCoding, 501),
        Refusal("TE not last", post("Transfer-Encoding: chunked, gzip"), .malformedTransferEncoding, 400),
        Refusal("TE twice", post("Transfer-Encoding: chunked, chunked"), .malformedTransferEncoding, 400),
        Refusal(
            "TE two lines", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
            .malformedTransferEncoding, 400),
        Refusal("TE empty", post("Transfer-Encoding:"), .malformedTransferEncoding, 400),
        Refusal("TE comma", post("Transfer-Encoding: chunked,"), .unsupportedTransferCoding, 501),
        Refusal("TE vertical tab", post("Transfer-Encoding: \u{0B}chunked"), .controlCharacter, 400),
        Refusal(
            "TE in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", .malformedTransferEncoding, 400),
        Refusal("1.0 without length", "POST / HTTP/1.0\r\n\r\n", .lengthRequired, 411),
        Refusal("chunk size overflow", chunks("10000000000000001\r\na"), .chunkSizeOverflow, 413),
        Refusal("chunk size huge", chunks("ffffffffffffffff\r\na"), .bodyTooLarge, 413),
        Refusal("chunk size sign", chunks("+1\r\na\r\n0\r\n\r\n"), .malformedChunk, 400),
        Refusal("chunk size 0x", chunks("0x1\r\na\r\n0\r\n\r\n"), .malformedChunk, 400),
        Refusal("chunk size empty", chunks("\r\na\r\n"), .malformedChunk, 400),
        Refusal("chunk size spaces", chunks("1 \r\na\r\n0\r\n\r\n"), .malformedChunk, 400),
        Refusal("chunk bare LF", chunks("1\na\r\n0\r\n\r\n"), .bareLineFeed, 400),
        Refusal("chunk bare CR", chunks("1\ra\r\n"), .bareCarriageReturn, 400),
        Refusal("chunk extension LF", chunks("1;a\nb\r\na\r\n0\r\n\r\n"), .bareLineFeed, 400),
        Refusal("chunk extension NUL", chunks("1;\u{0}\r\na\r\n"), .malformedChunk, 400),
        Refusal("chunk data too long", chunks("1\r\nab\r\n0\r\n\r\n"), .malformedChunk, 400),
        Refusal("chunk data ends with LF", chunks("1\r\na\n0\r\n\r\n"), .bareLineFeed, 400),
        Refusal("chunk data CR CR", chunks("1\r\na\r\r"), .bareCarriageReturn, 400),
        Refusal("trailer length", chunks("0\r\nContent-Length: 5\r\n\r\n"), .forbiddenTrailer, 400),
        Refusal("trailer host", chunks("0\r\nhOST: x\r\n\r\n"), .forbiddenTrailer, 400),
        Refusal("trailer LF", chunks("0\r\nX: y\n\r\n"), .bareLineFeed, 400),
        Refusal("trailer folded", chunks("0\r\nX: y\r\n z\r\n\r\n"), .obsoleteLineFolding, 400),
        Refusal("trailer end CR", chunks("0\r\n\rX"), .bareCarriageReturn, 400),
    ]

    private static let heads: [Refusal] = [
        Refusal("bare LF", "GET / HTTP/1.1\nHost: h\n\n", .bareLineFeed, 400),
        Refusal("bare LF in field", "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", .bareLineFeed, 400),
        Refusal("bare LF at end", "GET / HTTP/1.1\r\nHost: h\r\n\n", .bareLineFeed, 400),
        Refusal("bare CR", "GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", .bareCarriageReturn, 400),
        Refusal("bare CR at end", "GET / HTTP/1.1\r\nHost: h\r\n\rX", .bareCarriageReturn, 400),
        Refusal("NUL in field", "GET / HTTP/1.1\r\nHost: h\r\nX: a\u{0}b\r\n\r\n", .controlCharacter, 400),
        Refusal("TLS hello", "\u{16}\u{3}\u{1}", .controlCharacter, 400),
        Refusal("folded", "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n", .obsoleteLineFolding, 400),
        Refusal("folded first", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", .obsoleteLineFolding, 400),
        Refusal("folded with tab", "GET / HTTP/1.1\r\nHost: h\r\n\tX: a\r\n\r\n", .obsoleteLineFolding, 400),
        Refusal("space before colon", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", .whitespaceBeforeColon, 400),
        Refusal("tab before colon", post("Content-Length\t: 1", "a"), .whitespaceBeforeColon, 400),
        Refusal("no colon", "GET / HTTP/1.1\r\nHost\r\n\r\n", .malformedFieldLine, 400),
        Refusal("no name", "GET / HTTP/1.1\r\n: h\r\n\r\n", .malformedFieldLine, 400),
        Refusal("name no token", "GET / HTTP/1.1\r\nHo(st: h\r\n\r\n", .malformedFieldLine, 400),
        Refusal("name not ASCII", "GET / HTTP/1.1\r\nHöst: h\r\n\r\n", .malformedFieldLine, 400),
        Refusal("no host", "GET / HTTP/1.1\r\n\r\n", .missingHost, 400),
        Refusal("two hosts", "GET / HTTP/1.1\r\nHost: h\r\nhost: h\r\n\r\n", .duplicateHost, 400),
        Refusal("empty host", "GET / HTTP/1.1\r\nHost: \r\n\r\n", .malformedHost, 400),
        Refusal("host list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", .malformedHost, 400),
        Refusal("host with path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", .malformedHost, 400),
        Refusal("host with user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", .malformedHost, 400),
        Refusal("host port", "GET / HTTP/1.1\r\nHost: a:8a\r\n\r\n", .malformedHost, 400),
        Refusal("host of the target", "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", .malformedHost, 400),
        Refusal("two parts", "GET /\r\nHost: h\r\n\r\n", .malformedRequestLine, 400),
        Refusal("four parts", "GET / x HTTP/1.1\r\nHost: h\r\n\r\n", .malformedRequestLine, 400),
        Refusal("double space", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", .malformedRequestLine, 400),
        Refusal("leading space", " GET / HTTP/1.1\r\nHost: h\r\n\r\n", .malformedRequestLine, 400),
        Refusal("method no token", "G@T / HTTP/1.1\r\nHost: h\r\n\r\n", .malformedRequestLine, 400),
        Refusal("method small", "get / HTTP/1.1\r\nHost: h\r\n\r\n", .unknownMethod, 501),
        Refusal("method unknown", "BREW / HTTP/1.1\r\nHost: h\r\n\r\n", .unknownMethod, 501),
        Refusal("TRACE", "TRACE / HTTP/1.1\r\nHost: h\r\n\r\n", .methodNotAllowed, 405),
        Refusal("CONNECT", "CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n", .methodNotAllowed, 405),
        Refusal("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .unsupportedVersion, 505),
        Refusal("HTTP/0.9", "GET / HTTP/0.9\r\nHost: h\r\n\r\n", .unsupportedVersion, 505),
        Refusal("version small", "GET / http/1.1\r\nHost: h\r\n\r\n", .malformedRequestLine, 400),
        Refusal("version long", "GET / HTTP/1.10\r\nHost: h\r\n\r\n", .malformedRequestLine, 400),
        Refusal("version short", "GET / HTTP/1\r\nHost: h\r\n\r\n", .malformedRequestLine, 400),
        Refusal("expectation", post("Expect: 200-ok\r\nContent-Length: 1", "a"), .unmetExpectation, 417),
        Refusal("target relative", get("alerts"), .malformedTarget, 400),
        Refusal("target scheme", get("ftp://h/"), .malformedTarget, 400),
        Refusal("target user", get("http://u@h/"), .malformedTarget, 400),
        Refusal("target star", get("*"), .malformedTarget, 400),
        Refusal("target fragment", get("/a#b"), .malformedTarget, 400),
        Refusal("target fragment in query", get("/a?b#c"), .malformedTarget, 400),
        Refusal("target not ASCII", get("/é"), .malformedTarget, 400),
        Refusal("target tab", get("/a\tb"), .malformedTarget, 400),
        Refusal("escape cut", get("/a%2"), .malformedTarget, 400),
        Refusal("escape wrong", get("/%zz"), .malformedTarget, 400),
        Refusal("escape NUL", get("/%00"), .malformedTarget, 400),
        Refusal("escape not UTF-8", get("/%c0%ae"), .malformedTarget, 400),
        Refusal("query escape", get("/?a=%f"), .malformedTarget, 400),
        Refusal("dot dot", get("/a/../b"), .forbiddenPath, 400),
        Refusal("dot dot at end", get("/.."), .forbiddenPath, 400),
        Refusal("dot", get("/./a"), .forbiddenPath, 400),
        Refusal("escaped dot dot", get("/%2e%2E/b"), .forbiddenPath, 400),
        Refusal("half escaped dot dot", get("/.%2e/b"), .forbiddenPath, 400),
        Refusal("escaped slash", get("/a%2fb"), .forbiddenPath, 400),
        Refusal("backslash", get("/a\\b"), .forbiddenPath, 400),
        Refusal("escaped backslash", get("/..%5cb"), .forbiddenPath, 400),
        Refusal("escaped line end", get("/a%0d%0ab"), .forbiddenPath, 400),
        Refusal("absolute dot dot", get("http://h/../a"), .forbiddenPath, 400),
    ]

    @Test("Each refused shape has its reason and its status, whole and byte by byte", arguments: framing + heads)
    func refusals(refusal: Refusal) {
        let bytes = Array(refusal.text.utf8)
        #expect(httpFailure(bytes) == refusal.error)
        #expect(RequestReading(bytes.map { [$0] }).error == refusal.error)
        #expect(refusal.error.status.rawValue == refusal.status)
        #expect(RequestReading(bytes).requests.isEmpty)
    }

    @Test("A head of the limit is read; one byte more is 431, or 414 for the request line (Bandit GHSA-9q5m-g6v3-6772)")
    func headLimit() {
        let base = httpHead("GET / HTTP/1.1", "Host: h", "X: ").count
        func head(_ bytes: Int) -> [UInt8] {
            httpHead("GET / HTTP/1.1", "Host: h", "X: " + String(repeating: "a", count: bytes - base))
        }
        #expect(RequestReading(head(8_192)).requests.count == 1)
        #expect(httpFailure(head(8_193)) == .headTooLarge)
        #expect(HTTPParseError.headTooLarge.status == .headTooLarge)
        let target = "/" + String(repeating: "a", count: 8_192)
        #expect(httpFailure(httpHead("GET \(target) HTTP/1.1", "Host: h")) == .requestLineTooLong)
        #expect(HTTPParseError.requestLineTooLong.status.rawValue == 414)
    }

    @Test("64 fields are read, 65 are not (ws CVE-2024-37890, swift-nio CVE-2026-28980)")
    func fieldLimit() {
        func head(_ fields: Int) -> [UInt8] {
            let lines = (1..<fields).map { "X\($0): y\r\n" }.joined()
            return Array("GET / HTTP/1.1\r\nHost: h\r\n\(lines)\r\n".utf8)
        }
        #expect(RequestReading(head(64)).requests.first?.head.fields.lines.count == 64)
        #expect(httpFailure(head(65)) == .tooManyFields)
        #expect(HTTPParseError.tooManyFields.status.rawValue == 431)
    }

    @Test("A body of the limit is read, one byte more is 413, by length and by chunks")
    func bodyLimit() {
        let limits = HTTPLimits(maximumBodyBytes: 10)
        let ten = String(repeating: "a", count: 10)
        func read(_ text: String) -> RequestReading { RequestReading(Array(text.utf8), limits: limits) }
        #expect(read(Self.post("Content-Length: 10", ten)).requests.first?.body.count == 10)
        #expect(read(Self.post("Content-Length: 11")).error == .bodyTooLarge)
        #expect(read(Self.chunks("4\r\naaaa\r\n6\r\naaaaaa\r\n0\r\n\r\n")).requests.first?.body.count == 10)
        #expect(read(Self.chunks("4\r\naaaa\r\n7\r\n")).error == .bodyTooLarge)
    }

    @Test("Extensions and trailers without end are cut off")
    func chunkExtras() {
        let long = String(repeating: "a", count: 9_000)
        #expect(httpFailure(Array(Self.chunks("1;\(long)").utf8)) == .headTooLarge)
        #expect(httpFailure(Array(Self.chunks("0\r\nX: \(long)").utf8)) == .headTooLarge)
        let many = String(repeating: "1;aaaaaaaaaaaaaaaa\r\nb\r\n", count: 500)
        #expect(httpFailure(Array(Self.chunks(many).utf8)) == .headTooLarge)
        let trailers = (0..<65).map { "X\($0): y\r\n" }.joined()
        #expect(httpFailure(Array(Self.chunks("0\r\n\(trailers)\r\n").utf8)) == .tooManyFields)
    }

    @Test("Every error has a client's or a server's status")
    func statuses() {
        for error in HTTPParseError.allCases { #expect((400...505).contains(error.status.rawValue)) }
        #expect(HTTPParseError.timedOut.status.rawValue == 408)
    }

    @Test("Damaged streams never trap, and their split changes nothing")
    func damagedStreams() {
        var mutation = Mutation(seed: 9112)
        let stream =
            httpHead("POST /a%20b?x=1&y=%41 HTTP/1.1", "Host: h", "Transfer-Encoding: chunked")
            + Array("4;e=1\r\nWiki\r\n0\r\nX: y\r\n\r\n".utf8)
            + httpHead("PUT / HTTP/1.1", "Host: [::1]:80", "Content-Length: 3") + Array("abc".utf8)
            + httpHead("GET http://h/ HTTP/1.0", "Host: h", "Connection: keep-alive")
        let words = [
            "\r\n", "\r", "\n", "\r\n\r\n", ":", " ", "Content-Length: 99999999999999999999\r\n", "ffffffffffffffff",
            "Transfer-Encoding: chunked\r\n", "%", "..", "/", "?", "HTTP/1.1", "0\r\n\r\n", ";", "\u{0}", "é", "[",
        ]
        for _ in 0..<10_000 {
            let damaged = mutation.damaged(stream, words: words)
            let whole = RequestReading(damaged)
            let pieces = RequestReading(mutation.pieces(damaged))
            #expect(pieces.requests == whole.requests)
            #expect(pieces.error == whole.error)
        }
    }
}
