import SimulatedWorld

/// What is printed of the runs, while they go on and at their end.
struct Report {
    let options: Options
    private let began = ContinuousClock.now

    init(_ options: Options) { self.options = options }

    private var secondsTaken: Int64 { began.duration(to: .now).components.seconds }

    func progress(_ sum: SeedRuns.Sum) -> String {
        let seen = sum.statistics
        let done = "\(sum.runs * 100 / options.seeds) %, \(hours(sum)) simulated hours"
        let seconds = secondsTaken
        let left = sum.runs == 0 ? 0 : Double(options.seeds - sum.runs) * Double(seconds) / Double(sum.runs)
        return "[\(seconds) s] \(done), \(seen.alerts) alerts, \(seen.texts) texts, "
            + "\(seen.faults.values.reduce(0, +)) faults, \(sum.failures.count) failing seeds; \(Int(left)) s left"
    }

    func summary(_ sum: SeedRuns.Sum) -> String {
        let seen = sum.statistics
        let share = seen.excused / .seconds(3_600 * max(1, hours(sum))) * 1_000
        let faults = Fault.allCases.map { "  \(Self.padded(seen.faults[$0, default: 0])) \($0.rawValue)" }
        return """
            hours       \(hours(sum)) simulated, \(sum.runs) seeds of \(options.hours) each, in \(secondsTaken) s; \
            \(seen.events) events
            alerts      \(seen.alerts), about \(options.rate) an hour; \(seen.plans) plans committed, \
            \(seen.alarms) alarms at a policy's end
            pages       \(seen.messages) messages, \(seen.attempts) attempts, \(seen.texts) texts taken by gateways, \
            \(seen.deadLetters) dead letters
                        \(seen.duplicates) texts sent again, each after an unknown outcome or by a replay; \
            \(seen.crossings) calls crossed an answer
            faults
            \(faults.joined(separator: "\n"))
              work was interrupted for \(Int(share)) ‰ of the time
            digest      \(String(sum.digest, radix: 16)), the same for the same seeds
            violations  \(sum.failures.isEmpty ? "none" : "in \(sum.failures.count) seeds")
            """
    }

    private func hours(_ sum: SeedRuns.Sum) -> UInt64 { sum.runs * UInt64(options.hours) }

    private static func padded(_ number: Int) -> String {
        let text = String(number)
        return String(repeating: " ", count: max(0, 10 - text.count)) + text
    }
}
