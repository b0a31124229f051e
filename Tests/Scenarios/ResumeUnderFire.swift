import TestSupport
import Testing

extension Scenarios {
    @Suite("Resume under fire")
    struct ResumeUnderFire {
        @Test(
            "Screens dropped at random, and a hub that is killed twice meanwhile: each screen has exactly what was committed"
        )
        func exactlyTheCommittedSequence() throws {
            let seed = UInt64.random(in: 0...UInt64.max)
            print("ResumeUnderFire: seed \(seed)")
            let outcome = try UnderFire.run(UnderFire.Size(clients: 60, alerts: 800, hubKills: 2), seed: seed)
            #expect(outcome.faults == [], "seed \(seed)")
            #expect(outcome.events == 800)
            #expect(outcome.resumes > 120, "the screens were dropped, and the hub with all of them")
        }
    }
}
