import Clinic
import Database
import Glibc
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    @Suite("Stopping")
    struct CleanStop {
        @Test(
            "SIGTERM and SIGINT close the sockets, stop PostgreSQL and the gateway, and the next start has the same data"
        )
        func signals() throws {
            let hub = try HubProcess()
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 3_600)
            let staff = try hub.client(.admissions)
            let alert = try staff.raise()

            for (signal, code) in [(SIGTERM, CloseCode.restart), (SIGINT, CloseCode.goingAway)] {
                let server = try #require(hub.serverProcess)
                #expect(try hub.gateway.get("/log").status == .ok)
                let sockets = [try hub.socket(.admin), try hub.socket(.doctor)]
                hub.send(signal)
                for socket in sockets {
                    let (received, reason) = try socket.close()
                    #expect(received == code)
                    if code == .restart { #expect(reason.contains("retry_after_ms=")) }
                    try socket.send(.close, FrameEncoder.closePayload(received))
                    socket.finishSending()
                }
                #expect(hub.awaitEnd() == 0)
                #expect(hub.serverProcess == nil)
                #expect(Glibc.kill(server, 0) != 0, "PostgreSQL still runs")
                #expect(throws: ClientFailure.system("connect", ECONNREFUSED)) { try hub.client.get("/health/live") }
                #expect(throws: ClientFailure.system("connect", ECONNREFUSED)) { try hub.gateway.get("/log") }
                try hub.start()
                #expect(try staff.alert(alert.id)["status"]?.stringValue != nil)
            }
        }

        @Test(
            "After kill -9 of the hub its gateway ends by itself, and the next start takes over the PostgreSQL left behind"
        )
        func killed() throws {
            let hub = try HubProcess()
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 3_600)
            let alert = try hub.client(.admissions).raise()
            let server = try #require(hub.serverProcess)
            hub.kill()
            #expect(poll(within: .seconds(5)) { (try? hub.gateway.get("/log")) == nil })
            #expect(Glibc.kill(server, 0) == 0)
            try hub.start()
            #expect(hub.serverProcess == server)
            #expect(try hub.client(.admissions).alert(alert.id)["alertId"] == .string(alert.id))
            #expect(hub.stop() == 0)
            // It was not the second hub's child, so it is up to the system when its number is free again.
            #expect(poll(within: .seconds(5)) { Glibc.kill(server, 0) != 0 }, "PostgreSQL still runs")
        }

        @Test("A second hub on the same directory refuses to start, in one line, and leaves the first alone")
        func secondHub() throws {
            let hub = try SharedHub.get()
            let second = try HubProgram.run([
                "serve", "--demo", "--data", hub.dataDirectory, "--listen", "127.0.0.1:0",
            ])
            #expect(second.exitCode == 1)
            #expect(second.errors.contains("another hub uses"))
            #expect(second.errors.split(separator: "\n").filter { $0.hasPrefix("alert-hub:") }.count == 1)
            #expect(try hub.client.get("/health/ready").status == .ok)
        }

        @Test("A request that is in flight when the hub is told to stop is answered")
        func inFlight() throws {
            let hub = try HubProcess()
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 3_600)
            let staff = try hub.client(.admissions)
            // A row lock on the clinic's channel holds the requests inside their transaction.
            let session = try hub.sql(.superuser)
            _ = try session.query("BEGIN")
            _ = try session.query("SELECT FROM clinic_channels FOR UPDATE")
            let answers = Locked<[UInt16]>([])
            try concurrently(3) { index in
                guard index == 0 else {
                    let answer = try staff.post("/api/v1/alerts", newAlert())
                    answers.withLock { $0.append(answer.status.rawValue) }
                    return
                }
                let watch = try hub.sql(.superuser)
                _ = try poll(within: .seconds(5)) {
                    try watch.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'").count >= 2
                }
                hub.send(SIGTERM)
                _ = poll(within: .seconds(5)) { (try? hub.client.get("/health/live")) == nil }
                _ = try watch.query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%FOR UPDATE'")
            }
            #expect(answers.withLock { $0 } == [201, 201])
            #expect(hub.awaitEnd() == 0)
        }
    }
}
