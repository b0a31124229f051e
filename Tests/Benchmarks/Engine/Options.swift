/// What the command line asks for.
struct Options: Sendable {
    var isFull = false
    /// Whether other servers are measured too, where they are installed.
    var compares = false
    /// The measures to run, in their own order.
    var measures = Measure.usual

    static let usage = """
        usage: ./hub bench [--full] [--compare] [--only NAME]...

          --full        everything at its full size: 100,000 timers, the start with them, and instructions under valgrind
          --compare     nginx with nchan, and node with ws, over the same load; ./hub installs them from Debian
          --only NAME   only this measure; may be given several times. three are run by name alone, some minutes each:
                        pages, 1,000 alerts while the hub and two gateways are killed at random; intake, 200 drawn
                        forms through tesseract; and audit, the proof of 1,000,000 rows
          --help        this text

        Measures: \(Measure.allCases.map(\.rawValue).joined(separator: ", ")).
        Exits 1 where a count is above Tests/Benchmarks/Baselines/counts.json; 3 where a measure failed;
        times are never judged.
        """

    /// What is wrong with the command line, in one line.
    struct Fault: Error {
        let text: String
    }

    init(_ arguments: ArraySlice<String>) throws(Fault) {
        var rest = arguments
        var chosen: Set<Measure> = []
        while let argument = rest.popFirst() {
            switch argument {
            case "--full": isFull = true
            case "--compare": compares = true
            case "--only":
                guard let name = rest.popFirst() else { throw Fault(text: "--only needs a name") }
                guard let measure = Measure(rawValue: name) else { throw Fault(text: "there is no measure \(name)") }
                chosen.insert(measure)
            default: throw Fault(text: "unknown option \(argument)")
            }
        }
        if compares { chosen.formUnion(chosen.isEmpty ? Measure.usual : [.compare]) }
        if chosen.isEmpty { chosen = Set(Measure.usual).subtracting([.compare]) }
        measures = Measure.allCases.filter(chosen.contains)
    }
}

/// The measures, by the names that the command line knows them by.
enum Measure: String, CaseIterable, Sendable {
    case delivery, counts, memory, arrival, screen, mix, slow, resume, alerts, isolation, timers, compare, pages, intake
    case audit

    /// Those that a run without names has.
    static let usual = allCases.filter { ![.pages, .intake, .audit].contains($0) }
}
