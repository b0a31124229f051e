import Glibc
import SimulatedWorld

/// `./hub simulate`: seeds of a simulated world, and what happened in them that must not. See `Options.usage`.
func simulate(_ options: Options) async -> CInt {
    let report = Report(options)
    var told = ContinuousClock.now
    let processors = max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN)))
    let seeds = options.firstSeed..<(options.firstSeed + options.seeds)
    let sum = await SeedRuns(seeds, atOnce: processors, options.simulation).run { sum in
        guard told.duration(to: .now) > .seconds(5) else { return }
        told = .now
        say(report.progress(sum))
    }
    print(report.summary(sum))
    if options.isTraced {
        print()
        for line in options.simulation(options.firstSeed).run(tracing: .max).trace { print(line) }
    }
    guard let first = sum.failures.first else { return 0 }
    print("\nWhat seed \(first.simulation.seed) came to:")
    for line in first.simulation.run(tracing: 80).trace { print("  \(line)") }
    print("\nWhat must not be, and how to see it again:")
    for (simulation, violation) in sum.failures { print("  \(violation)\n    \(simulation.command)") }
    return 1
}

/// What is told while it runs goes to standard error.
func say(_ line: String) {
    let bytes = Array("\(line)\n".utf8)
    _ = unsafe write(STDERR_FILENO, bytes, bytes.count)
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
