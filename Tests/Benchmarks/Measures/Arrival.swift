import Platform

/// A storm: 15,000 screens connect, show their tokens, subscribe and read the answer, as fast as they are served, on
/// processors that they share with the hub, the release binary; and what it does to the screens that were there before.
///
/// All of one clinic, and spread over 1,000. Each screen has a token of its own and a whole handshake; the clock runs from
/// the first connect to the last `subscribed`. Beside them, in another process, are 40 screens of ten clinics, to which 50
/// alerts a second are raised over REST, and eight of which ask their loop for a sign of life 50 times a second.
struct Arrival {
    private static let screens = 15_000
    private static let turns = 3
    private static let calmClinics = 990..<1_000
    private static let calmScreens = 40
    /// So many of one doctor are what the limits are there against; with 990 clinics they stand as they are.
    private static let noLimits = """
        limits: {
            connectionsPerUser: 18000, connectionsPerClinic: 18000, handshakesPerSecondPerUser: 100000,
            handshakesPerSecondPerClinic: 100000, messagesPerSecondPerUser: 1000000, messagesPerSecondPerClinic: 1000000,
        }
        """

    let bench: Bench

    func run() throws {
        let database = try bench.database()
        try database.seedMany()
        for (name, clinics) in [("one clinic", 0..<1), ("990 clinics", 0..<990)] {
            var storms: [Storm] = []
            for turn in 1...Self.turns {
                bench.report.progress("arrival: \(Self.screens) screens of \(name), turn \(turn)")
                try database.calmDown()
                storms.append(try storm(clinics, database))
            }
            report(name, storms)
        }
    }

    /// What one storm came to.
    private struct Storm {
        let perSecond: Double
        /// Processor time a screen, in microseconds: the hub's, the screens' own, and PostgreSQL's.
        let hub: Double
        let screens: Double
        let database: Double
        /// In milliseconds: a sign of life, and from POST to the last screen of those that were there before.
        let life: (p99: Double, longest: Double)
        let event: Double
    }

    private func storm(_ clinics: Range<Int>, _ database: BenchDatabase) throws -> Storm {
        let hub = try HubBinary(database.access, configuration: clinics.count == 1 ? Self.noLimits : "")
        defer { hub.end() }
        let calm = try LoadProcess()
        try calm.ask(.openSpread(count: Self.calmScreens, port: hub.port, clinics: Self.calmClinics))
        let load = try LoadProcess()
        try calm.ask(
            .raise(
                LoadCommand.Raising(
                    port: hub.port, clinics: Self.calmClinics, perSecond: 50,
                    screensAClinic: Self.calmScreens / Self.calmClinics.count, screensThatAsk: 8)))
        let before = (hub: hub.processorTime.seconds, database: database.processorTime.seconds)
        let opened = try load.ask(
            .openSpread(count: Self.screens, port: hub.port, clinics: clinics), within: .seconds(120))
        let hubSeconds = hub.processorTime.seconds - before.hub
        let databaseSeconds = database.processorTime.seconds - before.database
        let calmed = try calm.ask(.stopRaising, within: .seconds(60))
        guard opened.count == 2, calmed.count == 11, calmed[1] == 0 else {
            throw LoadProcess.Failure(command: "storm", answer: "\(opened) \(calmed)")
        }
        let each = 1e6 / Double(Self.screens)
        return Storm(
            perSecond: Double(Self.screens) / opened[0], hub: hubSeconds * each, screens: opened[1] * each,
            database: databaseSeconds * each,
            life: (calmed[8] / 1e6, calmed[9] / 1e6), event: calmed[5] / 1e6)
    }

    private func report(_ name: String, _ storms: [Storm]) {
        let rates = storms.map(\.perSecond)
        let rate = Statistics.median(rates)
        func median(_ part: (Storm) -> Double, _ digits: Int = 0) -> String {
            Statistics.fixed(Statistics.median(storms.map(part)), digits)
        }
        bench.report.add(
            Report.Line(
                what: "arrival of \(Self.screens), \(name)", hub: "\(Statistics.fixed(rate, 0)) /s",
                ratio: rate / 5_000,
                target: "≥ 5,000 /s",
                note: "\(Self.turns) storms: \(Statistics.spread(rates, 0)); processor time a screen: hub "
                    + "\(median(\.hub)) µs, the screens themselves \(median(\.screens)) µs, PostgreSQL "
                    + "\(median(\.database)) µs"))
        bench.report.add(
            Report.Line(
                what: "  sign of life meanwhile, p99", hub: "\(median(\.life.p99, 1)) ms",
                ratio: Statistics.median(storms.map(\.life.p99)) / 50, target: "≤ 50 ms",
                note:
                    "longest \(median(\.life.longest, 1)) ms; from POST to the last screen of those there before, p99 "
                    + "\(median(\.event, 1)) ms"))
    }
}
