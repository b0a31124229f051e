import Clinic
import Database
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    @Suite("A late engine")
    struct LateEngine {
        @Test(
            "When a timer is not run for fifteen seconds readiness fails and the screens are told; then all is well again"
        )
        func deadMan() throws {
            var options = HubProcess.Options(database: try ScratchPostgres.migrated())
            options.configuration = "heartbeat: { intervalSeconds: 1, pongDeadlineSeconds: 1 }"
            let hub = try HubProcess(options)
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 1)
            let socket = try hub.socket()
            try socket.send(subscribe(DemoIDs.clinic))
            #expect(try socket.message { $0["type"] == "heartbeat" }["escalationLateSeconds"] == nil)
            // Whoever holds the row's lock keeps every engine from running its timer.
            let holder = try hub.sql(.superuser)
            let alert = try hub.client(.admissions).raise()
            _ = try holder.query("BEGIN")
            _ = try holder.query("SELECT FROM escalations WHERE alert_id = $1 FOR UPDATE", [.text(alert.id)])
            let isLate = poll(within: .seconds(60)) {
                guard let answer = try? hub.client.get("/health/ready") else { return false }
                return answer.status == .serviceUnavailable && answer.text.contains("escalation engine is late")
            }
            #expect(isLate)
            // A new one: the first has not answered its pings meanwhile.
            let screen = try hub.socket()
            try screen.send(subscribe(DemoIDs.clinic))
            let deadline = MonotonicTime.now().advanced(by: .seconds(30))
            var told: JSONValue?
            while told == nil, MonotonicTime.now() < deadline {
                told = try screen.message { $0["type"] == "heartbeat" }["escalationLateSeconds"]
            }
            #expect((told?.integerValue ?? 0) >= 15)
            _ = try holder.query("ROLLBACK")
            #expect(poll(within: .seconds(60)) { (try? hub.client.get("/health/ready"))?.status == .ok })
            #expect(try hub.client(.admissions).timeline(alert.id).map(\.kind).contains("ESCALATED"))
        }
    }
}
