import Clinic
import Database
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    @Suite("kill -9 of the hub")
    struct KillTheHub {
        @Test("Killed at any moment between 201 and the escalation, the hub escalates once, and screens miss nothing")
        func twentyTimes() throws {
            let seed = UInt64.random(in: 0...UInt64.max)
            print("KillTheHub: seed \(seed)")
            var moments = SplitMix(state: seed)
            let gateway = try FakeTwilio()
            defer { gateway.end() }
            let hub = try HubProcess(gateway: gateway, database: try ScratchPostgres.migrated())
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 1)
            let screen = Screen(hub)
            try screen.connect()
            let staff = try hub.client(.admissions)

            for round in 1...20 {
                let alert = try staff.raise()
                let moment = Duration.milliseconds(Int64(moments.next() % 1_100))
                let context: Comment = "seed \(seed), round \(round), killed \(moment) after the 201"
                pause(moment)
                hub.kill()
                try hub.start()
                let answer = try screen.connect()
                #expect(answer["recovered"] == true, context)
                if !screen.kinds(about: alert.id).contains("alert:escalated") {
                    try screen.read(within: .seconds(30)) { isEscalation($0, of: alert) }
                }
                #expect(
                    poll(within: .seconds(20)) { !gateway.texts(to: DemoIDs.backupPhone, about: alert.code).isEmpty },
                    context)
                let acknowledgement = try hub.client(.doctor).patch("/api/v1/alerts/\(alert.id)/acknowledge")
                #expect(acknowledgement.status == .ok, context)
                try screen.read { $0["event"] == "alert:acknowledged" }
                #expect(try staff.timeline(alert.id).filter { $0.kind == "ESCALATED" }.count == 1, context)
                #expect(screen.kinds(about: alert.id).filter { $0 == "alert:new" }.count == 1, context)
                #expect(screen.kinds(about: alert.id).filter { $0 == "alert:escalated" }.count == 1, context)
                #expect(try messages(hub, to: DemoIDs.backup, about: alert) == 1, context)
            }
            #expect(screen.snapshots == 1, "the first subscription alone begins with a snapshot")
            try compareWithHistory(screen, hub)
        }

        @Test("A request that the kill cut off can be repeated by its key: one alert, whatever became of the first try")
        func repeatedByKey() throws {
            let hub = try HubProcess(HubProcess.Options(database: try ScratchPostgres.migrated()))
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 3_600)
            var moments = SplitMix(state: 7)
            for round in 1...5 {
                let posting = try hub.client(.admissions)
                let killed = Latch()
                let moment = Duration.microseconds(Int64(moments.next() % 6_000))
                try concurrently(2) { index in
                    if index == 0 {
                        pause(moment)
                        hub.kill()
                        killed.open()
                    } else {
                        // What becomes of these is the question; the repetition must bring them all to one alert each.
                        for number in 0..<20 { _ = try? posting.raise(key: "cut-off-\(round)-\(number)") }
                        killed.wait()
                    }
                }
                try hub.start()
                var ids: Set<String> = []
                for number in 0..<20 { ids.insert(try posting.raise(key: "cut-off-\(round)-\(number)").id) }
                #expect(ids.count == 20)
            }
            let count = try hub.sql(.hub, clinic: DemoIDs.clinic).query("SELECT count(*) AS count FROM alerts")
            #expect(try count.first?.int("count") == 100)
        }

        private func isEscalation(_ event: JSONValue, of alert: RaisedAlert) -> Bool {
            event["event"] == "alert:escalated" && event["data"]?["alertId"]?.stringValue == alert.id
        }

        private func messages(_ hub: HubProcess, to user: String, about alert: RaisedAlert) throws -> Int? {
            try hub.sql(.hub, clinic: DemoIDs.clinic).query(
                "SELECT count(*) AS count FROM messages WHERE alert_id = $1 AND user_id = $2",
                [.text(alert.id), .text(user)]
            ).first?.int("count")
        }

        /// What the screen was sent in pieces is the history, event by event.
        private func compareWithHistory(_ screen: Screen, _ hub: HubProcess) throws {
            let rows = try hub.sql(.hub, clinic: screen.clinic).query(
                "SELECT seq, type FROM clinic_events WHERE seq > $1 AND seq <= $2 ORDER BY seq",
                [.integer(screen.beganAfter), .integer(screen.seq)])
            let history = try rows.map { "\(try $0.int64("seq")) \(try $0.string("type"))" }
            let shown = screen.events.map { "\($0["seq"]?.integerValue ?? 0) \($0["event"]?.stringValue ?? "")" }
            #expect(shown == history)
        }
    }
}

/// Lets time pass where the moment itself is what is tried.
func pause(_ duration: Duration) {
    let deadline = MonotonicTime.now().advanced(by: duration)
    _ = poll(within: duration) { MonotonicTime.now() >= deadline }
}

/// A small generator with a seed (SplitMix64), so that a failing run can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
