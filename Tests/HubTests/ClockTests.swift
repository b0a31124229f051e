import Foundation
import Testing

@Suite("Clocks")
struct ClockTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test(
        "What decides who is called when reads no clock of this machine: the database's clock is the clock",
        arguments: ["Clinic", "Escalation", "Store", "Hub", "Database"])
    func layer(_ layer: String) throws {
        let folder = Self.root.appending(path: "Sources/\(layer)")
        let names = try #require(FileManager.default.enumerator(atPath: folder.path)).compactMap { $0 as? String }
        // These decide no call: a token's end is told by its issuer's clock, a request to a gateway is signed with the time
        // that the vendor compares with its own, operators are told when a gateway failed, and what a bill says is asked for
        // by the vendor's clock.
        let others: Set = [
            "Revocations/RevocationWatch.swift", "Dispatch/Dispatcher.swift", "Dispatch/GatewayStatus.swift",
            "Billing/SquareEngine.swift",
        ]
        let files = names.filter { $0.hasSuffix(".swift") && !others.contains($0) }
        #expect(!files.isEmpty)
        for name in files {
            let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            for clock in ["WallTime", "CLOCK_REALTIME", "gettimeofday", "Date()"] {
                #expect(!text.contains(clock), "\(layer)/\(name) reads \(clock)")
            }
        }
    }
}
