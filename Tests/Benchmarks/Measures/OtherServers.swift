import Clinic
import Glibc
import Hub
import HubProtocol
import Platform
import Wire

/// CPU a delivery of servers that others run, over the same load process, frames and pace as `DeliveryCost`, against the
/// same bare loop in the same run. One worker each; they are posted each text over HTTP, which counts a thousandth.
struct OtherServers {
    private static let screens = 1_000
    private static let rounds = 150
    private static let interval = Duration.milliseconds(20)
    private static let pairs = 3

    let bench: Bench

    func run() throws {
        for kind in OtherServer.Kind.allCases {
            guard kind.isInstalled else {
                bench.report.add(
                    Report.Line(
                        what: kind.rawValue, hub: "not installed",
                        note: "./hub bench --compare installs \(kind.packages), where apt-get has them"))
                continue
            }
            try run(kind)
        }
    }

    private func run(_ kind: OtherServer.Kind) throws {
        let load = try LoadProcess(apart: true)
        let clinic = BenchClinic(5)
        let hub = try bench.hub(loops: 1)
        defer { hub.end() }
        try load.ask(.open(count: Self.screens, port: hub.port, clinic: clinic.id, token: try clinic.screenToken()))
        let server = try OtherServer(kind)
        bench.report.progress("compare: \(Self.screens) screens of \(kind.rawValue)")
        try load.ask(.upgrade(count: Self.screens, port: server.port, target: server.target))
        let bare = try BareLoop(hub, expecting: Self.screens)
        let stream = EventStream(clinic: clinic, epoch: EpochID(high: 1, low: 1))
        var costs: [Double] = []
        var ratios: [Double] = []
        // The first pair warms both up and is not counted.
        for pair in 0...Self.pairs {
            try load.ask(.clear)
            let cost = try publish(server, stream, from: 1_000_000 + Int64(pair * Self.rounds))
            try load.awaitEvents(Self.rounds * Self.screens)
            let bareTime = try bare.run(rounds: Self.rounds, interval: Self.interval, stream).threadTime
            try load.awaitEvents(2 * Self.rounds * Self.screens)
            guard pair > 0 else { continue }
            costs.append(cost)
            ratios.append(cost / (Double(bareTime) / Double(Self.rounds * Self.screens)))
        }
        bench.report.add(
            Report.Line(
                what: "CPU a delivery, \(kind.rawValue)", hub: "",
                reference: "\(Statistics.fixed(Statistics.median(costs), 0)) ns",
                ratio: Statistics.median(ratios),
                note: "\(Self.pairs) pairs: \(Statistics.spread(costs, 0)) ns, ratio to the bare loop "
                    + "\(Statistics.spread(ratios, 2))"))
    }

    /// Nanoseconds of processor time a delivery.
    private func publish(_ server: OtherServer, _ stream: EventStream, from seq: Int64) throws -> Double {
        let begin = server.processorTime.seconds
        var due = MonotonicTime.now()
        for round in 0..<Self.rounds {
            due = due.advanced(by: Self.interval)
            let frame = stream.event(seq + Int64(round)).frame.bytes
            // Behind the header of two bytes, or of four where the length stands in two more.
            let text = Array(frame.dropFirst(frame[1] < 126 ? 2 : 4))
            waitUntil(due)
            try server.publish(text)
        }
        return (server.processorTime.seconds - begin) * 1e9 / Double(Self.rounds * Self.screens)
    }

    private func waitUntil(_ time: MonotonicTime) {
        let left = MonotonicTime.now().duration(to: time)
        usleep(UInt32(clamping: left.wholeNanoseconds / 1_000))
    }
}
