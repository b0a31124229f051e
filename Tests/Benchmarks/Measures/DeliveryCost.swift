import BareLoop
import Hub
import HubProtocol
import Platform

/// CPU a delivery: the hub's fan-out of one event to 1,000 screens of a clinic, one by one, together by io_uring, and over
/// TLS; against C that sends the same frames on the same sockets, by `send()` and by io_uring.
///
/// All do 50 rounds a second, and all are charged the whole CPU time of their thread: waking up, encoding, sending, and
/// what the kernel does on its account. The screens run in another process and on another processor: where the scheduler
/// puts clients beside the sender they interrupt it, by chance more or less. A pair of runs alternates in slices of
/// 10 rounds, so that all meet the same noise, and a ratio is the median of the pairs' ratios.
struct DeliveryCost {
    static let screens = 1_000
    private static let pairs = 5
    private static let rounds = 50
    private static let slices = 5
    private static let interval = Duration.milliseconds(20)

    let bench: Bench

    func run() throws {
        let load = try LoadProcess(apart: true)
        let clinic = BenchClinic(0)
        let stream = EventStream(clinic: clinic, epoch: try bench.epoch(of: clinic))
        var hubs: [BenchHub] = []
        defer { for hub in hubs { hub.end() } }
        func open(_ variant: BenchHub.Variant) throws -> BenchHub {
            let hub = try bench.hub(loops: 1, variant)
            hubs.append(hub)
            let isSecure = variant.tls != nil
            bench.report.progress("delivery: \(Self.screens) screens\(isSecure ? " over TLS" : "")")
            try load.ask(
                .open(
                    count: Self.screens, port: hub.port, clinic: clinic.id, token: try clinic.screenToken(),
                    isSecure: isSecure))
            try hub.prepareFanOut(stream)
            hub.placeOnProcessor()
            return hub
        }
        let plain = try open(BenchHub.Variant())
        let bare = try BareLoop(plain, expecting: Self.screens)
        var contestants = [
            Contestant("bare") { try bare.run(rounds: $0, interval: Self.interval, stream).threadTime },
            Contestant("hub") { try plain.fanOut(rounds: $0, interval: Self.interval) },
        ]
        let ring = try? open(BenchHub.Variant(usesSendRing: true))
        if let ring {
            contestants += [
                Contestant("bare io_uring") {
                    try bare.run(rounds: $0, interval: Self.interval, stream, byRing: true).threadTime
                },
                Contestant("hub io_uring") { try ring.fanOut(rounds: $0, interval: Self.interval) },
            ]
        }
        let secure = try open(BenchHub.Variant(usesSendRing: ring != nil, tls: try BenchCertificate.configuration()))
        contestants.append(Contestant("hub TLS") { try secure.fanOut(rounds: $0, interval: Self.interval) })
        try compete(contestants, load)
        report(contestants)
    }

    /// One of those that are measured in turn.
    private final class Contestant {
        let name: String
        let run: (Int) throws -> UInt64
        /// Nanoseconds a delivery, a pair's runs each.
        var costs: [Double] = []

        init(_ name: String, _ run: @escaping (Int) throws -> UInt64) {
            self.name = name
            self.run = run
        }
    }

    private func compete(_ contestants: [Contestant], _ load: LoadProcess) throws {
        // The first round of all warms up and is not counted.
        for pair in 0...Self.pairs {
            var times = contestants.map { _ in UInt64(0) }
            for _ in 0..<Self.slices {
                for (index, contestant) in contestants.enumerated() {
                    try load.ask(.clear)
                    times[index] += try contestant.run(Self.rounds / Self.slices)
                    try load.awaitEvents(Self.rounds / Self.slices * Self.screens)
                }
            }
            guard pair > 0 else { continue }
            for (contestant, time) in zip(contestants, times) {
                contestant.costs.append(Double(time) / Double(Self.rounds * Self.screens))
            }
            let texts = contestants.map { "\($0.name) \(Statistics.fixed($0.costs[pair - 1], 0)) ns" }
            bench.report.progress("delivery: pair \(pair), \(texts.joined(separator: ", "))")
        }
    }

    private func report(_ contestants: [Contestant]) {
        func find(_ name: String) -> Contestant? { contestants.first { $0.name == name } }
        guard let bare = find("bare"), let plain = find("hub") else { return }
        add("CPU a delivery, 1,000 screens", plain, to: bare, target: "≤ 1.00")
        if let ring = find("hub io_uring"), let bareRing = find("bare io_uring") {
            add("the same by io_uring", ring, to: bare, target: "≤ 0.88")
            add("a bare C loop by io_uring", bareRing, to: bare)
        } else {
            bench.report.add(Report.Line(what: "the same by io_uring", hub: "not available here", target: "≤ 0.88"))
        }
        if let secure = find("hub TLS") { add("the same over TLS", secure, to: plain, target: "≤ 1.60") }
    }

    private func add(_ what: String, _ one: Contestant, to other: Contestant, target: String = "") {
        let ratios = zip(one.costs, other.costs).map { $0 / $1 }
        bench.report.add(
            Report.Line(
                what: what, hub: "\(Statistics.fixed(Statistics.median(one.costs), 0)) ns",
                reference: "\(other.name) \(Statistics.fixed(Statistics.median(other.costs), 0)) ns",
                ratio: Statistics.median(ratios), target: target,
                note: "\(Self.pairs) pairs: \(one.name) \(Statistics.spread(one.costs, 0)), \(other.name) "
                    + "\(Statistics.spread(other.costs, 0)), ratio \(Statistics.spread(ratios, 2))"))
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

    /// Keeps the first loop on processor 0.
    func placeOnProcessor() { loop.post { _ in bare_loop_place(0, 0) } }

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
