import Testing
import Transport
import Wire

@Suite("Requests that two readers might see differently")
struct SmugglingTests {
    struct Shape: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let request: String
        var status = 400
    }

    static let shapes = [
        Shape(
            testDescription: "both lengths",
            request: "POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Shape(
            testDescription: "two lengths",
            request: "POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
        Shape(
            testDescription: "a list of lengths",
            request: "POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 3, 3\r\n\r\nabc"),
        Shape(
            testDescription: "a signed length",
            request: "POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: +3\r\n\r\nabc"),
        Shape(
            testDescription: "a length past 64 bits",
            request: "POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 99999999999999999999\r\n\r\nabc"),
        Shape(
            testDescription: "chunked that is not last",
            request: "POST /a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
        Shape(
            testDescription: "an unknown coding",
            request: "POST /a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", status: 501),
        Shape(
            testDescription: "a chunk size past 64 bits",
            request: "POST /a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
            status: 413),
        Shape(testDescription: "a bare LF", request: "GET /a HTTP/1.1\nHost: t\n\n"),
        Shape(testDescription: "a folded field", request: "GET /a HTTP/1.1\r\nHost: t\r\nX: a\r\n b\r\n\r\n"),
        Shape(testDescription: "a space before the colon", request: "GET /a HTTP/1.1\r\nHost : t\r\n\r\n"),
        Shape(testDescription: "two hosts", request: "GET /a HTTP/1.1\r\nHost: t\r\nHost: u\r\n\r\n"),
        Shape(testDescription: "no host", request: "GET /a HTTP/1.1\r\n\r\n"),
        Shape(testDescription: "a way out of the root", request: "GET /../a HTTP/1.1\r\nHost: t\r\n\r\n"),
        Shape(testDescription: "HTTP/2's preface", request: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", status: 501),
        Shape(testDescription: "a TLS greeting", request: "\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}\r\n\r\n"),
    ]

    @Test("is refused, and nothing behind it is served", arguments: shapes)
    func refused(_ shape: Shape) throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.send(shape.request + "GET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n")
        let (head, _) = try peer.response()
        if shape.status == 501 {
            #expect(head.hasPrefix("HTTP/1.1 50"))
        } else {
            #expect(head.hasPrefix("HTTP/1.1 \(shape.status) "))
        }
        #expect(head.contains("Connection: close\r\n"))
        #expect(try peer.isAtEnd())
        #expect(server.journal.all.isEmpty)
        #expect(server.counters.refusals[.malformedRequest] == 1)
    }

    @Test(
        "a request for an upgrade is the last of its connection, whatever the answer (websocket-smuggle)",
        arguments: ["/ws-refused", "/plain"])
    func nothingBehindARefusedUpgrade(_ target: String) throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.send(
            "GET \(target) HTTP/1.1\r\nHost: t\r\n\(Peer.handshakeFields)\r\nGET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n")
        let (head, _) = try peer.response()
        #expect(head.contains("Connection: close\r\n"))
        #expect(try peer.isAtEnd())
        #expect(server.journal.all == ["GET \(target)"])
    }

    static let brokenHandshakes = [
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2hvcnQ=\r\n",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n",
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        "",
    ]

    @Test("a handshake that fails is answered and the connection closed", arguments: brokenHandshakes)
    func failedHandshake(_ fields: String) throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        try peer.send("GET /ws HTTP/1.1\r\nHost: t\r\n\(fields)\r\nGET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n")
        let (head, _) = try peer.response()
        #expect(head.hasPrefix("HTTP/1.1 4"))
        if head.hasPrefix("HTTP/1.1 426 ") { #expect(head.contains("Sec-WebSocket-Version: 13\r\n")) }
        #expect(head.contains("Connection: close\r\n") || head.contains("Connection: Upgrade, close\r\n"))
        #expect(try peer.isAtEnd())
        #expect(server.journal.all == ["GET /ws"])
        #expect(server.counters.refusals[.failedUpgrade] == 1)
    }
}
