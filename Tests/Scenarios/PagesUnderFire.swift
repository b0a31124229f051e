import TestSupport
import Testing

extension Scenarios {
    @Suite("Pages under fire")
    struct PagesUnderFire {
        @Test(
            "While the hub and both gateways are killed at random, no alert goes without its pages, none is paged after its acknowledgement, and every duplicate has its excuse"
        )
        func storm() throws {
            let seed = UInt64.random(in: 0...UInt64.max)
            let verdict = try PageStorm(alerts: 90, seed: seed).run()
            print("PagesUnderFire: \(verdict)")
            #expect(verdict.violations == [], "seed \(seed)")
            #expect(verdict.alerts == 90)
            #expect(verdict.hubKills > 0 && verdict.gatewayKills > 0)
        }
    }
}
