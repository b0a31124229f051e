import Clinic
import Glibc
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    @Suite("A rolling restart")
    struct RollingRestart {
        /// The time that a close names.
        private func slot(_ reason: String) -> Int? {
            reason.split(separator: " ").first { $0.hasPrefix("retry_after_ms=") }
                .flatMap { Int($0.dropFirst("retry_after_ms=".count)) }
        }

        @Test("Each screen is given a slot of its own, and no second holds more of them than the rate")
        func slots() throws {
            var options = HubProcess.Options()
            options.configuration = "loops: 3, drain: { reconnectsPerSecond: 20 }"
            let hub = try HubProcess(options)
            defer { hub.end() }
            let sockets = try (0..<120).map { _ in try hub.socket(.admin) }
            hub.send(SIGTERM)
            var slots: [Int] = []
            for socket in sockets {
                let (code, reason) = try socket.close(within: .seconds(30))
                #expect(code == .restart)
                slots.append(try #require(slot(reason), "\(reason)"))
                try socket.send(.close, FrameEncoder.closePayload(code))
                socket.finishSending()
            }
            #expect(hub.awaitEnd() == 0)
            slots.sort()
            let busiest = slots.map { start in slots.count { (start..<start + 1_000).contains($0) } }.max() ?? 0
            #expect(busiest <= 21, "\(slots)")
            #expect(slots.first ?? 0 >= 500)
            // However the loops were filled, it takes no longer than if one had them all.
            #expect(slots.last ?? 0 <= 500 + 120 * 3 * 50)
        }
    }
}
