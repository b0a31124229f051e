import Hub
import HubProtocol
import Platform

/// CPU a delivery: the hub's fan-out of one event to 1,000 screens of a clinic, against C that sends the same frames.
///
/// Both do 50 rounds a second, and both are charged the whole CPU time of their thread: waking up, encoding, sending, and
/// what the kernel does on its account. The screens run in another process. Runs alternate, so that both meet the same
/// noise, and the ratio is the median of the pairs' ratios.
struct DeliveryCost {
    static let screens = 1_000
    private static let pairs = 5
    private static let rounds = 100
    private static let interval = Duration.milliseconds(20)

    let bench: Bench

    func run() throws {
        let load = try LoadProcess()
        let hub = try bench.hub(loops: 1)
        defer { hub.end() }
        let clinic = BenchClinic(0)
        bench.report.progress("delivery: \(Self.screens) screens and as many bare sockets")
        try load.ask(
            .open(count: Self.screens, port: hub.port, clinic: clinic.id, token: try clinic.screenToken()))
        let stream = EventStream(clinic: clinic, epoch: try bench.epoch(of: clinic))
        try hub.prepareFanOut(stream)
        let bare = try BareSockets(Self.screens, load: load)
        var hubCosts: [Double] = []
        var bareCosts: [Double] = []
        // The first pair warms both up and is not counted.
        for pair in 0...Self.pairs {
            try load.ask(.clear)
            let hubTime = try hub.fanOut(rounds: Self.rounds, interval: Self.interval)
            try load.awaitEvents(Self.rounds * Self.screens)
            let bareTime = try bare.run(rounds: Self.rounds, interval: Self.interval, stream).threadTime
            try load.awaitEvents(2 * Self.rounds * Self.screens)
            guard pair > 0 else { continue }
            hubCosts.append(Double(hubTime) / Double(Self.rounds * Self.screens))
            bareCosts.append(Double(bareTime) / Double(Self.rounds * Self.screens))
            bench.report.progress(
                "delivery: pair \(pair), \(Statistics.fixed(hubCosts[pair - 1], 0)) ns and "
                    + "\(Statistics.fixed(bareCosts[pair - 1], 0)) ns")
        }
        let ratios = zip(hubCosts, bareCosts).map { $0 / $1 }
        bench.report.add(
            Report.Line(
                what: "CPU a delivery, 1,000 screens", hub: "\(Statistics.fixed(Statistics.median(hubCosts), 0)) ns",
                reference: "bare \(Statistics.fixed(Statistics.median(bareCosts), 0)) ns",
                ratio: Statistics.median(ratios), target: "≤ 1.00",
                note: "\(Self.pairs) pairs: hub \(Statistics.spread(hubCosts, 0)), bare "
                    + "\(Statistics.spread(bareCosts, 0)), ratio \(Statistics.spread(ratios, 2))"))
    }
}

extension BenchHub {
    /// Makes the first loop ready to publish events of the stream.
    func prepareFanOut(_ stream: EventStream) throws {
        let loop = loop
        let isReady = try waiting {
            await loop.ask { state in
                state.fanOut = FanOut(state, on: loop, stream)
                return state.fanOut != nil
            }
        }
        guard isReady else { throw ControlLine.Lost() }
    }

    /// Publishes so many events at a steady pace; the loop's CPU time in nanoseconds. Blocks.
    func fanOut(rounds: Int, interval: Duration) throws -> UInt64 {
        let loop = loop
        return try waiting {
            await withCheckedContinuation { continuation in
                loop.post { state in
                    state.fanOut?.run(rounds: rounds, interval: interval) { continuation.resume(returning: $0) }
                }
            }
        }
    }
}
