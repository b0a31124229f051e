import Foundation
import Outbound
import Platform
import Testing

@Suite("Outbound client", .timeLimit(.minutes(5)))
struct OutboundClientTests {
    init() {
        // A proxy of the environment that nobody listens on: every request would fail if it were used.
        setenv("http_proxy", "http://127.0.0.1:1", 1)
        setenv("ALL_PROXY", "http://127.0.0.1:1", 1)
    }

    @Test("A GET brings status, header and body, past the environment's proxies")
    func get() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 207 Multi\r\nX-One:  a b \r\nx-two: 2\r\nContent-Length: 5\r\n\r\nhello")
            connection.waitForEnd()
        }
        let result = try await ClientLoop().perform(
            OutboundRequest(.get, server.url("/a?b=c"), headers: [HeaderField("X-Sent", "yes")]))
        guard case .response(let response) = result else {
            Issue.record("no response: \(result)")
            return
        }
        #expect(response.status == 207)
        #expect(response.body == Array("hello".utf8))
        #expect(response.header("x-ONE") == "a b")
        #expect(response.header("X-Two") == "2")
        #expect(response.header("X-Three") == nil)
        let request = try #require(server.requests.first)
        #expect(request.hasPrefix("GET /a?b=c HTTP/1.1\r\n"))
        #expect(request.contains("\r\nX-Sent: yes\r\n"))
        #expect(!request.lowercased().contains("accept-encoding"))
    }

    @Test("A body arrives whole, without the Expect dance", arguments: [1, 16_384, 16_385, 200_000])
    func post(length: Int) async throws {
        let server = try ScriptedServer { connection in
            let request = connection.readRequest() ?? ""
            connection.answer(String(request.suffix(10)), status: "201 Created")
        }
        let body = String(repeating: "x", count: length - 1) + "!"
        let result = try await ClientLoop().perform(OutboundRequest(.post, server.url(), body: Array(body.utf8)))
        #expect(result.status == 201)
        let request = try #require(server.requests.first)
        #expect(request.contains("\r\nContent-Length: \(length)\r\n"))
        #expect(!request.lowercased().contains("expect:"))
        #expect(request.hasSuffix("\r\n\r\n" + body))
    }

    @Test("PUT and DELETE say so, an empty POST says length 0")
    func methods() async throws {
        let server = try ScriptedServer { connection in
            while connection.readRequest() != nil { connection.answer() }
        }
        let client = try ClientLoop()
        #expect(await client.perform(OutboundRequest(.put, server.url(), body: [65])).status == 200)
        #expect(await client.perform(OutboundRequest(.delete, server.url())).status == 200)
        #expect(await client.perform(OutboundRequest(.post, server.url())).status == 200)
        let requests = server.requests
        #expect(requests[0].hasPrefix("PUT / ") && requests[0].hasSuffix("\r\n\r\nA"))
        #expect(requests[1].hasPrefix("DELETE / ") && !requests[1].contains("Content-Length"))
        #expect(requests[2].hasPrefix("POST / ") && requests[2].contains("Content-Length: 0\r\n"))
    }

    @Test("Connections are kept and used again")
    func reuse() async throws {
        let server = try ScriptedServer { connection in
            while connection.readRequest() != nil { connection.answer("ok") }
        }
        let client = try ClientLoop()
        for _ in 0..<5 {
            #expect(await client.perform(OutboundRequest(.post, server.url(), body: [1])).status == 200)
        }
        #expect(server.connectionCount == 1)
        #expect(server.requests.count == 5)
    }

    @Test("A redirect is an answer, not an order")
    func redirect() async throws {
        let server = try ScriptedServer { connection in
            while connection.readRequest() != nil {
                connection.send("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
            }
        }
        #expect(try await ClientLoop().perform(OutboundRequest(.get, server.url())).status == 302)
        #expect(server.requests.count == 1)
    }

    @Test("Interim answers and trailers are not taken for the header")
    func interim() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.send(
                "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n"
                    + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Late: 1\r\n\r\n"
                    + "2\r\nab\r\n3\r\ncde\r\n0\r\nX-Trailer: 1\r\n\r\n")
            connection.waitForEnd()
        }
        let result = try await ClientLoop().perform(OutboundRequest(.get, server.url()))
        guard case .response(let response) = result else {
            Issue.record("no response: \(result)")
            return
        }
        #expect(response.body == Array("abcde".utf8))
        #expect(response.header("X-Early") == nil)
        #expect(response.header("X-Late") == "1")
        #expect(response.header("X-Trailer") == nil)
    }

    @Test("Two hundred requests at once all end, over no more connections than allowed")
    func many() async throws {
        let server = try ScriptedServer { connection in
            while connection.readRequest() != nil { connection.answer("ok") }
        }
        var limits = OutboundLimits()
        limits.maximumActivePerOrigin = 8
        let client = try ClientLoop(limits)
        let url = server.url()
        let answered = await withTaskGroup(of: Int?.self) { group in
            for number in 0..<200 {
                group.addTask { await client.perform(OutboundRequest(.post, url, body: [UInt8(number)])).status }
            }
            return await group.reduce(into: 0) { $0 += $1 == 200 ? 1 : 0 }
        }
        #expect(answered == 200)
        #expect(server.requests.count == 200)
        #expect(server.connectionCount <= 8)
    }
}

extension OutboundResult {
    var status: Int? {
        if case .response(let response) = self { response.status } else { nil }
    }
}
