import Glibc
import SimulatedWorld

/// The runs of many seeds, as many at a time as there are processors, with a line of progress now and then.
struct SeedRuns {
    let options: Options
    private let began = ContinuousClock.now
    private static let progressEvery = Duration.seconds(5)

    init(_ options: Options) { self.options = options }

    /// What all runs came to: the first seed in which something happened that must not, and the counts of those that ran.
    struct Sum {
        var failed: Simulation?
        var runs: UInt64 = 0
        var statistics = Statistics()
        var digest: UInt64 = 0
    }

    func run() async -> Sum {
        let seeds = options.firstSeed..<(options.firstSeed + options.seeds)
        let processors = max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN)))
        return await withTaskGroup(of: (Simulation, Simulation.Outcome).self) { group in
            var next = seeds.lowerBound
            var sum = Sum()
            var told = ContinuousClock.now
            func add() {
                guard next < seeds.upperBound, sum.failed == nil else { return }
                let simulation = simulation(next)
                next += 1
                group.addTask { (simulation, simulation.run()) }
            }
            for _ in 0..<processors { add() }
            while let (simulation, outcome) = await group.next() {
                sum.runs += 1
                sum.statistics = sum.statistics + outcome.statistics
                sum.digest ^= outcome.digest &* (simulation.seed | 1)
                if !outcome.violations.isEmpty, simulation.seed < sum.failed?.seed ?? .max { sum.failed = simulation }
                add()
                if told.duration(to: .now) > Self.progressEvery {
                    told = .now
                    say(progress(sum))
                }
            }
            return sum
        }
    }

    private func simulation(_ seed: UInt64) -> Simulation {
        Simulation(seed: seed, hours: options.hours, alertsPerHour: options.rate, plant: options.plant)
    }

    private func progress(_ sum: Sum) -> String {
        let hours = sum.runs * UInt64(options.hours)
        let percent = sum.runs * 100 / options.seeds
        return "[\(began.duration(to: .now).components.seconds) s] \(hours) simulated hours, \(percent) %, "
            + "\(sum.statistics.alerts) alerts, \(sum.statistics.texts) texts, nothing wrong"
    }

    /// What is told while it runs goes to standard error.
    private func say(_ line: String) {
        let bytes = Array("\(line)\n".utf8)
        _ = unsafe write(STDERR_FILENO, bytes, bytes.count)
    }
}
