import Platform
import TestSupport

/// 2,000 screens that are dropped at random while 20,000 alerts flow, the hub being killed four times: each must end with
/// exactly the sequence that PostgreSQL has. It passes or fails; the time is told for who wants to run it.
///
/// PostgreSQL gives up durability here, for it is not killed.
struct ResumeUnderFire {
    private static let size = UnderFire.Size(clients: 2_000, alerts: 20_000, hubKills: 4)

    let bench: Bench

    /// A screen has not what was committed.
    struct Failure: Error {
        let seed: UInt64
        let faults: [String]
    }

    func run() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        bench.report.progress("resume: \(Self.size.clients) screens, \(Self.size.alerts) alerts, seed \(seed)")
        let outcome = try UnderFire.run(Self.size, seed: seed)
        guard outcome.faults.isEmpty else { throw Failure(seed: seed, faults: outcome.faults) }
        bench.report.add(
            Report.Line(
                what: "resume under fire", hub: "all \(Self.size.clients) exact", target: "all exact",
                note: "\(outcome.events) events to \(Self.size.clients) screens of two clinics, "
                    + "\(outcome.deliveries) deliveries, \(outcome.drops) screens dropped, \(outcome.resumes) resumed, "
                    + "\(Self.size.hubKills) × kill -9 of the hub; "
                    + "\(Statistics.fixed(outcome.duration.inMilliseconds / 1_000, 0)) s"))
    }
}
