import Outbound
import Platform

/// A client on a loop of its own, for tests that run elsewhere.
final class ClientLoop: Sendable {
    private let loop: EventLoop<OutboundClient>

    init(_ limits: OutboundLimits = OutboundLimits()) throws {
        loop = try EventLoop(name: "outbound-test") { reactor in
            try OutboundClient(reactor: reactor, limits: limits)
        }
    }

    deinit { loop.stop() }

    /// - Parameter deadline: longer than any test where it is not what is tested: tests share few threads, and one that
    ///   waits for its turn must not see a deadline pass.
    func perform(_ request: OutboundRequest, deadline: Duration = .seconds(600)) async -> OutboundResult {
        await withCheckedContinuation { continuation in
            loop.post { client in
                client.start(request, deadline: deadline) { continuation.resume(returning: $0) }
            }
        }
    }

    func close() async {
        await withCheckedContinuation { continuation in
            loop.post { client in
                client.close()
                continuation.resume()
            }
        }
    }

    /// Waits until the client has so many requests under way and waiting.
    func waitFor(active: Int, queued: Int) async {
        while await counts() != [active, queued] { await Task.yield() }
    }

    private func counts() async -> [Int] {
        await withCheckedContinuation { continuation in
            loop.post { continuation.resume(returning: [$0.activeCount, $0.queuedCount]) }
        }
    }
}
