import Clinic
import Cryptography
import Database
import Glibc
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

        @Test("A text that a killed hub had claimed goes out within two seconds, by the other gateway")
        func claimedTexts() throws {
            let stage = try TextStage()
            defer { stage.end() }
            for round in 0..<2 {
                let dying = stage.hubs[round]
                let alerts = try stage.claim(10, by: dying)
                dying.kill()
                let killedAt = try stage.now()
                #expect(try poll(within: .seconds(20)) { try stage.secondAttempts(of: alerts).count == alerts.count })
                for attempt in try stage.secondAttempts(of: alerts) {
                    #expect(attempt.at - killedAt <= 2, "round \(round)")
                    #expect(attempt.gateway != attempt.firstGateway)
                    #expect(attempt.firstOutcome == "UNKNOWN")
                }
                #expect(poll(within: .seconds(20)) { stage.isTaken(alerts) })
                try dying.start()
            }
        }

        @Test("A hub that stands still for a while keeps the texts that it has claimed: none goes out twice")
        func slowHub() throws {
            let stage = try TextStage()
            defer { stage.end() }
            let slow = stage.hubs[0]
            let alerts = try stage.claim(5, by: slow)
            slow.send(SIGSTOP)
            pause(.seconds(4))
            #expect(try stage.secondAttempts(of: alerts).isEmpty)
            slow.send(SIGCONT)
            #expect(try poll(within: .seconds(20)) { try stage.accepted(alerts) == alerts.count })
            #expect(try stage.secondAttempts(of: alerts).isEmpty)
            #expect(stage.isTaken(alerts))
        }

        /// Two hubs on one database, with two gateways that take their time.
        private final class TextStage {
            let gateways: GatewayPair
            let hubs: [HubProcess]
            private let sql: BlockingConnection

            init() throws {
                gateways = try GatewayPair()
                var options = HubProcess.Options(database: try ScratchPostgres.migrated())
                options.environment =
                    gateways.environment + ["ALERT_HUB_ENCRYPTION_KEY=\(Base64.encode(SecureRandom.bytes(32)))"]
                options.configuration = gateways.configuration()
                hubs = [try HubProcess(options), try HubProcess(options)]
                try hubs[0].useFastPolicy(firstWait: 3_600)
                sql = try hubs[0].sql(.superuser)
                try gateways.fail(["rules": [["latencyMilliseconds": 1_500]]])
            }

            func end() {
                for hub in hubs { hub.end() }
                gateways.end()
            }

            /// Raises alerts through the hub and waits until their texts are under way.
            func claim(_ count: Int, by hub: HubProcess) throws -> [RaisedAlert] {
                let staff = try hub.client(.admissions)
                let alerts = try (0..<count).map { _ in try staff.raise() }
                let isClaimed = try poll(within: .seconds(10)) {
                    try sql.query("SELECT FROM messages WHERE state = 'SUBMITTING'").count == count
                }
                #expect(isClaimed)
                return alerts
            }

            /// By the database's clock, in seconds.
            func now() throws -> Double {
                try sql.query("SELECT EXTRACT(EPOCH FROM clock_timestamp())::float8 AS now")[0].double("now")
            }

            func secondAttempts(
                of alerts: [RaisedAlert]
            ) throws -> [(at: Double, gateway: String, firstGateway: String, firstOutcome: String?)] {
                try sql.query(
                    """
                    SELECT EXTRACT(EPOCH FROM d.submitted_at)::float8 AS at, d.gateway, f.gateway AS first_gateway, f.outcome
                    FROM messages m
                    JOIN delivery_attempts f ON f.message_id = m.id AND f.number = 1
                    JOIN delivery_attempts d ON d.message_id = m.id AND d.number = 2
                    WHERE m.alert_id = ANY ($1::uuid[])
                    """, [.array(alerts.map(\.id))]
                ).map {
                    (
                        try $0.double("at"), try $0.string("gateway"), try $0.string("first_gateway"),
                        try $0.optionalString("outcome")
                    )
                }
            }

            func accepted(_ alerts: [RaisedAlert]) throws -> Int {
                try sql.query(
                    """
                    SELECT FROM messages m JOIN delivery_attempts d ON d.message_id = m.id
                    WHERE m.alert_id = ANY ($1::uuid[]) AND d.outcome = 'ACCEPTED'
                    """, [.array(alerts.map(\.id))]
                ).count
            }

            func isTaken(_ alerts: [RaisedAlert]) -> Bool {
                let taken = gateways.taken
                return alerts.allSatisfy { alert in taken.contains { $0.body.contains(alert.code) } }
            }
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
