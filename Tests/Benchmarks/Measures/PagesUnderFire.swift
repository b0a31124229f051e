import TestSupport

/// Whether any page is lost, late or doubled without excuse while the hub and its gateways are killed at random: the
/// scenario of that name at its full size, 1,000 alerts.
struct PagesUnderFire {
    private static let alerts = 1_000

    let bench: Bench

    func run() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        bench.report.progress("pages: \(Self.alerts) alerts, seed \(seed)")
        let verdict = try PageStorm(alerts: Self.alerts, seed: seed).run()
        for violation in verdict.violations { bench.report.progress("pages: \(violation)") }
        bench.report.add(
            Report.Line(
                what: "pages lost, late or doubled without excuse", hub: "\(verdict.violations.count)", target: "0",
                note: "\(verdict.alerts) alerts, \(verdict.acknowledged) acknowledged; \(verdict.pages) pages in "
                    + "\(verdict.attempts) attempts; the hub killed \(verdict.hubKills) times, a gateway "
                    + "\(verdict.gatewayKills) times; \(verdict.duplicates) duplicates, each after an outcome that "
                    + "nobody knew; \(verdict.inFlight) under way when acknowledged; \(verdict.superseded) superseded; "
                    + "seed \(seed)"))
    }
}
