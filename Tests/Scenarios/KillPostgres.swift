import Clinic
import Database
import Glibc
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    @Suite("kill -9 of PostgreSQL")
    struct KillPostgres {
        @Test(
            "Meanwhile the hub answers 503 with Retry-After; it recovers by itself and loses nothing that it answered 201"
        )
        func recovers() throws {
            let hub = try HubProcess()
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 3_600)
            let screen = Screen(hub)
            try screen.connect()
            let staff = try hub.client(.admissions)
            let before = try staff.raise()
            let first = try #require(hub.serverProcess)

            let refusals = Locked<[HTTPResponse]>([])
            let raised = Locked<Set<String>>([before.id])
            let isOver = Locked(false)
            try concurrently(4) { index in
                guard index == 0 else {
                    var number = 0
                    while !isOver.withLock({ $0 }) {
                        number += 1
                        let fields: HTTPFields = ["Idempotency-Key": "outage-\(index)-\(number)"]
                        // Repeated by its key until it is taken, as a careful client does.
                        while true {
                            let answer = try staff.post("/api/v1/alerts", newAlert(), fields: fields)
                            if answer.status == .created {
                                raised.withLock { _ = $0.insert(answer.json["alertId"]?.stringValue ?? "?") }
                                break
                            }
                            refusals.withLock { $0.append(answer) }
                            if answer.status != .serviceUnavailable { return }
                            usleep(20_000)
                        }
                    }
                    return
                }
                defer { isOver.withLock { $0 = true } }
                _ = poll(within: .seconds(5)) { raised.withLock { $0.count } > 20 }
                // Killed as often as it comes back, until the outage has been long enough to be seen.
                let wasSeen = poll(within: .seconds(30)) {
                    if let server = hub.serverProcess { Glibc.kill(server, SIGKILL) }
                    return refusals.withLock { !$0.isEmpty }
                }
                try #require(wasSeen, "nobody was refused during the outage")
                hub.waitForServer()
                let count = raised.withLock { $0.count }
                _ = poll(within: .seconds(30)) { raised.withLock { $0.count } > count + 20 }
            }

            for refusal in refusals.withLock({ $0 }) {
                #expect(refusal.status == .serviceUnavailable)
                #expect(refusal.fields["Retry-After"] != nil)
                #expect(refusal.fields["Content-Type"] == "application/problem+json")
            }
            let alerts = raised.withLock { $0 }
            #expect(alerts.count > 20)
            #expect(hub.isRunning)
            #expect(hub.serverProcess != first)
            #expect(try poll(within: .seconds(10)) { try hub.client.get("/health/ready").status == .ok })
            let rows = try hub.sql(.hub, clinic: DemoIDs.clinic).query("SELECT id::text AS id FROM alerts")
            #expect(Set(try rows.map { try $0.string("id") }) == alerts, "each 201 is there, and nothing twice")

            // The screen kept its socket, or comes back with its position; it misses nothing either way.
            let head = try hub.sql(.hub, clinic: DemoIDs.clinic).query("SELECT head_seq FROM clinic_channels")
            let last = try #require(try head.first?.int64("head_seq"))
            try screen.connect()
            try screen.read(through: last)
            #expect(screen.snapshots == 1)
            let new = screen.events.filter { $0["event"] == "alert:new" }
            #expect(Set(new.compactMap { $0["data"]?["alertId"]?.stringValue }) == alerts)
            #expect(new.count == alerts.count)
        }

        @Test("An alert whose time comes during the outage escalates after it, once")
        func escalatesAfterOutage() throws {
            let gateway = try FakeTwilio()
            defer { gateway.end() }
            let hub = try HubProcess(gateway: gateway)
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 1)
            let alert = try hub.client(.admissions).raise()
            let raisedAt = MonotonicTime.now()
            _ = poll(within: .seconds(5)) {
                if let server = hub.serverProcess { Glibc.kill(server, SIGKILL) }
                return raisedAt.duration(to: .now()) > .milliseconds(1_500)
            }
            #expect(poll(within: .seconds(30)) { !gateway.texts(to: DemoIDs.backupPhone, about: alert.code).isEmpty })
            _ = poll(within: .seconds(5)) { (try? hub.client.get("/health/ready"))?.status == .ok }
            let story = try hub.client(.admissions).timeline(alert.id)
            #expect(story.filter { $0.kind == "ESCALATED" }.count == 1)
        }
    }
}

extension HubProcess {
    /// Waits until the private PostgreSQL answers again.
    func waitForServer() {
        _ = poll(within: .seconds(30)) { (try? sql(.hub, clinic: DemoIDs.clinic)) != nil }
    }
}
