import BareLoop
import Database
import Glibc
import Hub
import Platform
import TestSupport

/// Allocations, and with `--full` instructions, of a delivered frame in steady state: counts, the same on every machine,
/// and therefore gates.
///
/// Allocations are counted by a malloc in front of glibc's, on the loop's thread, around the fan-out of one encoded event to
/// 1,000 screens; what an event costs once is told apart from what each delivery costs by the difference to no screen.
/// Instructions are those of user space, counted by callgrind over the same code.
struct FrameCounts {
    private static let screens = 1_000
    private static let countedScreens = 200
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
        let perEvent = Double(counts.reduce(0, +)) / Double(counts.count)
        let perDelivery = perEvent / Double(Self.screens)
        bench.report.add(
            Report.Line(
                what: "allocations a delivered frame", hub: Statistics.fixed(perDelivery, 3), target: "0",
                note: "\(Statistics.fixed(perEvent, 1)) an event that is fanned out to \(Self.screens) screens"))
        bench.report.gate("allocationsAFannedOutEvent", perEvent, baselines: bench.baselines)
        if bench.options.isFull { try countInstructions() }
    }

    private func countAllocations(_ hub: BenchHub, _ events: Int) throws -> [UInt64] {
        let loop = hub.loop
        return try waiting {
            var counts: [UInt64] = []
            for _ in 0..<events {
                counts.append(
                    await loop.ask { state in
                        guard let event = state.fanOut?.nextEvent() else { return .max }
                        bare_loop_count_allocations()
                        state.hub.channels.publish(event)
                        return bare_loop_counted_allocations()
                    })
            }
            return counts
        }
    }

    // MARK: Instructions

    private func countInstructions() throws {
        let valgrind = "/usr/bin/valgrind"
        guard unsafe access(valgrind, X_OK) == 0 else {
            return bench.report.progress("counts: valgrind is not installed, instructions are not counted")
        }
        bench.report.progress("counts: instructions, under valgrind")
        let file = "/var/tmp/alert-hub-bench-\(getpid()).callgrind"
        defer { unsafe unlink(file) }
        let result = try HubProgram.run(
            valgrind,
            [
                "--tool=callgrind", "--toggle-collect=bare_loop_counted", "--callgrind-out-file=\(file)", "-q",
                OwnProgram.path, OwnProgram.instructions, try bench.database().access.socketDirectory,
            ], within: .seconds(300))
        let totals = HubProgram.text(file).split(separator: "\n").first { $0.hasPrefix("summary:") }
        guard result.exitCode == 0, let text = totals?.split(separator: " ").last, let count = Double(text), count > 0
        else { throw HubBinary.Failure(log: result.errors) }
        let perDelivery = count / Double(Self.events * Self.countedScreens)
        bench.report.add(
            Report.Line(
                what: "instructions a delivered frame", hub: Statistics.fixed(perDelivery, 1),
                note: "user space, system calls counted as one; \(Self.countedScreens) screens"))
        bench.report.gate("instructionsADelivery", perDelivery, baselines: bench.baselines)
    }

    /// What runs under callgrind: the fan-out inside `bare_loop_counted`, everything else outside.
    static func fanOutForCallgrind(socketDirectory: String) throws {
        let load = try LoadProcess()
        let login = "host='\(socketDirectory)' port=5432 dbname=alert_hub user="
        let hub = try BenchHub(ConnectionSettings(url: login + "alert_hub"), loops: 1)
        defer { hub.end() }
        let clinic = BenchClinic(3)
        try load.ask(
            .open(count: countedScreens, port: hub.port, clinic: clinic.id, token: try clinic.screenToken()))
        let epoch = try clinic.epoch(in: ConnectionSettings(url: login + "postgres"))
        try hub.prepareFanOut(EventStream(clinic: clinic, epoch: epoch))
        let loop = hub.loop
        try waiting {
            for _ in 0..<events {
                await loop.ask { state in
                    guard let event = state.fanOut?.nextEvent() else { return }
                    let body = Counted { state.hub.channels.publish(event) }
                    unsafe bare_loop_counted(
                        { context in
                            guard let context = unsafe context else { return }
                            unsafe Unmanaged<Counted>.fromOpaque(context).takeUnretainedValue().run()
                        },
                        Unmanaged.passUnretained(body).toOpaque())
                }
            }
        }
    }

    private final class Counted {
        let run: () -> Void
        init(_ run: @escaping () -> Void) { self.run = run }
    }
}
