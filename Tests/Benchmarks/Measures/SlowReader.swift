import Clinic
import Hub
import Platform
import TestSupport
import Wire

/// A screen that never reads, among 100 that do: what it costs, what becomes of it, and what the others notice.
///
/// 1,000 events of 1.7 KB a second for 5 s, with it and without it in turn. It must be closed with 3008 once 1 MiB waits for it, hold
/// no more memory than that, and the others' lateness must stay what it was.
struct SlowReader {
    private static let screens = 100
    private static let rounds = 5_000
    private static let interval = Duration.milliseconds(1)
    private static let pairs = 3
    private static let limit = 1 << 20
    private static let eventBytes = 1_500

    let bench: Bench

    func run() throws {
        let load = try LoadProcess()
        let hub = try bench.hub(loops: 1)
        defer { hub.end() }
        let clinic = BenchClinic(4)
        let token = try clinic.screenToken()
        try load.ask(.open(count: Self.screens, port: hub.port, clinic: clinic.id, token: token))
        // Longer than what the kernel buffers for a socket, and the hub's limit, together.
        let room = String(repeating: "room ", count: Self.eventBytes / 5)
        try hub.prepareFanOut(EventStream(clinic: clinic, epoch: try bench.epoch(of: clinic), room: room))
        // The ring grows to its size.
        _ = try hub.fanOut(rounds: 1_000, interval: Self.interval)
        var without: [Run] = []
        var with: [Run] = []
        for pair in 1...Self.pairs {
            bench.report.progress("slow: pair \(pair)")
            without.append(try self.run(hub, load))
            let slow = try WebSocketClient(port: hub.port, token: token)
            try subscribe(slow, to: clinic, hub)
            with.append(try self.run(hub, load))
            let end = try slow.close(within: .seconds(30))
            guard end.code.rawValue == 3008 else {
                throw LoadProcess.Failure(command: "slow reader", answer: "closed with \(end.code.rawValue)")
            }
        }
        report(without, with)
    }

    /// From the newest event on: those that the measure publishes stand in no database, so nobody could catch up.
    private func subscribe(_ slow: WebSocketClient, to clinic: BenchClinic, _ hub: BenchHub) throws {
        let loop = hub.loop
        guard let head = try waiting({ await loop.ask { $0.hub.channels.head(of: clinic.id) } }) else {
            throw ControlLine.Lost()
        }
        try slow.send([
            "type": "subscribe", "channel": .string("clinic:\(clinic.id)"),
            "since": ["epoch": .string(try bench.epoch(of: clinic).description), "seq": .integer(head)],
        ])
        guard try slow.message("subscribed")["recovered"] == true else { throw ControlLine.Lost() }
    }

    /// One run: the others' p99 in milliseconds, and how far the heap rose above its start.
    private struct Run {
        let p99: Double
        let heap: Double
    }

    private func run(_ hub: BenchHub, _ load: LoadProcess) throws -> Run {
        try load.ask(.clear)
        let watch = try HeapWatch()
        let departures = try hub.timedFanOut(rounds: Self.rounds, interval: Self.interval)
        let heap = try watch.end()
        try load.awaitEvents(Self.rounds * Self.screens)
        let answer = try load.ask(.lateness(departures))
        guard answer.count == 4, answer[0] == Double(Self.rounds * Self.screens) else {
            throw LoadProcess.Failure(command: "lateness", answer: "\(answer)")
        }
        return Run(p99: answer[2] / 1e6, heap: Double(heap))
    }

    private func report(_ without: [Run], _ with: [Run]) {
        let ratios = zip(with, without).map { $0.p99 / $1.p99 }
        func p99(_ runs: [Run]) -> String { "\(Statistics.fixed(Statistics.median(runs.map(\.p99)), 2)) ms" }
        bench.report.add(
            Report.Line(
                what: "p99 beside one that never reads", hub: p99(with), reference: "without \(p99(without))",
                ratio: Statistics.median(ratios), target: "≤ 1.20",
                note: "\(Self.pairs) pairs of \(Self.rounds) events to \(Self.screens) screens: ratio "
                    + "\(Statistics.spread(ratios, 2)); it was closed with 3008 each time"))
        let cost = zip(with, without).map { max(0, $0.heap - $1.heap) }
        bench.report.add(
            Report.Line(
                what: "  what it cost of the heap", hub: "\(Statistics.fixed(Statistics.median(cost) / 1024, 0)) KiB",
                reference: "queued \(Self.limit / 1024) KiB", ratio: Statistics.median(cost) / Double(Self.limit),
                target: "", note: "the frames queued and what the allocator keeps about each"))
    }
}
