import Glibc
import SimulatedWorld
import Testing

/// The planner and what delivers its pages, in a simulated world: a thousand hours. `./hub simulate` runs the long run.
@Suite("Simulation", .serialized)
struct SimulationTests {
    @Test("a thousand hours of faults: nothing happens that must not")
    func hoursOfFaults() async {
        let processors = max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN)))
        let sum = await SeedRuns(1..<1_001, atOnce: processors) { Simulation(seed: $0, hours: 1) }.run()
        for (simulation, violation) in sum.failures {
            let story = simulation.run(tracing: 60).trace.joined(separator: "\n")
            Issue.record("\(violation)\n\(story)\nAgain: \(simulation.command)")
        }
        let seen = sum.statistics
        #expect(sum.runs == 1_000)
        #expect(seen.alerts > 4_000 && seen.texts > 40_000 && seen.alarms > 8_000, "there was something to see")
        #expect(seen.duplicates > 0 && seen.deadLetters > 0, "things went wrong")
        for fault in Fault.allCases {
            #expect(seen.faults[fault, default: 0] > 20, "a fault that is too rare to show anything: \(fault.rawValue)")
        }
    }

    @Test("a planted bug is found within forty seeds, and its seed shows it again", arguments: Plant.allCases)
    func planted(_ plant: Plant) async throws {
        for seed in 1...40 as ClosedRange<UInt64> {
            let simulation = Simulation(seed: seed, hours: 2, plant: plant)
            let outcome = simulation.run()
            await Task.yield()
            guard let violation = outcome.violations.first else { continue }
            #expect(simulation.command.contains("--seed \(seed) --hours 2 --plant \(plant.rawValue)"))
            #expect(Self.signs(of: plant).contains { violation.what.contains($0) }, "\(violation)")
            let again = simulation.run(tracing: 20)
            #expect(again.violations.first?.description == violation.description)
            #expect(!again.trace.isEmpty)
            return
        }
        Issue.record("\(plant.rawValue) was not found")
    }

    /// What a bug is found by: the words of the promise that it breaks.
    private static func signs(of plant: Plant) -> [String] {
        switch plant {
        case .skipFence:
            [
                "no page begins after an acknowledgement", "no page of a generation begins when it is over",
                "a page begins although the alert is",
            ]
        case .dropEarlyCallback: ["what a gateway said and was thanked for"]
        case .forgetTimer: ["ends", "begins", "is repeated", "is taken back", "is reminded", "is called"]
        }
    }

    @Test("the same seed is the same run, event by event")
    func repeats() {
        for seed in [3, 11, 42] as [UInt64] {
            let (first, second) = (Simulation(seed: seed, hours: 1).run(), Simulation(seed: seed, hours: 1).run())
            #expect(first.digest == second.digest && first.statistics == second.statistics)
        }
    }
}
