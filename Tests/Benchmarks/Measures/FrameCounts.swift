import BareLoop
import Glibc
import Hub
import Platform

/// Allocations and instructions of a delivered frame in steady state: counts, the same on every machine, and therefore
/// gates.
///
/// Allocations are counted by a malloc in front of glibc's, on the loop's thread, around the fan-out of one encoded event to
/// 1,000 screens; the encoding is counted apart. Instructions are those of user space by the processor's own counter,
/// which many virtual machines do not have; with `--full` valgrind counts them too.
struct FrameCounts {
    private static let screens = 1_000
    private static let events = 20

    let bench: Bench

    func run() throws {
        let load = try LoadProcess()
        try count(load, BenchHub.Variant(), "")
        do {
            try count(load, BenchHub.Variant(usesSendRing: true), " by io_uring")
        } catch is BenchHub.NoSendRing {
            bench.report.progress("counts: there is no io_uring here")
        }
        if bench.options.isFull { try FrameInstructions(bench: bench, load: load).run() }
    }

    private func count(_ load: LoadProcess, _ variant: BenchHub.Variant, _ way: String) throws {
        let hub = try bench.hub(loops: 1, variant)
        defer { hub.end() }
        let clinic = BenchClinic(2)
        bench.report.progress("counts: a frame to \(Self.screens) screens\(way)")
        try load.ask(.open(count: Self.screens, port: hub.port, clinic: clinic.id, token: try clinic.screenToken()))
        defer { _ = try? load.ask(.close) }
        try hub.prepareFanOut(EventStream(clinic: clinic, epoch: try bench.epoch(of: clinic)))
        // The ring and the buckets have grown after some.
        _ = try countAllocations(hub, 600)
        report(try countAllocations(hub, Self.events), way)
        report(instructions: try countInstructions(hub), way)
    }

    private func report(_ counts: [(encoding: UInt64, fanOut: UInt64)], _ way: String) {
        let perEvent = Double(counts.map(\.fanOut).reduce(0, +)) / Double(counts.count)
        let perEncoding = Double(counts.map(\.encoding).reduce(0, +)) / Double(counts.count)
        bench.report.add(
            Report.Line(
                what: "allocations a frame\(way)", hub: Statistics.fixed(perEvent / Double(Self.screens), 3), target: "0",
                note: "\(Statistics.fixed(perEvent, 1)) an event that is fanned out to \(Self.screens) screens, and "
                    + "\(Statistics.fixed(perEncoding, 1)) for encoding it once"))
        bench.report.gate("allocationsAFannedOutEvent", perEvent, baselines: bench.baselines)
    }

    private func report(instructions count: UInt64?, _ way: String) {
        guard let count else {
            return bench.report.add(
                Report.Line(
                    what: "instructions a frame\(way)", hub: "not available",
                    note: "this machine's kernel gives no counter (perf_event_open); --full counts under valgrind"))
        }
        let perDelivery = Double(count) / Double(Self.events * Self.screens)
        bench.report.add(
            Report.Line(
                what: "instructions a frame\(way)", hub: Statistics.fixed(perDelivery, 1), note: "in user space"))
        bench.report.gate("instructionsADelivery", perDelivery, baselines: bench.baselines)
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

    /// Instructions of all the fan-outs; nil where nothing counts them.
    private func countInstructions(_ hub: BenchHub) throws -> UInt64? {
        let loop = hub.loop
        return try waiting {
            var sum: UInt64 = 0
            for _ in 0..<Self.events {
                let count: UInt64? = await loop.ask { state in
                    let counter = bare_loop_open_instruction_counter()
                    guard counter >= 0, let event = state.fanOut?.nextEvent() else { return nil }
                    defer { close(counter) }
                    let before = bare_loop_read_instruction_counter(counter)
                    state.hub.channels.publish(event)
                    return bare_loop_read_instruction_counter(counter) &- before
                }
                guard let count else { return nil }
                sum += count
            }
            return sum
        }
    }
}
