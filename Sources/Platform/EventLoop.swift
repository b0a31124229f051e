import Glibc

/// A thread with its own epoll set, and the handle to it that may leave the thread.
///
/// `State` is everything that lives on the loop: it is made inside the thread and never leaves it. Others only `post`.
package final class EventLoop<State>: Sendable {
    private struct Inbox {
        var posts: [@Sendable (State) -> Void] = []
        var isStopping = false
    }

    private let executor: LoopExecutor
    private let inbox = Locked(Inbox())
    private let finished = Latch()

    /// Starts the thread and waits until `makeState` has built the loop's state there.
    ///
    /// - Throws: what `makeState` threw, or a `SystemError` when the kernel gives no thread or epoll set.
    package init(name: String, makeState: @escaping @Sendable (Reactor) throws -> State) throws {
        let executor = try LoopExecutor()
        self.executor = executor
        let started = Locked<(any Error)?>(nil)
        let ready = Latch()
        try startThread(name: name) { [inbox, finished] in
            executor.bind()
            do {
                let reactor = try Reactor(executor: executor)
                let state = try makeState(reactor)
                ready.open()
                Self.run(reactor, state, inbox)
            } catch {
                started.withLock { $0 = error }
                ready.open()
            }
            finished.open()
        }
        ready.wait()
        if let error = started.withLock({ $0 }) { throw error }
    }

    /// Runs `work` on the loop, after everything posted before it. Any thread. Nothing runs after `stop`.
    package func post(_ work: @escaping @Sendable (State) -> Void) {
        inbox.withLock { $0.posts.append(work) }
        executor.wake()
    }

    /// Asks the loop a question and suspends until it has answered. Any thread; the loop must not have been stopped.
    package func ask<Answer: Sendable>(_ question: @escaping @Sendable (State) -> Answer) async -> Answer {
        await withCheckedContinuation { continuation in post { continuation.resume(returning: question($0)) } }
    }

    /// Runs `body` as a task of the loop, each step of it on the loop's thread, and gives the caller what came of it.
    ///
    /// Not after `stop`: it would wait for ever. The task is the loop's own, since one that only lends the caller's task
    /// its executor need not hop there before the first suspension.
    package func run<Value: Sendable>(
        _ body: @escaping @Sendable (State) async throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            post { [executor] state in
                let loan = Loan(state: state)
                Task(executorPreference: executor) {
                    do {
                        continuation.resume(returning: try await body(loan.state))
                    } catch {
                        continuation.resume(throwing: error)
                    }
                }
            }
        }
    }

    /// Ends the loop after the posts that it already has. Its state is released on its thread.
    package func stop() {
        inbox.withLock { $0.isStopping = true }
        executor.wake()
    }

    /// Blocks until the thread has ended. Not from the loop itself.
    package func join() { finished.wait() }

    private static func run(_ reactor: Reactor, _ state: State, _ inbox: Locked<Inbox>) {
        while true {
            let (posts, isStopping) = inbox.withLock { inbox in
                defer { inbox.posts.removeAll() }
                return (inbox.posts, inbox.isStopping)
            }
            for post in posts { post(state) }
            reactor.runPending()
            if isStopping { return }
            reactor.wait()
        }
    }
}

/// A loop's state on its way to code that runs on that loop.
private struct Loan<State>: @unchecked Sendable {  // looked into only on the loop's own thread
    let state: State
}
