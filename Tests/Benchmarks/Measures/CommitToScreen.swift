import Platform

/// From the commit, when its answer has reached the hub, to the frame read by each of 1,000 screens of the clinic; against
/// the bare loop, from its wake-up to the same screens. Alerts are raised at a steady pace through PostgreSQL.
struct CommitToScreen {
    private static let screens = 1_000
    private static let interval = Duration.milliseconds(20)
    private static let alertsATurn = 100
    private static let turns = 3

    let bench: Bench

    func run() throws {
        let load = try LoadProcess(apart: true)
        let hub = try bench.hub(loops: 1)
        defer { hub.end() }
        let clinic = BenchClinic(1)
        bench.report.progress("screen: \(Self.screens) screens, 50 alerts a second")
        try load.ask(.open(count: Self.screens, port: hub.port, clinic: clinic.id, token: try clinic.screenToken()))
        hub.placeOnProcessor()
        let bare = try BareLoop(hub, expecting: Self.screens)
        let stream = EventStream(clinic: clinic, epoch: try bench.epoch(of: clinic))
        var hubTurns: [[Double]] = []
        var bareTurns: [[Double]] = []
        for turn in 1...Self.turns {
            bench.report.progress("screen: turn \(turn)")
            hubTurns.append(try lateness(load, try raise(hub, clinic)))
            let run = try bare.run(rounds: Self.alertsATurn, interval: Self.interval, stream)
            bareTurns.append(try lateness(load, run.departures))
        }
        for (name, index, target) in [("p50", 0, ""), ("p99", 1, "≤ 1.30")] {
            let hub = hubTurns.map { $0[index] / 1e6 }
            let bare = bareTurns.map { $0[index] / 1e6 }
            bench.report.add(
                Report.Line(
                    what: "commit to screen, 1,000, \(name)", hub: "\(Statistics.fixed(Statistics.median(hub), 2)) ms",
                    reference: "bare \(Statistics.fixed(Statistics.median(bare), 2)) ms",
                    ratio: Statistics.median(zip(hub, bare).map { $0 / $1 }), target: target,
                    note: "\(Self.turns) turns: hub \(Statistics.spread(hub, 2)), bare \(Statistics.spread(bare, 2))"))
        }
    }

    private func lateness(_ load: LoadProcess, _ departures: [LoadCommand.Departure]) throws -> [Double] {
        try load.awaitEvents(departures.count * Self.screens)
        let answer = try load.ask(.lateness(departures))
        try load.ask(.clear)
        guard answer.count == 4, answer[0] == Double(departures.count * Self.screens) else {
            throw LoadProcess.Failure(command: "lateness", answer: "\(answer)")
        }
        return [answer[1], answer[2]]
    }

    private func raise(_ hub: BenchHub, _ clinic: BenchClinic) throws -> [LoadCommand.Departure] {
        let loop = hub.loop
        let departures = try waiting {
            await withCheckedContinuation { (continuation: CheckedContinuation<[LoadCommand.Departure], Never>) in
                loop.post { state in
                    let raises = PacedRaises(state, clinic: clinic)
                    state.raising = raises
                    raises.run(Self.alertsATurn, interval: Self.interval) { continuation.resume(returning: $0) }
                }
            }
        }
        guard departures.count == Self.alertsATurn else { throw ControlLine.Lost() }
        return departures
    }
}
