import Platform

/// Runs `body` on so many threads at once and waits for all; throws the first error of any.
package func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
    let failure = Locked<(any Error)?>(nil)
    var threads: [EventLoop<Void>] = []
    defer {
        for thread in threads {
            thread.stop()
            thread.join()
        }
    }
    var latches: [Latch] = []
    for index in 0..<count {
        let thread = try EventLoop<Void>(name: "test-\(index)") { _ in }
        let done = Latch()
        threads.append(thread)
        latches.append(done)
        thread.post { _ in
            do {
                try body(index)
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
            done.open()
        }
    }
    for latch in latches { latch.wait() }
    if let error = failure.withLock({ $0 }) { throw error }
}
