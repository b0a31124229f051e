import Database
import Platform
import TestSupport
import Testing

@Suite("LISTEN", .timeLimit(.minutes(1)))
struct ListenerTests {
    @Test("brings notifications with their payload, and goes on after its session was ended")
    func reconnects() async throws {
        let database = try ScratchPostgres.empty()
        try await onLoop { reactor in
            let payloads = Gathered<String>()
            let listening = Gathered<Int32?>()
            let admin = try BlockingConnection(database.settings(.superuser))
            let listener = NotificationListener(
                reactor: reactor, settings: database.settings(.hub), channels: ["events", "Odd \"name\""],
                onNotification: { channel, payload in payloads.values.append("\(channel):\(payload)") },
                onListening: { listening.values.append(nil) })
            defer { listener.close() }
            listener.start()
            #expect(await eventually(reactor) { listening.values.count == 1 })
            _ = try admin.query("SELECT pg_notify('events', '1'), pg_notify('Odd \"name\"', '2')")
            #expect(await eventually(reactor) { payloads.values.count == 2 })
            #expect(payloads.values == ["events:1", "Odd \"name\":2"])

            let process = try #require(listener.serverProcess)
            _ = try admin.query("SELECT pg_terminate_backend($1::int)", [.integer(Int64(process))])
            #expect(await eventually(reactor) { listening.values.count == 2 })
            #expect(listener.isListening)
            _ = try admin.query("NOTIFY events, '3'")
            #expect(await eventually(reactor) { payloads.values.last == "events:3" })
        }
    }
}
