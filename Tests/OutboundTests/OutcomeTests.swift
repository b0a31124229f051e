import Outbound
import Platform
import Testing

/// Whether a request that failed may have been acted on.
@Suite("Outcome of a failed request", .timeLimit(.minutes(5)))
struct OutcomeTests {
    private let post = { (url: String) in OutboundRequest(.post, url, body: Array("To=1".utf8)) }

    @Test("Nobody listens: not sent")
    func refused() async throws {
        let port = try unusedPort()
        let result = try await ClientLoop().perform(post("http://127.0.0.1:\(port)/"))
        #expect(result == .notSent(.connectFailed))
    }

    @Test("A name without an address, or a resolver that is silent: not sent, and the deadline holds")
    func resolution() async throws {
        let start = MonotonicTime.now()
        let result = try await ClientLoop().perform(post("http://clinic.invalid/"), deadline: .milliseconds(500))
        #expect(result == .notSent(.nameNotResolved) || result == .notSent(.deadline))
        // The deadline, not the resolver's own patience; a slow machine has its time.
        #expect(start.duration(to: .now()) < .seconds(20))
    }

    @Test("The other side does not speak TLS: not sent")
    func plaintextPeer() async throws {
        let server = try ScriptedServer { $0.answer() }
        let result = try await ClientLoop().perform(post("https://127.0.0.1:\(server.port)/"))
        #expect(result == .notSent(.tlsFailed))
    }

    @Test("The other side is silent in the TLS handshake: not sent, at the connect time-out")
    func silentHandshake() async throws {
        let server = try ScriptedServer { $0.waitForEnd() }
        var limits = OutboundLimits()
        limits.connectTimeout = .milliseconds(200)
        let result = try await ClientLoop(limits).perform(post("https://127.0.0.1:\(server.port)/"))
        #expect(result == .notSent(.connectTimeout))
    }

    @Test("Closed after the request was read: unknown")
    func closedWithoutAnswer() async throws {
        let server = try ScriptedServer { _ = $0.readRequest() }
        #expect(try await ClientLoop().perform(post(server.url())) == .outcomeUnknown(.connectionLost))
        #expect(server.requests.count == 1)
    }

    @Test("Reset after the request was read: unknown")
    func reset() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.reset()
        }
        #expect(try await ClientLoop().perform(post(server.url())) == .outcomeUnknown(.connectionLost))
    }

    @Test(
        "Ended in the middle of the answer: unknown",
        arguments: [
            "HTTP/1.1 2", "HTTP/1.1 201 Created\r\nContent-Le", "HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\nhal",
        ])
    func cutAnswer(beginning: String) async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.send(beginning)
            connection.reset()
        }
        let result = try await ClientLoop().perform(post(server.url()))
        guard case .outcomeUnknown = result else {
            Issue.record("taken for \(result)")
            return
        }
    }

    @Test("No answer by the deadline: unknown, and on time")
    func slow() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.waitForEnd()
        }
        let start = MonotonicTime.now()
        let result = try await ClientLoop().perform(post(server.url()), deadline: .milliseconds(300))
        let elapsed = start.duration(to: .now())
        #expect(result == .outcomeUnknown(.deadline))
        #expect(elapsed >= .milliseconds(300) && elapsed < .seconds(20))
    }

    @Test("An answer that drips does not outlive the deadline")
    func dripping() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx")
            connection.waitForEnd()
        }
        let result = try await ClientLoop().perform(post(server.url()), deadline: .milliseconds(300))
        #expect(result == .outcomeUnknown(.deadline))
    }

    @Test("A body over the limit is cut off: unknown; one at the limit is an answer")
    func oversizeBody() async throws {
        let server = try ScriptedServer { connection in
            while let request = connection.readRequest() {
                connection.answer(String(repeating: "x", count: request.contains("/large") ? 40_001 : 40_000))
            }
        }
        var limits = OutboundLimits()
        limits.maximumBodyBytes = 40_000
        let client = try ClientLoop(limits)
        #expect(await client.perform(post(server.url("/large"))) == .outcomeUnknown(.responseTooLarge))
        #expect(await client.perform(post(server.url("/fits"))).status == 200)
    }

    @Test("A chunked body without end is cut off")
    func endlessBody() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in 0..<100 { connection.send("4000\r\n" + String(repeating: "x", count: 16_384) + "\r\n") }
            connection.waitForEnd()
        }
        #expect(try await ClientLoop().perform(post(server.url())) == .outcomeUnknown(.responseTooLarge))
    }

    @Test("A header over the limit, in one line or in many, is cut off", arguments: [1, 1_000])
    func oversizeHead(lines: Int) async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            let value = String(repeating: "x", count: 40_000 / lines)
            let fields = (0..<lines).map { "X-\($0): \(value)\r\n" }.joined()
            connection.send("HTTP/1.1 200 OK\r\n\(fields)Content-Length: 0\r\n\r\n")
            connection.waitForEnd()
        }
        #expect(try await ClientLoop().perform(post(server.url())) == .outcomeUnknown(.headTooLarge))
    }

    @Test("An answer that is not HTTP: unknown")
    func notHTTP() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.send("SSH-2.0-OpenSSH_9.2\r\n")
        }
        #expect(try await ClientLoop().perform(post(server.url())) == .outcomeUnknown(.invalidResponse))
    }

    @Test(
        "A kept connection that dies with the next request is not tried again behind our back",
        arguments: [true, false])
    func noSilentRepetition(hasBody: Bool) async throws {
        let server = try ScriptedServer { connection in
            if connection.readRequest() != nil { connection.answer() }
            _ = connection.readRequest()
        }
        let client = try ClientLoop()
        let request = OutboundRequest(.post, server.url("/send"), body: hasBody ? Array("To=1".utf8) : [])
        #expect(await client.perform(OutboundRequest(.get, server.url())).status == 200)
        let result = await client.perform(request)
        if hasBody {
            #expect(result == .outcomeUnknown(.connectionLost))
        } else {
            #expect(result.status == 200)
            #expect(server.connectionCount == 2)
        }
        #expect(server.requests.count { $0.hasPrefix("POST /send") } == 1)
    }

    @Test("A kept connection that the other side closed meanwhile costs nothing")
    func closedWhileIdle() async throws {
        let server = try ScriptedServer { connection in
            if connection.readRequest() != nil { connection.answer() }
        }
        let client = try ClientLoop()
        for count in 1...5 {
            #expect(await client.perform(post(server.url())).status == 200)
            #expect(server.requests.count == count)
            while server.closedCount < count { await Task.yield() }
        }
    }
}

/// A port of loopback that nobody listens on.
private func unusedPort() throws -> UInt16 {
    let server = try ScriptedServer { _ in }
    return server.port
}
