import Clinic
import Glibc
import Platform
import TestSupport
import Wire

/// How long a request for another clinic's alert or patient takes, beside one for an id that nobody has: pairs
/// by turns, so that what the machine does meanwhile meets both. That both cost the same statements is what the scenario
/// `Isolation` proves; this shows the clock.
struct IsolationTime {
    private static let pairs = 400

    let bench: Bench

    func run() throws {
        let database = try bench.database()
        let hub = try bench.hub(loops: 1)
        defer { hub.end() }
        try database.seedAlerts(AlertScript.raising(hub))
        let own = BenchClinic(0)
        let other = BenchClinic(1)
        let client = HTTPClient(port: hub.port, token: try own.screenToken())
        for (what, method, path, foreign) in [
            ("alert read", HTTPMethod.get, "/api/v1/alerts/%", other.alert(0).description),
            ("alert acknowledged", .patch, "/api/v1/alerts/%/acknowledge", other.alert(0).description),
            ("patient read", .get, "/api/v1/patients/%", other.patient.description),
            ("patient moved on", .patch, "/api/v1/patients/%/status", other.patient.description),
        ] {
            var times: [[UInt64]] = [[], []]
            for turn in 0..<Self.pairs {
                let ids = [foreign, "99999999-0000-4000-8000-\(100_000_000_000 + turn)"]
                // Whichever is first alternates too.
                for which in turn % 2 == 0 ? [0, 1] : [1, 0] {
                    let target = path.replacing("%", with: ids[which])
                    let body: JSONValue? = path.hasSuffix("status") ? ["status": "DISCHARGED"] : nil
                    let began = MonotonicTime.now()
                    let answer = try client.send(method, target, body)
                    times[which].append(began.duration(to: .now()).wholeNanoseconds)
                    guard answer.status == .notFound else {
                        throw LoadProcess.Failure(command: target, answer: "\(answer.status)")
                    }
                }
            }
            let medians = times.map { Double(Statistics.percentile(0.5, of: $0.sorted())) }
            bench.report.add(
                Report.Line(
                    what: "another clinic's: \(what)", hub: "\(Statistics.fixed(medians[0] / 1e3, 0)) µs",
                    reference: "no one's \(Statistics.fixed(medians[1] / 1e3, 0)) µs", ratio: medians[0] / medians[1],
                    target: "1", note: "medians of \(Self.pairs) pairs by turns"))
        }
    }
}
