import Database
import Platform

/// Resume under fire: alerts are raised without a pause while their screens are dropped at random, mid-message, many at a
/// time, and the hub is killed (`kill -9`) and started again, in turn. Afterwards every screen must have exactly the
/// committed sequence: each event once, in order, as PostgreSQL has it.
///
/// The same code runs small in the tests and whole in the benchmark.
package enum UnderFire {
    /// How much of it.
    package struct Size: Sendable {
        package let clients: Int
        package let alerts: Int
        package let hubKills: Int

        package init(clients: Int, alerts: Int, hubKills: Int) {
            self.clients = clients
            self.alerts = alerts
            self.hubKills = hubKills
        }
    }

    /// What came of it.
    package struct Outcome: Sendable {
        package internal(set) var drops = 0
        package internal(set) var resumes = 0
        /// Events that screens were sent and counted, each once a screen.
        package internal(set) var deliveries = 0
        package internal(set) var events = 0
        package internal(set) var duration = Duration.zero
        /// What a screen has other than PostgreSQL, or a screen or poster was told and should not have been; at most 20.
        package internal(set) var faults: [String] = []
    }

    /// Runs it; blocks for as long as it takes. `seed` decides who is dropped when.
    package static func run(_ size: Size, seed: UInt64) throws -> Outcome {
        let hub = try quietHub()
        defer { hub.end() }
        let clinics = [DemoIDs.clinic, DemoIDs.otherClinic]
        let began = MonotonicTime.now()
        let range = try EventLoop(name: "under-fire") { reactor in
            try FireRange(reactor, hub: hub, clinics: clinics, size: size, seed: seed)
        }
        defer {
            range.stop()
            range.join()
        }
        try waitFor(range, "the first subscriptions", within: .seconds(60)) { $0.areAllSubscribed }
        range.post { $0.open() }
        for kill in 1...max(1, size.hubKills) where size.hubKills > 0 {
            let due = size.alerts * kill / (size.hubKills + 1)
            try waitFor(range, "alert \(due)", within: .seconds(180)) { $0.answered >= due || $0.isFaulty }
            hub.kill()
            try hub.start()
        }
        try waitFor(range, "the last alert", within: .seconds(180)) { $0.answered == size.alerts || $0.isFaulty }
        range.post { $0.ceaseFire() }
        let history = try clinics.map { try CommittedHistory(of: $0, hub) }
        let heads = history.map(\.head)
        // Who has not caught up by then is told apart below.
        try? waitFor(range, "the screens", within: .seconds(90)) { $0.haveAll(heads) || $0.isFaulty }
        var outcome = try ask(range) { $0.outcome(comparedWith: history) }
        if try alertCount(hub, clinics) != size.alerts {
            outcome.faults.append("\(try alertCount(hub, clinics)) alerts instead of \(size.alerts)")
        }
        outcome.duration = began.duration(to: .now())
        return outcome
    }

    /// A hub whose alerts make one event each: nobody's time comes, and no gateway reports.
    private static func quietHub() throws -> HubProcess {
        let database = try ScratchPostgres.migrated()
        let key = "ALERT_HUB_ENCRYPTION_KEY=" + String(repeating: "QUFB", count: 10) + "QUE="
        var options = HubProcess.Options(database: database)
        options.environment = [key]
        // Two people have all the screens, and all of them come back at once.
        options.configuration = """
            limits: {
                handshakesPerSecondPerAddress: 100000, handshakesPerSecondPerUser: 100000,
                handshakesPerSecondPerClinic: 100000, messagesPerSecondPerAddress: 1000000,
                messagesPerSecondPerUser: 1000000, messagesPerSecondPerClinic: 1000000,
            }
            """
        let seeding = try HubProcess(options)
        for clinic in [DemoIDs.clinic, DemoIDs.otherClinic] {
            try seeding.useFastPolicy(clinic: clinic, firstWait: 3_600)
        }
        seeding.end()
        options.isDemo = false
        return try HubProcess(options)
    }

    private static func alertCount(_ hub: HubProcess, _ clinics: [String]) throws -> Int {
        try clinics.reduce(0) { count, clinic in
            let rows = try hub.sql(.hub, clinic: clinic).query("SELECT count(*) AS count FROM alerts")
            return count + (try rows.first?.int("count") ?? 0)
        }
    }

    private static func waitFor(
        _ range: EventLoop<FireRange>, _ what: String, within limit: Duration,
        _ condition: @escaping @Sendable (FireRange) -> Bool
    ) throws {
        guard try poll(within: limit, { try ask(range, condition) }) else {
            throw ClientFailure.timedOut("\(what): \(try ask(range) { $0.description })")
        }
    }

    private static func ask<Answer: Sendable>(
        _ range: EventLoop<FireRange>, _ question: @escaping @Sendable (FireRange) -> Answer
    ) throws -> Answer {
        let answer = Locked<Answer?>(nil)
        let done = Latch()
        range.post { state in
            let value = question(state)
            answer.withLock { $0 = value }
            done.open()
        }
        done.wait()
        guard let value = answer.withLock({ $0 }) else { throw ClientFailure.closed }
        return value
    }
}
