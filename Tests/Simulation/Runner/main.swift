import Glibc
import SimulatedWorld

/// `./hub simulate`: seeds of a simulated world, until one shows what must not be. See `Options.usage`.
func simulate(_ options: Options) async -> CInt {
    let began = ContinuousClock.now
    let sum = await SeedRuns(options).run()
    let taken = began.duration(to: .now)
    let hours = sum.runs * UInt64(options.hours)
    let seen = sum.statistics
    let share = seen.excused / .seconds(3_600 * max(1, hours)) * 1_000
    print(
        """
        \(sum.runs) seeds of \(options.hours) hours, \(options.rate) alerts an hour: \(hours) simulated hours in \
        \(taken.components.seconds) s, \(seen.events) events
        \(seen.alerts) alerts, \(seen.plans) plans, \(seen.alarms) alarms at a policy's end
        \(seen.messages) messages, \(seen.attempts) attempts, \(seen.texts) texts, \(seen.deadLetters) dead letters
        \(seen.duplicates) texts sent twice, each after an unknown outcome; \(seen.crossings) calls crossed an answer
        \(seen.interruptions) interruptions, \(Int(share)) ‰ of the time; digest \(String(sum.digest, radix: 16))
        """)
    if options.isTraced {
        for line in Simulation(
            seed: options.firstSeed, hours: options.hours, alertsPerHour: options.rate, plant: options.plant
        )
        .run(tracing: .max).trace { print(line) }
    }
    guard let failed = sum.failed else { return 0 }
    let outcome = failed.run(tracing: 80)
    print("\nSeed \(failed.seed) shows what must not be:")
    for line in outcome.trace { print("  \(line)") }
    for violation in outcome.violations { print("\n\(violation)") }
    print("\nAgain: \(failed.command)")
    return 1
}

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.contains("--help") || arguments.contains("-h") {
    print(Options.usage)
    exit(0)
}
do {
    exit(await simulate(try Options(arguments)))
} catch {
    print("\(error.text)\n\n\(Options.usage)")
    exit(2)
}
