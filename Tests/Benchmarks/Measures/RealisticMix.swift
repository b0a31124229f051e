import Glibc
import Platform

/// The mix of a real day at its worst: 1,000 clinics with 15 screens each, and alerts spread over all of them at 500 a
/// second, over REST, into the release binary with its engine and PostgreSQL with fsync on.
///
/// Each alert is followed from its POST to the 201 and to the last of its clinic's screens, in one process, by one clock.
struct RealisticMix {
    private static let clinics = 0..<1_000
    private static let screensAClinic = 15
    private static let perSecond = 500
    private static let seconds: UInt32 = 6
    private static let turns = 3

    let bench: Bench

    func run() throws {
        let database = try bench.database()
        try database.seedMany()
        let hub = try HubBinary(database.access)
        defer { hub.end() }
        let load = try LoadProcess()
        let count = Self.clinics.count * Self.screensAClinic
        bench.report.progress("mix: \(count) screens of \(Self.clinics.count) clinics")
        try load.ask(.openSpread(count: count, port: hub.port, clinics: Self.clinics), within: .seconds(120))
        var turns: [[Double]] = []
        for turn in 0...Self.turns {
            bench.report.progress("mix: \(Self.perSecond) alerts a second, turn \(turn)")
            try database.calmDown()
            try load.ask(
                .raise(
                    LoadCommand.Raising(
                        port: hub.port, clinics: Self.clinics, perSecond: Self.perSecond,
                        screensAClinic: Self.screensAClinic, screensThatAsk: 0)))
            sleep(Self.seconds)
            let figures = try load.ask(.stopRaising, within: .seconds(60))
            guard figures.count == 11, figures[0] > 0, figures[1] == 0 else {
                throw LoadProcess.Failure(command: "mix", answer: "\(figures)")
            }
            // The first turn warms up the channels and the statements.
            if turn > 0 { turns.append(figures) }
        }
        report(turns)
    }

    private func report(_ turns: [[Double]]) {
        let answers = turns.map { $0[3] / 1e6 }
        let screens = turns.map { $0[5] / 1e6 }
        let reached = turns.map { $0[0] / ($0[10] / 1e9) }
        func median(_ column: Int) -> String { Statistics.fixed(Statistics.median(turns.map { $0[column] / 1e6 }), 2) }
        bench.report.add(
            Report.Line(
                what: "1,000 × 15: POST to last screen, p99", hub: "\(median(5)) ms",
                reference: "its 201 \(median(3)) ms",
                ratio: Statistics.median(zip(screens, answers).map { $0 / $1 }), target: "≤ 1.50",
                note:
                    "\(turns.count) turns at \(Statistics.fixed(Statistics.median(reached), 0)) alerts a second: last "
                    + "screen \(Statistics.spread(screens, 2)), 201 \(Statistics.spread(answers, 2)); p50 \(median(4)) "
                    + "and \(median(2)) ms"))
    }
}
