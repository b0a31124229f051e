import Testing
import Wire

/// RFC 6455 section 4, clause by clause, over real sockets.
@Suite("Conformance: the opening handshake (RFC 6455 section 4)")
struct ConformanceHandshakeTests {
    private static let fields = [
        "Host: t", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    ]

    /// A handshake with the field of that number replaced, or with more fields.
    private static func hello(
        _ start: String = "GET /ws HTTP/1.1", _ index: Int? = nil, _ field: String...
    ) -> String {
        var lines = fields
        if let index { lines.replaceSubrange(index...index, with: field) } else { lines += field }
        return ([start] + lines).map { $0 + "\r\n" }.joined() + "\r\n"
    }

    private static func refusal(_ clause: String, _ sent: String, _ status: Int, _ has: String...) -> HTTPClause {
        HTTPClause(
            clause, sent + "GET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n", answers: .init(status, has: has), closes: true)
    }

    private static let get = "GET /ws HTTP/1.1"

    static let clauses: [HTTPClause] = [
        refusal("4.2.1 (1): another method than GET", hello("POST /ws HTTP/1.1"), 405, "Allow: GET"),
        refusal("4.2.1 (1): HTTP/1.0", hello("GET /ws HTTP/1.0"), 400),
        refusal("4.2.1 (1): a body", hello(get, nil, "Content-Length: 1") + "x", 400),
        refusal("4.2.1 (2): no Host", hello(get, 0), 400),
        refusal("4.2.1 (3): no Upgrade", hello(get, 1), 426, "Upgrade: websocket"),
        refusal("4.2.1 (3): another Upgrade", hello(get, 1, "Upgrade: websockets"), 426, "Upgrade: websocket"),
        refusal("4.2.1 (4): no Connection", hello(get, 2), 400),
        refusal("4.2.1 (4): Connection without Upgrade", hello(get, 2, "Connection: keep-alive"), 400),
        refusal("4.2.1 (5): no key", hello(get, 3), 400),
        refusal("4.2.1 (5): two keys", hello(get, nil, fields[3]), 400),
        refusal("4.2.1 (5): a key of 15 bytes", hello(get, 3, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j"), 400),
        refusal("4.2.1 (5): a key of 17 bytes", hello(get, 3, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWU="), 400),
        refusal(
            "4.2.1 (5): a key that is no base64", hello(get, 3, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ*=="), 400),
        refusal("4.2.1 (6), 4.4: no version", hello(get, 4), 426, "Sec-WebSocket-Version: 13"),
        refusal("4.4: another version", hello(get, 4, "Sec-WebSocket-Version: 25"), 426, "Sec-WebSocket-Version: 13"),
        refusal(
            "4.4: several versions", hello(get, 4, "Sec-WebSocket-Version: 13, 8"), 426, "Sec-WebSocket-Version: 13"),
        refusal("4.1 (10): a subprotocol twice", hello(get, nil, "Sec-WebSocket-Protocol: echo, echo"), 400),
        refusal("4.1 (10): a subprotocol that is no token", hello(get, nil, "Sec-WebSocket-Protocol: a b"), 400),
        refusal("9.1: extensions that break the grammar", hello(get, nil, "Sec-WebSocket-Extensions: a; =b"), 400),
    ]

    @Test(
        "a handshake that breaks the clause is refused, and nothing behind it is served", arguments: clauses,
        Chopping.allCases)
    func refused(_ clause: HTTPClause, _ chopping: Chopping) throws { try clause.check(chopping) }

    struct Granted: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let request: String
        var has: [String] = []
        var lacks: [String] = []
    }

    static let granted = [
        Granted(
            testDescription: "4.2.2 (5): the answer", request: hello(),
            has: ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="],
            lacks: ["Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Content-Length"]),
        Granted(testDescription: "4.2.1 (3): words in any case", request: hello(get, 1, "UPGRADE: WebSocket")),
        Granted(testDescription: "4.2.1 (3): a list", request: hello(get, 1, "Upgrade: h2c, websocket")),
        Granted(testDescription: "4.2.1 (4): a list", request: hello(get, 2, "Connection: keep-alive, upgrade")),
        Granted(
            testDescription: "4.2.1 (4): a list over two lines",
            request: hello(get, 2, "Connection: keep-alive", "Connection: Upgrade")),
        Granted(
            testDescription: "4.2.2 (5.5): the first subprotocol that is spoken",
            request: hello(get, nil, "Sec-WebSocket-Protocol: x, echo"), has: ["Sec-WebSocket-Protocol: echo"]),
        Granted(
            testDescription: "4.2.2 (5.5): none is named where none is spoken",
            request: hello(get, nil, "Sec-WebSocket-Protocol: x"), lacks: ["Sec-WebSocket-Protocol"]),
        Granted(
            testDescription: "9.1: an extension that is not known is passed over",
            request: hello(get, nil, "Sec-WebSocket-Extensions: x-a; b=\"c\", x-d"), lacks: ["Sec-WebSocket-Extensions"]
        ),
    ]

    @Test("a handshake that holds the clause is granted", arguments: granted)
    func accepted(_ granted: Granted) throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.send(granted.request)
        let head = try peer.response().head
        #expect(head.hasPrefix("HTTP/1.1 101 "))
        for line in granted.has { #expect(head.contains("\r\n\(line)\r\n"), "\(head)") }
        for start in granted.lacks { #expect(!head.contains("\r\n\(start)"), "\(head)") }
        try peer.send(.text, Array("up".utf8))
        #expect(try peer.frame() == .text("up"))
        withExtendedLifetime(server) {}
    }
}
