import BareLoop
import Hub
import Platform

/// Allocations of a delivered frame in steady state: a count, the same on every machine, and therefore a gate.
///
/// They are counted by a malloc in front of glibc's, on the loop's thread, around the fan-out of one encoded event to
/// 1,000 screens; the encoding is counted apart.
struct FrameCounts {
    private static let screens = 1_000
    private static let events = 20

    let bench: Bench

    func run() throws {
        let load = try LoadProcess()
        let hub = try bench.hub(loops: 1)
        defer { hub.end() }
        let clinic = BenchClinic(2)
        bench.report.progress("counts: allocations")
        try load.ask(.open(count: Self.screens, port: hub.port, clinic: clinic.id, token: try clinic.screenToken()))
        try hub.prepareFanOut(EventStream(clinic: clinic, epoch: try bench.epoch(of: clinic)))
        // The ring and the buckets have grown after some.
        _ = try countAllocations(hub, 600)
        let counts = try countAllocations(hub, Self.events)
        let perEvent = Double(counts.map(\.fanOut).reduce(0, +)) / Double(counts.count)
        let perEncoding = Double(counts.map(\.encoding).reduce(0, +)) / Double(counts.count)
        let perDelivery = perEvent / Double(Self.screens)
        bench.report.add(
            Report.Line(
                what: "allocations a delivered frame", hub: Statistics.fixed(perDelivery, 3), target: "0",
                note:
                    "\(Statistics.fixed(perEvent, 1)) an event that is fanned out to \(Self.screens) screens, and \(Statistics.fixed(perEncoding, 1)) for encoding it once"
            ))
        bench.report.gate("allocationsAFannedOutEvent", perEvent, baselines: bench.baselines)
        if bench.options.isFull { try FrameInstructions(bench: bench, load: load).run() }
    }

    private func countAllocations(_ hub: BenchHub, _ events: Int) throws -> [(encoding: UInt64, fanOut: UInt64)] {
        let loop = hub.loop
        return try waiting {
            var counts: [(encoding: UInt64, fanOut: UInt64)] = []
            for _ in 0..<events {
                counts.append(
                    await loop.ask { state in
                        bare_loop_count_allocations()
                        guard let event = state.fanOut?.nextEvent() else { return (.max, .max) }
                        let encoding = bare_loop_counted_allocations()
                        bare_loop_count_allocations()
                        state.hub.channels.publish(event)
                        return (encoding, bare_loop_counted_allocations())
                    })
            }
            return counts
        }
    }
}
