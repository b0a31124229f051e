/// The runs of many seeds, some at a time.
package struct SeedRuns: Sendable {
    package let seeds: Range<UInt64>
    /// How many at a time: as many as there are processors to run them.
    package let atOnce: Int
    private let simulation: @Sendable (_ seed: UInt64) -> Simulation
    /// Enough to see whether they fail alike; what is found after them is not run.
    package static let maximumFailures = 10

    package init(_ seeds: Range<UInt64>, atOnce: Int, _ simulation: @escaping @Sendable (_ seed: UInt64) -> Simulation)
    {
        self.seeds = seeds
        self.atOnce = atOnce
        self.simulation = simulation
    }

    /// What the runs came to.
    package struct Sum: Sendable {
        /// Those in which something happened that must not, by their seeds.
        package fileprivate(set) var failures: [(simulation: Simulation, violation: Violation)] = []
        package fileprivate(set) var runs: UInt64 = 0
        package fileprivate(set) var statistics = Statistics()
        /// The same for the same runs.
        package fileprivate(set) var digest: UInt64 = 0

        fileprivate mutating func add(_ simulation: Simulation, _ outcome: Simulation.Outcome) {
            runs += 1
            statistics = statistics + outcome.statistics
            digest ^= outcome.digest &* (simulation.seed | 1)
            guard let violation = outcome.violations.first else { return }
            failures.append((simulation, violation))
            failures.sort { $0.simulation.seed < $1.simulation.seed }
        }
    }

    /// - Parameter tell: is told after each run.
    package func run(tell: (Sum) -> Void = { _ in }) async -> Sum {
        await withTaskGroup(of: (Simulation, Simulation.Outcome).self) { group in
            var sum = Sum()
            var next = seeds.lowerBound
            func begin() {
                guard next < seeds.upperBound, sum.failures.count < Self.maximumFailures else { return }
                let simulation = simulation(next)
                next += 1
                group.addTask { (simulation, simulation.run()) }
            }
            for _ in 0..<atOnce { begin() }
            while let (simulation, outcome) = await group.next() {
                sum.add(simulation, outcome)
                begin()
                tell(sum)
            }
            return sum
        }
    }
}
