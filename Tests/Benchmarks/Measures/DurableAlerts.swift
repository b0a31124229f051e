import Glibc
import Platform

/// Requests a second of 32 concurrent REST clients, against pgbench with the same statements in the same order, one
/// transaction and one round trip each, on the same PostgreSQL with fsync on: alerts raised, and alerts read with their
/// stories, whose audit row is as durable.
///
/// The hub runs a loop a processor and all of a request: HTTP, token, JSON, transaction, event. Engine and dispatcher are
/// off: they would do to the same tables what pgbench's script does not. The two alternate, so that both meet the same
/// tables.
struct DurableAlerts {
    private static let clients = 32
    private static let seconds = 4
    private static let turns = 2

    let bench: Bench

    func run() throws {
        let database = try bench.database()
        let load = try LoadProcess()
        let hub = try bench.hub(loops: Int(sysconf(CInt(_SC_NPROCESSORS_ONLN))))
        defer { hub.end() }
        let raise = try AlertScript.raise(hub)
        for clinics in [BenchClinic.count, 1] {
            let what = "durable alerts, \(clinics) clinic\(clinics == 1 ? "" : "s")"
            try compare(what, .raise, raise, clinics: clinics, load, hub, database)
        }
        try database.seedAlerts(AlertScript.raising(hub))
        let read = try AlertScript.read(hub)
        try compare("alerts read and audited", .read, read, clinics: BenchClinic.count, load, hub, database)
    }

    private func compare(
        _ what: String, _ request: AlertRequest, _ script: AlertScript, clinics: Int, _ load: LoadProcess,
        _ hub: BenchHub, _ database: BenchDatabase
    ) throws {
        let pgbench = try Pgbench(database.access)
        var hubRates: [Double] = []
        var bareRates: [Double] = []
        var latency = [0.0, 0.0]
        for turn in 1...Self.turns {
            bench.report.progress("\(what): \(Self.clients) clients, turn \(turn)")
            try database.settle()
            let answer = try load.ask(
                .ask(request, clients: Self.clients, clinics: clinics, seconds: Self.seconds, port: hub.port))
            guard answer.count == 4, answer[1] == 0 else {
                throw LoadProcess.Failure(command: request.rawValue, answer: "\(answer)")
            }
            hubRates.append(answer[0])
            latency = [answer[2] / 1e6, answer[3] / 1e6]
            try database.settle()
            bareRates.append(
                try pgbench.run(script, clients: Self.clients, clinics: clinics, seconds: Self.seconds))
        }
        bench.report.add(
            Report.Line(
                what: what, hub: "\(Statistics.fixed(Statistics.median(hubRates), 0)) /s",
                reference: "pgbench \(Statistics.fixed(Statistics.median(bareRates), 0)) /s",
                ratio: Statistics.median(hubRates) / Statistics.median(bareRates), target: "≥ 0.50",
                note:
                    "\(Self.clients) clients; \(Self.turns) turns: hub \(Statistics.spread(hubRates, 0)), pgbench "
                    + "\(Statistics.spread(bareRates, 0)); a request's p50 \(Statistics.fixed(latency[0], 1)) ms, p99 "
                    + "\(Statistics.fixed(latency[1], 1)) ms"))
    }
}
