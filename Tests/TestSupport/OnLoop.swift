package import Platform

/// Runs `body` on a loop made for it, as a part of the calling task, and ends the loop.
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
    return try await loop.run(body)
}

/// Waits, on the loop, until `condition` holds; false if it does not within `limit`.
package func eventually(
    _ reactor: Reactor, within limit: Duration = .seconds(30), _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let deadline = MonotonicTime.now().advanced(by: limit)
    while true {
        // Looked at once more after the deadline: this task may have waited for its thread all the time.
        let isLast = MonotonicTime.now() > deadline
        if try await condition() { return true }
        if isLast { return false }
        await reactor.sleep(for: .milliseconds(5))
    }
}
