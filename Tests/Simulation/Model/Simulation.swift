import Clinic

/// One seed's run: a world, and an observer beside it.
package struct Simulation: Sendable {
    /// Alerts an hour where nothing else is said: enough that each seed sees some dozens in a day.
    package static let usualRate = 4
    /// How long a run goes on after its hours, without faults and without new alerts.
    private static let calm = Duration.seconds(600)

    package let seed: UInt64
    package let hours: Int
    package let alertsPerHour: Int
    package let plant: Plant?

    package init(seed: UInt64, hours: Int, alertsPerHour: Int = Simulation.usualRate, plant: Plant? = nil) {
        self.seed = seed
        self.hours = hours
        self.alertsPerHour = alertsPerHour
        self.plant = plant
    }

    /// What a run came to.
    package struct Outcome: Sendable {
        /// The first things that must not be; the run ends with them.
        package let violations: [Violation]
        package let statistics: Statistics
        /// What was seen of the alert of the first violation, or of everything; empty unless it was asked for.
        package let trace: [String]
        /// The same for the same run.
        package let digest: UInt64
    }

    /// - Parameter lines: how many of the trace's last lines are kept; nil for no trace.
    package func run(tracing lines: Int? = nil) -> Outcome {
        let observer = Observer()
        var trace = Trace()
        var digest: UInt64 = 0xcbf2_9ce4_8422_2325
        let world = World(seed: seed, alertsPerHour: alertsPerHour, plant: plant) { now, fact in
            digest = (digest ^ UInt64(bitPattern: now.microseconds)) &* 0x0000_0100_0000_01b3
            if lines != nil { trace.see(fact, at: now) }
            return observer.see(fact, at: now)
        }
        world.run(for: .seconds(3_600 * hours), calm: Self.calm)
        observer.end(at: world.tables.now)
        var statistics = observer.statistics
        statistics.events = world.eventCount
        let story = lines.map { trace.story(of: observer.violations.first?.alert, last: $0) }
        return Outcome(
            violations: observer.violations, statistics: statistics, trace: story ?? [], digest: digest)
    }

    /// The command that runs this seed again.
    package var command: String {
        var words = "./hub simulate --seeds 1 --seed \(seed) --hours \(hours)"
        if alertsPerHour != Self.usualRate { words += " --rate \(alertsPerHour)" }
        if let plant { words += " --plant \(plant.rawValue)" }
        return words
    }
}
