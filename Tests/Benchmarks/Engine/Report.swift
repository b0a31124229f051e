import Glibc
import Platform

/// What the run has found: progress as it goes, and one table at its end.
final class Report {
    /// One line of the table.
    struct Line {
        let what: String
        let hub: String
        var reference = ""
        var ratio: Double?
        var target = ""
        /// Spread of the runs, sizes, and what a reader must know.
        var note = ""
    }

    private let began = MonotonicTime.now()
    private var lines: [Line] = []
    private var brokenGates: [String] = []

    /// Says on standard error what is being done.
    func progress(_ text: String) {
        let seconds = Int(began.duration(to: .now()).components.seconds)
        let stamp = String(repeating: " ", count: max(0, 4 - String(seconds).count)) + String(seconds)
        let line = Array("[\(stamp)s] \(text)\n".utf8)
        _ = unsafe write(STDERR_FILENO, line, line.count)
    }

    func add(_ line: Line) { lines.append(line) }

    /// Holds a count against what the baseline allows.
    func gate(_ name: String, _ value: Double, baselines: Baselines) {
        guard let limit = baselines[name] else { return }
        if value > limit {
            brokenGates.append("\(name) is \(Statistics.fixed(value, 2)), allowed are \(Statistics.fixed(limit, 2))")
        }
    }

    /// Prints the table; false if a gate is broken.
    func finish() -> Bool {
        print("\n\(Self.machine)")
        print(columns("", "hub", "reference", "ratio", "target"))
        for line in lines {
            print(
                columns(
                    line.what, line.hub, line.reference, line.ratio.map { Statistics.fixed($0, 2) } ?? "", line.target))
            if !line.note.isEmpty { print("    \(line.note)") }
        }
        for gate in brokenGates { print("GATE BROKEN: \(gate)") }
        if brokenGates.isEmpty { print("All count gates hold.") }
        return brokenGates.isEmpty
    }

    private func columns(_ what: String, _ hub: String, _ reference: String, _ ratio: String, _ target: String)
        -> String
    {
        what + gap(34 - what.count) + gap(15 - hub.count) + hub + gap(19 - reference.count) + reference
            + gap(7 - ratio.count) + ratio + "  " + target
    }

    private func gap(_ count: Int) -> String { String(repeating: " ", count: max(1, count)) }

    private static var machine: String {
        var name = utsname()
        guard unsafe uname(&name) == 0 else { return "" }
        let release = unsafe withUnsafeBytes(of: name.release) {
            unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        return "\(sysconf(CInt(_SC_NPROCESSORS_ONLN))) processors, Linux \(release)"
    }
}
