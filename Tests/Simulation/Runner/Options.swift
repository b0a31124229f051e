import SimulatedWorld

/// What the command line asks for.
struct Options: Sendable {
    var seeds: UInt64 = 100
    var firstSeed: UInt64 = 1
    var hours = 10
    var rate = Simulation.usualRate
    var plant: Plant?
    /// Prints everything that one seed's run did, and not only what led to a violation.
    var isTraced = false

    static let usage = """
        usage: ./hub simulate [--seeds N] [--hours H] [--seed S] [--rate A] [--plant BUG] [--trace]

        The escalation planner and the delivery of its pages under a virtual clock: hubs that crash, freeze and lose their
        session, a database that stalls, is killed and whose clock jumps, gateways that fail, and callbacks that are lost,
        late, early, repeated and out of order. An observer judges what was committed, called and faulty, and nothing else.

          --seeds N    so many worlds (default 100), each of another seed
          --hours H    simulated hours of each (default 10)
          --seed S     the first seed (default 1); a failure prints the command that runs its seed alone
          --rate A     alerts an hour, on the average (default \(Simulation.usualRate))
          --plant BUG  with a bug: \(Plant.allCases.map(\.rawValue).joined(separator: ", "))
          --trace      prints all that the run of one seed did
          --help       this text

        An hour takes about 10 ms of a processor, whatever the length of a run. Progress goes to standard error. Exits 1
        where something happened that must not: with the story of the first such alert and the command of each such seed,
        of which it looks for \(SeedRuns.maximumFailures).

          ./hub simulate --seeds 1000 --hours 1             what the tests run
          ./hub simulate --seeds 10000 --hours 10           the long run: 100,000 hours
          ./hub simulate --seeds 1 --seed 7 --hours 2 --trace
        """

    /// The run of one seed.
    @Sendable func simulation(_ seed: UInt64) -> Simulation {
        Simulation(seed: seed, hours: hours, alertsPerHour: rate, plant: plant)
    }

    /// What is wrong with the command line, in one line.
    struct Fault: Error {
        let text: String
    }

    init(_ arguments: [String]) throws(Fault) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--seeds": seeds = UInt64(try Self.number(argument, &rest, 1...10_000_000))
            case "--hours": hours = try Self.number(argument, &rest, 1...10_000)
            case "--seed": firstSeed = UInt64(try Self.number(argument, &rest, 0...Int.max / 2))
            case "--rate": rate = try Self.number(argument, &rest, 1...3_600)
            case "--plant":
                guard let word = rest.popFirst(), let bug = Plant(rawValue: word) else {
                    throw Fault(text: "--plant needs one of the bugs")
                }
                plant = bug
            case "--trace": isTraced = true
            default: throw Fault(text: "unknown option \(argument)")
            }
        }
        guard !isTraced || seeds == 1 else { throw Fault(text: "--trace is for --seeds 1") }
    }

    private static func number(
        _ option: String, _ rest: inout ArraySlice<String>, _ range: ClosedRange<Int>
    ) throws(Fault) -> Int {
        guard let word = rest.popFirst(), let number = Int(word), range.contains(number) else {
            throw Fault(text: "\(option) needs a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
