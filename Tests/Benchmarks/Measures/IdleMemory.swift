import BareLoop
import Glibc
import Platform
import TestSupport

/// User-space memory an idle, authenticated, subscribed connection: what the hub's process holds more of, by connection.
///
/// Counted is the heap in use by `mallinfo2`, all arenas and malloc's own bookkeeping and rounding included, before the
/// screens come and after they have come and rested; tables that grew by doubling count with their spare room. The
/// screens live in another process. RSS is told beside it: whole pages, and what the allocator keeps of the handshakes.
struct IdleMemory {
    private static let steps = [1_000, 15_000]
    /// Over TLS; more only makes the handshakes take longer.
    private static let secureSteps = [1_000]
    private static let rest: UInt32 = 3
    /// Screens that come first and are not counted: what is made once, the channel, the pool's sessions with their buffers
    /// and prepared statements, is no connection's. Ten do not open all of the pool's sessions.
    private static let first = 100

    let bench: Bench

    func run() throws {
        try measure(Self.steps, BenchHub.Variant(), target: 1_024, gate: "idleBytesAt")
        try measure(
            Self.secureSteps, BenchHub.Variant(tls: try BenchCertificate.configuration()), target: 24 << 10,
            gate: "idleSecureBytesAt")
    }

    private func measure(_ steps: [Int], _ variant: BenchHub.Variant, target: Int, gate: String) throws {
        let load = try LoadProcess()
        let hub = try bench.hub(loops: 1, variant)
        defer { hub.end() }
        let isSecure = variant.tls != nil
        let clinic = BenchClinic(BenchClinic.count - 1)
        let token = try clinic.screenToken()
        try load.ask(.open(count: Self.first, port: hub.port, clinic: clinic.id, token: token, isSecure: isSecure))
        sleep(1)
        let heap = bare_loop_heap_in_use()
        let resident = Self.residentBytes()
        var open = Self.first
        for step in steps {
            bench.report.progress("memory: \(step) screens\(isSecure ? " over TLS" : "")")
            let seconds = try load.ask(
                .open(count: step - open, port: hub.port, clinic: clinic.id, token: token, isSecure: isSecure),
                within: .seconds(300))[0]
            let rate = Double(step - open) / max(seconds, 0.001)
            open = step
            sleep(Self.rest)
            let bytes = Double(Int(bare_loop_heap_in_use()) - Int(heap)) / Double(step - Self.first)
            let pages = Double(Self.residentBytes() - resident) / Double(step - Self.first)
            bench.report.add(
                Report.Line(
                    what: "memory an idle \(isSecure ? "TLS " : "")screen, \(step)",
                    hub: "\(Statistics.fixed(bytes, 0)) B", ratio: bytes / Double(target),
                    target: isSecure ? "≤ 24 KiB" : "≤ 1,024 B",
                    note: "RSS \(Statistics.fixed(pages, 0)) B; opened, authenticated and subscribed at "
                        + "\(Statistics.fixed(rate, 0)) a second"))
            bench.report.gate("\(gate)\(step)", bytes, baselines: bench.baselines)
        }
    }

    private static func residentBytes() -> Int {
        let pages = HubProgram.text("/proc/self/statm").split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(sysconf(CInt(_SC_PAGESIZE)))
    }
}
