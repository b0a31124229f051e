import Testing

/// RFC 9112, clause by clause, over real sockets: how messages are parsed and framed.
@Suite("Conformance: messages (RFC 9112)")
struct ConformanceMessageTests {
    private static let host = "Host: t\r\n"

    private static func post(_ fields: String, _ body: String = "") -> String {
        "POST /echo HTTP/1.1\r\n\(host)\(fields)\r\n\r\n\(body)"
    }

    private static func get(_ target: String, _ fields: String = "") -> String {
        "GET \(target) HTTP/1.1\r\n\(host)\(fields)\r\n"
    }

    static let parsing: [HTTPClause] = [
        HTTPClause("2.2: an empty line before the request line is ignored", "\r\n" + get("/a"), answers: .init(200)),
        .refused("2.2: a second empty line before the request line", "\r\n\r\n" + get("/a"), 400),
        .refused("2.2: a bare CR within a field", "GET /a HTTP/1.1\r\n\(host)X: a\rb\r\n\r\n", 400),
        .refused("2.2: a bare LF as line end", "GET /a HTTP/1.1\n\(host)\r\n", 400),
        .refused("2.2: white space between start line and first field", "GET /a HTTP/1.1\r\n X: y\r\n\(host)\r\n", 400),
        HTTPClause(
            "2.3: a later minor version is taken as 1.1", "GET /a HTTP/1.9\r\n\(host)\r\n", answers: .init(200)),
        .refused("2.3: another major version", "GET /a HTTP/2.0\r\n\(host)\r\n", 505),
        .refused("2.3: the name HTTP is case-sensitive", "GET /a http/1.1\r\n\(host)\r\n", 400),
        .refused("3: two spaces in the request line", "GET  /a HTTP/1.1\r\n\(host)\r\n", 400),
        .refused("3: white space behind the version", "GET /a HTTP/1.1 \r\n\(host)\r\n", 400),
        .refused("3: a tab instead of a space", "GET\t/a\tHTTP/1.1\r\n\(host)\r\n", 400),
        .refused("3.1: the method is case-sensitive", "get /a HTTP/1.1\r\n\(host)\r\n", 501),
        .refused("3.1: a method that is not implemented", "BREW /a HTTP/1.1\r\n\(host)\r\n", 501),
        .refused("3.1: a method that is no token", "G(T /a HTTP/1.1\r\n\(host)\r\n", 400),
        .refused("3: a request line that is too long", get("/" + String(repeating: "a", count: 9_000)), 414),
        .refused("3.2: no Host", "GET /a HTTP/1.1\r\n\r\n", 400),
        .refused("3.2: two Hosts", get("/a", "Host: t\r\n"), 400),
        .refused("3.2: a Host that is none", "GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        HTTPClause(
            "3.2: HTTP/1.0 needs no Host", "GET /a HTTP/1.0\r\n\r\n", answers: .refusal(200), closes: true),
        HTTPClause("3.2.1: origin form", get("/a?b=c"), answers: .init(200, body: "/a?b=c")),
        HTTPClause("3.2.2: absolute form", get("http://t/a"), answers: .init(200)),
        HTTPClause("3.2.2: absolute form without a path", get("http://t"), answers: .init(200)),
        .refused("3.2.2: absolute form with another Host", get("http://u/a"), 400),
        .refused("3.2.3: authority form is CONNECT's", get("t:80"), 400),
        HTTPClause("3.2.4: asterisk form", "OPTIONS * HTTP/1.1\r\n\(host)\r\n", answers: .init(200)),
        .refused("3.2.4: asterisk form is OPTIONS' alone", get("*"), 400),
        .refused("5.1: white space before the colon", "GET /a HTTP/1.1\r\nHost : t\r\n\r\n", 400),
        .refused("5.1: no name", get("/a", ": x\r\n"), 400),
        HTTPClause(
            "5.1: white space around a value is none of it", "GET /a HTTP/1.1\r\nHost: \t t \t\r\n\r\n",
            answers: .init(200)),
        .refused("5.2: obs-fold", get("/a", "X: a\r\n b\r\n"), 400),
        .refused("5.2: obs-fold by a tab", get("/a", "X: a\r\n\tb\r\n"), 400),
        .refused("RFC 9110 5.5: NUL in a value", get("/a", "X: a\u{0}b\r\n"), 400),
        HTTPClause("RFC 9110 5.5: bytes above 0x7F are opaque", get("/a", "X: Grüße\r\n"), answers: .init(200)),
        .refused(
            "RFC 6585 5: a header that is too large", get("/a", "X: \(String(repeating: "a", count: 9_000))\r\n"), 431),
        .refused(
            "RFC 6585 5: too many fields", get("/a", (0..<65).map { "X\($0): y\r\n" }.joined()), 431),
    ]

