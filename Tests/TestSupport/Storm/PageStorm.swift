import Clinic
import Database
import Glibc
import Platform
import Wire

/// Alerts raised and acknowledged while the hub and its two gateways fail and are killed at random; then what the
/// gateways' own files say is held against the database.
///
///     let verdict = try PageStorm(alerts: 60, seed: 7).run()
///     #expect(verdict.violations == [])
package final class PageStorm {
    private let alerts: Int
    private let seed: UInt64
    private var chance: StormChance
    private let hub: HubProcess
    private let gateways: GatewayPair
    private var raised: [(id: String, code: String)] = []
    private var open: [String] = []
    private var hubKills = 0
    private var gatewayKills = 0
    /// What is down now, and after how many more alerts it comes back.
    private var down: [(gateway: Int, until: Int)] = []

    /// The call to a gateway, and how long a hub that lives may hold an attempt: one that was killed is found without it.
    private static let callSeconds = 2
    private static let leaseSeconds = 30
    private static let firstWaitSeconds = 3

    package init(alerts: Int, seed: UInt64) throws {
        self.alerts = alerts
        self.seed = seed
        chance = StormChance(state: seed)
        gateways = try GatewayPair()
        var options = HubProcess.Options(database: try ScratchPostgres.migrated())
        options.environment = gateways.environment
        options.configuration = """
            dispatcher: {
                leaseSeconds: \(Self.leaseSeconds), callDeadlineSeconds: \(Self.callSeconds), backoffSeconds: [1],
                attempts: 20,
            },
            \(gateways.configuration())
            """
        hub = try HubProcess(options)
        try hub.useFastPolicy(firstWait: Self.firstWaitSeconds)
        try gateways.fail(Self.faults(seed))
    }

    private static func faults(_ seed: UInt64) -> JSONValue {
        func rule(_ behaviour: String, _ percent: Int64) -> JSONValue {
            ["behaviour": .string(behaviour), "percent": .integer(percent)]
        }
        return [
            "rules": [
                rule("errorButDelivered", 5), rule("serverError", 5), rule("rateLimited", 3), rule("noAnswer", 2),
                rule("earlyCallbacks", 10), rule("duplicateCallbacks", 10), rule("reorderedCallbacks", 10),
                rule("noCallback", 5), ["latencyMilliseconds": 50, "percent": 20],
            ],
            "seed": .integer(Int64(truncatingIfNeeded: seed >> 1)),
        ]
    }

    deinit { end() }

    private func end() {
        hub.end()
        gateways.end()
    }

    // MARK: The storm

    /// Runs it to its end and judges. Blocks for some seconds a hundred alerts.
    package func run() throws -> StormVerdict {
        defer { end() }
        let staff = try hub.client(.admissions)
        let doctor = try hub.client(.doctor)
        for number in 0..<alerts {
            try raise(number, staff)
            if chance.percent(40), let alert = open.randomElement(using: &chance) { acknowledge(alert, doctor) }
            try strike(number)
            usleep(useconds_t(chance.below(40_000)))
        }
        for fallen in down { try revive(fallen.gateway) }
        down = []
        let isSettled = try settle()
        return try StormObserver(
            hub: hub, taken: gateways.taken, alerts: raised.map(\.id),
            graceSeconds: Self.callSeconds + 1
        ).verdict(seed: seed, isSettled: isSettled, hubKills: hubKills, gatewayKills: gatewayKills)
    }

    private func raise(_ number: Int, _ staff: HTTPClient) throws {
        let body: JSONValue = [
            "patientId": .string(DemoIDs.patients[0]), "assignedTo": .string(DemoIDs.doctor),
            "urgencyLevel": "CRITICAL", "room": "ER-12",
        ]
        var fields = HTTPFields()
        fields.set("Idempotency-Key", "storm-\(seed)-\(number)")
        // The hub may be down just now; the key makes every repetition safe.
        let isRaised = poll(within: .seconds(60)) {
            guard let answer = try? staff.post("/api/v1/alerts", body, fields: fields), answer.status == .created,
                let id = answer.json["alertId"]?.stringValue, let code = answer.json["code"]?.stringValue
            else { return false }
            raised.append((id, code))
            open.append(id)
            return true
        }
        guard isRaised else { throw ClientFailure.timedOut("alert \(number), seed \(seed)") }
    }

    /// Tries once: an acknowledgement that does not get through is one that was not given.
    private func acknowledge(_ alert: String, _ doctor: HTTPClient) {
        guard (try? doctor.patch("/api/v1/alerts/\(alert)/acknowledge"))?.status == .ok else { return }
        open.removeAll { $0 == alert }
    }

    private func strike(_ number: Int) throws {
        for fallen in down where fallen.until <= number { try revive(fallen.gateway) }
        down.removeAll { $0.until <= number }
        if number % 15 == 7 {
            hub.kill()
            hubKills += 1
            try hub.start()
        }
        if number % 12 == 5, down.isEmpty {
            let victim = Int(chance.below(2))
            gateways.both[victim].kill()
            gatewayKills += 1
            down.append((victim, number + Int(chance.below(6))))
        }
    }

    private func revive(_ gateway: Int) throws {
        try gateways.both[gateway].start()
        try gateways.both[gateway].fail(Self.faults(seed &+ UInt64(gatewayKills)))
    }

    /// Waits until every alert that nobody acknowledged has escalated and no message waits or is under way.
    private func settle() throws -> Bool {
        let session = try hub.sql(.superuser)
        return try poll(within: .seconds(90)) {
            usleep(100_000)
            return try session.query(
                """
                SELECT NOT EXISTS (SELECT FROM messages WHERE state IN ('QUEUED', 'SUBMITTING'))
                    AND NOT EXISTS (SELECT FROM escalations WHERE phase = 'RUNNING' AND step < 2) AS is_settled
                """
            )[0].bool("is_settled")
        }
    }
}

/// A small generator with a seed (SplitMix64), so that a failing storm can be repeated.
package struct StormChance: RandomNumberGenerator {
    private var state: UInt64

    package init(state: UInt64) { self.state = state }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    package mutating func below(_ limit: UInt64) -> UInt64 { limit == 0 ? 0 : next() % limit }
    package mutating func percent(_ share: UInt64) -> Bool { below(100) < share }
}
