package import Platform

/// Runs `body` as a task of a loop made for it, waits for its end, and ends the loop.
///
/// Whatever is confined to a loop (a pool, a connection, a client) is made and used inside `body`.
package func onLoop<Value: Sendable>(
    _ body: @escaping @Sendable (Reactor) async throws -> Value
) async throws -> Value {
    let loop = try EventLoop(name: "test") { reactor in reactor }
    defer {
        loop.stop()
        loop.join()
    }
    return try await withCheckedThrowingContinuation { continuation in
        loop.post { reactor in
            reactor.spawn {
                do {
                    continuation.resume(returning: try await body(reactor))
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }
}

/// Waits, on the loop, until `condition` holds; false if it does not within `limit`.
package func eventually(
    _ reactor: Reactor, within limit: Duration = .seconds(10), _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let deadline = MonotonicTime.now().advanced(by: limit)
    while try await !condition() {
        if MonotonicTime.now() > deadline { return false }
        await reactor.sleep(for: .milliseconds(5))
    }
    return true
}