    static let framing: [HTTPClause] = [
        .refused(
            "6.1: Transfer-Encoding and Content-Length", post("Transfer-Encoding: chunked\r\nContent-Length: 3"), 400),
        .refused(
            "6.1: Content-Length and Transfer-Encoding", post("Content-Length: 3\r\nTransfer-Encoding: chunked"), 400),
        .refused("6.1: a coding that is not understood", post("Transfer-Encoding: gzip, chunked"), 501),
        .refused("6.1: chunked twice", post("Transfer-Encoding: chunked, chunked"), 400),
        .refused(
            "6.1: Transfer-Encoding over HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        .refused("6.3 (4): chunked that is not last", post("Transfer-Encoding: chunked, identity"), 400),
        .refused("6.3 (5): a length that is a list", post("Content-Length: 3, 3", "abc"), 400),
        .refused("6.3 (5): two lengths", post("Content-Length: 3\r\nContent-Length: 4", "abc"), 400),
        .refused("6.3 (5): a negative length", post("Content-Length: -1"), 400),
        .refused("6.3 (5): a length past 64 bits", post("Content-Length: 18446744073709551616"), 400),
        .refused("6.3: a length past the limit", post("Content-Length: 65537"), 413),
        HTTPClause(
            "6.3 (6): the length says where the body ends", post("Content-Length: 3", "abc"),
            answers: .init(200, body: "abc")),
        HTTPClause(
            "6.3 (7): without a length there is no body", "POST /echo HTTP/1.1\r\n\(host)\r\n",
            answers: .init(200, body: "")),
        .refused("6.3: HTTP/1.0 with a body needs a length", "POST /echo HTTP/1.0\r\n\r\n", 411),
        HTTPClause(
            "7.1: chunks are joined", post("Transfer-Encoding: chunked", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
            answers: .init(200, body: "abcde")),
        HTTPClause(
            "7.1: sizes are hexadecimal in either case",
            post("Transfer-Encoding: CHUNKED", "00a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n"),
            answers: .init(200, body: "01234567890123456789a")),
        HTTPClause(
            "7.1.1: extensions are ignored",
            post("Transfer-Encoding: chunked", "1;a=\"b;c\" ; d\r\nx\r\n0;e\r\n\r\n"), answers: .init(200, body: "x")),
        HTTPClause(
            "7.1.2: trailers are taken off", post("Transfer-Encoding: chunked", "1\r\nx\r\n0\r\nX: y\r\n\r\n"),
            answers: .init(200, body: "x")),
        .refused(
            "RFC 9110 6.5.1: a trailer that frames",
            post("Transfer-Encoding: chunked", "0\r\nContent-Length: 3\r\n\r\n"), 400),
        .refused("7.1: a size past 64 bits", post("Transfer-Encoding: chunked", "10000000000000000\r\n"), 413),
        .refused("7.1: a size past the limit", post("Transfer-Encoding: chunked", "10001\r\n"), 413),
        .refused("7.1: a size that is none", post("Transfer-Encoding: chunked", "x\r\n"), 400),
        .refused("7.1: more data than the size", post("Transfer-Encoding: chunked", "1\r\nab\r\n"), 400),
        .refused("7.1: a chunk that ends with LF", post("Transfer-Encoding: chunked", "1\r\na\n0\r\n\r\n"), 400),
    ]

    static let connection: [HTTPClause] = [
        HTTPClause(
            "9.3: HTTP/1.1 persists", get("/a") + get("/b"), answers: .init(200, body: "/a", lacks: ["Connection:"]),
            .init(200, body: "/b")),
        HTTPClause(
            "9.3: HTTP/1.0 persists where it asks for it",
            "GET /a HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\nGET /b HTTP/1.0\r\n\r\n",
            answers: .init(200, body: "/a", has: ["Connection: keep-alive"]), .refusal(200), closes: true),
        HTTPClause(
            "9.3.2: pipelined requests are answered in their order",
            get("/later?ms=10") + post("Content-Length: 2", "ab") + get("/task?x") + get("/c"),
            answers: .init(200, body: "/later?ms=10"), .init(200, body: "ab"), .init(200, body: "/task?x"),
            .init(200, body: "/c")),
        HTTPClause(
            "9.6: close is the last request's, in any case and in a list",
            get("/a", "Connection: x, CLOSE\r\n") + get("/smuggled"), answers: .refusal(200), closes: true),
        HTTPClause(
            "9.6: close stands over keep-alive", get("/a", "Connection: keep-alive\r\nConnection: close\r\n"),
            answers: .refusal(200), closes: true),
    ]

    @Test("holds the clause", arguments: parsing + framing + connection, Chopping.allCases)
    func holds(_ clause: HTTPClause, _ chopping: Chopping) throws { try clause.check(chopping) }
}
