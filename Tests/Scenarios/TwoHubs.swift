import Clinic
import Cryptography
import Database
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    @Suite("Two hubs on one database")
    struct TwoHubs {
        private static let wait = 2

        /// Two processes that share a database and the key of its sealed columns, and nothing else.
        private func pair() throws -> [HubProcess] {
            var options = HubProcess.Options(database: try ScratchPostgres.migrated())
            options.environment = ["ALERT_HUB_ENCRYPTION_KEY=\(Base64.encode(SecureRandom.bytes(32)))"]
            let hubs = [try HubProcess(options), try HubProcess(options)]
            try hubs[0].useFastPolicy(firstWait: Self.wait)
            return hubs
        }

        @Test("Both run timers, and each timer runs once")
        func share() throws {
            let hubs = try pair()
            defer { for hub in hubs { hub.end() } }
            let staff = try hubs[0].client(.admissions)
            var alerts = 0
            let isShared = try poll(within: .seconds(60)) {
                for _ in 0..<10 { _ = try staff.raise() }
                alerts += 10
                return try hubs.allSatisfy { try $0.counter("alert_hub_timers_fired_total") > 0 }
            }
            #expect(isShared)
            let sql = try hubs[0].sql(.superuser)
            let isDone = try poll(within: .seconds(60)) { try escalations(sql).lines >= alerts }
            #expect(isDone)
            let escalated = try escalations(sql)
            #expect(escalated.lines == alerts)
            #expect(escalated.alerts == alerts)
            let fired = try hubs.map { try $0.counter("alert_hub_timers_fired_total") }
            #expect(fired.reduce(0, +) == alerts, "\(fired)")
        }

        @Test("The death of either moves no timer later than two seconds")
        func death() throws {
            let seed = UInt64.random(in: 0...UInt64.max)
            print("TwoHubs: seed \(seed)")
            var moments = SplitMix(state: seed)
            let hubs = try pair()
            defer { for hub in hubs { hub.end() } }
            let sql = try hubs[0].sql(.superuser)
            var raised = 0
            for round in 0..<6 {
                let dying = hubs[round % 2]
                let staff = try hubs[(round + 1) % 2].client(.admissions)
                for _ in 0..<40 { _ = try staff.raise() }
                raised += 40
                // Around the moment at which the first of them is due, mostly while they are being run.
                pause(.milliseconds(Int64(Self.wait * 1_000 - 500) + Int64(moments.next() % 700)))
                dying.kill()
                let isDone = try poll(within: .seconds(60)) { try escalations(sql).lines >= raised }
                #expect(isDone, "seed \(seed), round \(round)")
                let late = try escalations(sql).latest - Double(Self.wait)
                #expect(late <= 2, "seed \(seed), round \(round)")
                try dying.start()
            }
            let escalated = try escalations(sql)
            #expect(escalated.lines == raised && escalated.alerts == raised)
            print("TwoHubs: latest \(escalated.latest - Double(Self.wait)) s after its time")
        }

        /// How many lines and alerts, and how long after its raise the latest was escalated, by the database's clock.
        private func escalations(
            _ sql: BlockingConnection
        ) throws -> (lines: Int, alerts: Int, latest: Double) {
            let row = try sql.query(
                """
                SELECT count(*) AS lines, count(DISTINCT t.alert_id) AS alerts,
                    COALESCE(EXTRACT(EPOCH FROM max(t.at - a.created_at)), 0)::float8 AS latest
                FROM alert_timeline t JOIN alerts a ON a.id = t.alert_id WHERE t.kind = 'ESCALATED'
                """)[0]
            return (try row.int("lines"), try row.int("alerts"), try row.double("latest"))
        }
    }
}

extension HubProcess {
    /// The value of a counter without labels.
    fileprivate func counter(_ name: String) throws -> Int {
        let line = try client.get("/metrics").text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
        return line.flatMap { Int($0.dropFirst(name.count + 1)) } ?? 0
    }
}
