import Outbound
import Platform
import Testing

@Suite("Outbound limits", .timeLimit(.minutes(5)))
struct LimitTests {
    @Test(
        "What is not a plain http or https request is refused before anything is opened",
        arguments: [
            OutboundRequest(.get, ""), OutboundRequest(.get, "127.0.0.1/"), OutboundRequest(.get, "ftp://127.0.0.1/"),
            OutboundRequest(.get, "file:///etc/passwd"), OutboundRequest(.get, "gopher://127.0.0.1:6379/_x"),
            OutboundRequest(.get, "http://user:secret@127.0.0.1/"), OutboundRequest(.get, "http://127.0.0.1:99999/"),
            OutboundRequest(.get, "http:///"), OutboundRequest(.get, "http://127.0.0.1/\r\nX: 1"),
            OutboundRequest(.get, "http://127.0.0.1/a\u{0}b"),
            OutboundRequest(.get, "http://127.0.0.1/" + String(repeating: "x", count: 8_192)),
            OutboundRequest(.get, "http://127.0.0.1/", headers: [HeaderField("X", "1\r\nY: 2")]),
            OutboundRequest(.get, "http://127.0.0.1/", headers: [HeaderField("X: 1\r\nY", "2")]),
            OutboundRequest(.get, "http://127.0.0.1/", headers: [HeaderField("", "2")]),
            OutboundRequest(.get, "http://127.0.0.1/", headers: [HeaderField("X", "a\u{0}b")]),
            OutboundRequest(.get, "http://127.0.0.1/", body: [1]),
        ])
    func refused(request: OutboundRequest) async throws {
        #expect(try await ClientLoop().perform(request) == .notSent(.invalidRequest))
    }

    @Test("Beyond the places requests wait, beyond the queue they are refused, and a waiting one can miss its deadline")
    func queue() async throws {
        let gate = Latch()
        let server = try ScriptedServer { connection in
            while connection.readRequest() != nil {
                gate.wait()
                connection.answer()
            }
        }
        var limits = OutboundLimits()
        limits.maximumActivePerOrigin = 2
        limits.maximumQueued = 2
        let client = try ClientLoop(limits)
        let url = server.url()
        async let first = client.perform(OutboundRequest(.post, url, body: [1]))
        async let second = client.perform(OutboundRequest(.post, url, body: [2]))
        await client.waitFor(active: 2, queued: 0)
        async let third = client.perform(OutboundRequest(.post, url, body: [3]))
        await client.waitFor(active: 2, queued: 1)
        let late = await client.perform(OutboundRequest(.post, url, body: [4]), deadline: .milliseconds(50))
        #expect(late == .notSent(.deadline))
        async let fourth = client.perform(OutboundRequest(.post, url, body: [5]))
        await client.waitFor(active: 2, queued: 2)
        #expect(await client.perform(OutboundRequest(.post, url, body: [6])) == .notSent(.queueFull))
        gate.open()
        let statuses = await [first.status, second.status, third.status, fourth.status]
        #expect(statuses == [200, 200, 200, 200])
        #expect(server.requests.count == 4)
        await client.waitFor(active: 0, queued: 0)
    }

    @Test("A busy origin does not hold up another")
    func otherOrigin() async throws {
        let gate = Latch()
        let busy = try ScriptedServer { connection in
            _ = connection.readRequest()
            gate.wait()
            connection.answer()
        }
        let free = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.answer()
        }
        var limits = OutboundLimits()
        limits.maximumActivePerOrigin = 1
        let client = try ClientLoop(limits)
        let url = busy.url()
        async let first = client.perform(OutboundRequest(.get, url))
        async let second = client.perform(OutboundRequest(.get, url))
        await client.waitFor(active: 1, queued: 1)
        #expect(await client.perform(OutboundRequest(.get, free.url())).status == 200)
        gate.open()
        #expect(await [first.status, second.status] == [200, 200])
    }

    @Test("Closing ends what runs as unknown, what waits as not sent, and refuses the rest")
    func close() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.waitForEnd()
        }
        var limits = OutboundLimits()
        limits.maximumActive = 1
        let client = try ClientLoop(limits)
        let url = server.url()
        async let running = client.perform(OutboundRequest(.post, url, body: [1]))
        while server.requests.isEmpty { await Task.yield() }
        async let waiting = client.perform(OutboundRequest(.post, url, body: [2]))
        await client.waitFor(active: 1, queued: 1)
        await client.close()
        #expect(await running == .outcomeUnknown(.closed))
        #expect(await waiting == .notSent(.closed))
        #expect(await client.perform(OutboundRequest(.get, url)) == .notSent(.closed))
    }
}
