import Foundation
import Testing

/// The whole server, without a database, over a kernel that does what kernels and peers may do. See ScriptedKernel.h.
///
/// A failing seed is run again by `HOSTILE_SEED=<seed> swift test --filter HostileWorldTests`; more seeds are tried
/// by `HOSTILE_RUNS=<count>`.
@Suite("A hostile world")
struct HostileWorldTests {
    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap(UInt64.init)
    }

    private static func seeds(_ count: UInt64) -> ClosedRange<UInt64> {
        if let seed = number("HOSTILE_SEED") { return seed...seed }
        return 1...(number("HOSTILE_RUNS") ?? count)
    }

    @Test(
        """
        peers of every kind over a kernel that fails, and has no io_uring (moby#46762, containerd#9320, moby#47532): each is \
        told what it must be, and nothing is left of any
        """)
    func randomRuns() throws {
        for seed in Self.seeds(150) {
            try expectClean(.random(seed: seed), "HOSTILE_SEED=\(seed)")
        }
    }

    @Test("the same over TLS: nothing is cut without its close_notify")
    func randomSecureRuns() throws {
        for seed in Self.seeds(60) {
            var scenario = Scenario.random(seed: seed)
            scenario.isSecure = true
            try expectClean(scenario, "HOSTILE_SEED=\(seed), over TLS")
        }
    }

    @Test("the same seed is the same run, call by call")
    func repeats() throws {
        for seed in [3, 11, 42] as [UInt64] {
            let first = try Simulation.run(.random(seed: seed))
            let second = try Simulation.run(.random(seed: seed))
            #expect(first.digest == second.digest && first.turns == second.turns)
        }
    }
}

extension Scenario {
    /// Peers and faults by chance.
    static func random(seed: UInt64) -> Scenario {
        var choice = SplitMix(seed: seed &* 0x9E37)
        var scenario = Scenario(seed: seed) { random, token, channel, newest in
            (0..<random.number(1...8)).map { name in
                let link = Link(name: name, room: [60, 1_000, 20_000, 200_000, 4_000_000][random.number(0...4)])
                let peer =
                    switch random.number(0...9) {
                    case 0...2: Peer.browser(link, &random)
                    case 3: Peer.mute(link, &random)
                    case 4...5: Peer.echo(link, &random)
                    case 6: Peer.stranger(link, &random)
                    default:
                        Peer.screen(
                            link, &random, token: token, channel: channel, newest: newest, isDeaf: random.happens(250))
                    }
                if random.happens(200) { peer.lastCall = random.number(1...12) }
                return peer
            }
        }
        scenario.faults.interruptedPerMille = [0, 50, 300][choice.number(0...2)]
        scenario.faults.shortPerMille = [0, 100, 600][choice.number(0...2)]
        scenario.faults.acceptPerMille = [0, 0, 400][choice.number(0...2)]
        scenario.faults.stalePerMille = [0, 300][choice.number(0...1)]
        scenario.events = Int64(choice.number(0...40))
        if choice.happens(20) { (scenario.events, scenario.eventBytes) = (700, 2_000) }
        return scenario
    }
}
