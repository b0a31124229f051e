import Testing
import Transport
import Wire

/// RFC 9110, clause by clause, over real sockets: methods, targets, expectations and upgrades.
@Suite("Conformance: semantics (RFC 9110)")
struct ConformanceSemanticsTests {
    private static let host = "Host: t\r\n"
    private static let asks = "Upgrade: websocket\r\nConnection: Upgrade\r\n"
    private static let key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

    static let clauses: [HTTPClause] = [
        HTTPClause(
            "4.2.3 and RFC 3986 2.1: escapes are taken off segment by segment", "GET /%41%20b HTTP/1.1\r\n\(host)\r\n",
            answers: .init(200)),
        .refused("RFC 3986 2.1: an escape that is cut", "GET /%4 HTTP/1.1\r\n\(host)\r\n", 400),
        .refused("RFC 3986 2.1: an escape that is none", "GET /%zz HTTP/1.1\r\n\(host)\r\n", 400),
        .refused("RFC 3986 6.2.2.3: dot segments", "GET /a/../../etc/passwd HTTP/1.1\r\n\(host)\r\n", 400),
        .refused("RFC 3986 6.2.2.3: dot segments that are escaped", "GET /%2e%2E/a HTTP/1.1\r\n\(host)\r\n", 400),
        .refused("RFC 3986 2.2: an escaped slash is no other path", "GET /..%2fa HTTP/1.1\r\n\(host)\r\n", 400),
        .refused("RFC 3986 2.2: a backslash is no slash", "GET /..\\a HTTP/1.1\r\n\(host)\r\n", 400),
        .refused("RFC 3629 3: an overlong form in a path", "GET /%c0%ae%c0%ae/a HTTP/1.1\r\n\(host)\r\n", 400),
        .refused("4.2.4: user information in a target", "GET http://u@t/ HTTP/1.1\r\n\(host)\r\n", 400),
        HTTPClause(
            "6.6.1: a Date, and 8.6: a Content-Length", "GET /a HTTP/1.1\r\n\(host)\r\n",
            answers: .init(200, body: "/a", has: ["Content-Length: 2"], lacks: ["Transfer-Encoding"])),
        HTTPClause(
            "8.6 and 9.3.2: HEAD has the length of GET and no body", "HEAD /big?size=500 HTTP/1.1\r\n\(host)\r\n",
            answers: .init(200, has: ["Content-Length: 500"], isToHead: true)),
        .refused(
            "9.3.6: CONNECT is not for an origin server", "CONNECT t:80 HTTP/1.1\r\n\(host)\r\n", 405,
            has: ["Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"]),
        .refused(
            "9.3.8: TRACE is not served; 15.5.6: 405 names what is", "TRACE /a HTTP/1.1\r\n\(host)\r\n", 405,
            has: ["Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"]),
        HTTPClause(
            "10.1.1: no interim answer where the body is there already, or there is none",
            "POST /echo HTTP/1.1\r\n\(host)Expect: 100-continue\r\nContent-Length: 0\r\n\r\n",
            answers: .init(200, body: "")),
        HTTPClause(
            "10.1.1: HTTP/1.0 cannot expect",
            "POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab",
            answers: .refusal(200), closes: true),
        .refused(
            "10.1.1 and 15.5.18: an expectation that is not understood",
            "POST /echo HTTP/1.1\r\n\(host)Expect: cake\r\nContent-Length: 2\r\n\r\nab", 417),
        .refused(
            "10.1.1: a final answer instead of an interim one",
            "POST /echo HTTP/1.1\r\n\(host)Expect: 100-continue\r\nContent-Length: 65537\r\n\r\n", 413),
        HTTPClause(
            "7.8 and 15.5.22: 426 names the protocol, and Upgrade in Connection",
            "GET /ws HTTP/1.1\r\n\(host)\r\n",
            answers: .init(
                426, has: ["Upgrade: websocket", "Connection: Upgrade, close", "Sec-WebSocket-Version: 13"]),
            closes: true),
        HTTPClause(
            "7.8: an upgrade to something else is passed over, and ends the connection",
            "GET /a HTTP/1.1\r\n\(host)Upgrade: h2c\r\nConnection: Upgrade\r\n\r\nGET /smuggled HTTP/1.1\r\n\(host)\r\n",
            answers: .refusal(200), closes: true),
        HTTPClause(
            "7.8: HTTP/1.0 cannot upgrade", "GET /ws HTTP/1.0\r\nHost: t\r\n\(asks)\(key)\r\n", answers: .refusal(400),
            closes: true),
        HTTPClause(
            "7.8: an Upgrade on a POST ends the connection too",
            "POST /echo HTTP/1.1\r\n\(host)\(asks)Content-Length: 2\r\n\r\nabGET /smuggled HTTP/1.1\r\n\(host)\r\n",
            answers: .init(200, body: "ab", has: ["Connection: close"]), closes: true),
    ]

    @Test("holds the clause", arguments: clauses, Chopping.allCases)
    func holds(_ clause: HTTPClause, _ chopping: Chopping) throws { try clause.check(chopping) }

    @Test("10.1.1: a client that waits is told to go on, once, and then answered")
    func expectation() throws {
        for framing in ["Content-Length: 4", "Transfer-Encoding: chunked"] {
            let server = try LoopbackServer()
            let peer = try server.connect()
            try peer.send("POST /echo HTTP/1.1\r\n\(Self.host)Expect: 100-Continue\r\n\(framing)\r\n\r\n")
            #expect(try peer.response().head == "HTTP/1.1 100 Continue\r\n\r\n")
            try peer.send(framing.contains("4") ? "body" : "4\r\nbody\r\n0\r\n\r\n")
            let (head, body) = try peer.response()
            #expect(head.hasPrefix("HTTP/1.1 200 ") && body == Array("body".utf8))
            withExtendedLifetime(server) {}
        }
    }

    @Test("9.3.2: an answer to HEAD has no body, even where it is the hub's own 503")
    func lateHead() throws {
        let server = try LoopbackServer(.quick { $0.handlerDeadline = .milliseconds(50) })
        let peer = try server.connect()
        try peer.send("HEAD /hold HTTP/1.1\r\n\(Self.host)\r\n")
        let text = try peer.text()
        #expect(text.hasPrefix("HTTP/1.1 503 ") && text.hasSuffix("\r\n\r\n"))
    }

    @Test("RFC 9112 9.5 and 15.5.9: empty lines do not lengthen the time of the first request")
    func emptyLine() throws {
        let server = try LoopbackServer(
            .quick {
                $0.headerDeadline = .milliseconds(100)
                $0.keepAliveDeadline = .seconds(3_600)
            })
        for text in ["\r\n", "\r", ""] {
            let peer = try server.connect()
            try peer.send(text)
            // With the longer deadline the wait would end by the peer's own limit, as a failure.
            _ = try peer.receiveAll()
        }
    }
}
