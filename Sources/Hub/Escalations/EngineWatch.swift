package import Platform
package import Store

/// The escalation engine's dead-man: looks at the timers themselves, so that it sees whatever keeps them from being run,
/// in this hub or in all of them. Loop-confined; one a loop.
///
/// The engine is late where the oldest overdue timer is older than `limit`, or where nobody could look for so long.
package final class EngineWatch {
    /// Older than this, an overdue timer means that escalation does not work.
    package static let limit = Duration.seconds(15)
    private static let interval = Duration.seconds(3)

    private let reactor: Reactor
    private let store: Store
    private var overdue = Duration.zero
    private var lookedAt: MonotonicTime
    private var isStopped = false

    package init(reactor: Reactor, store: Store) {
        self.reactor = reactor
        self.store = store
        lookedAt = .now()
    }

    package func start() { reactor.spawn { await self.look() } }

    package func stop() { isStopped = true }

    /// How late escalation is; nil while it is in time.
    package var lateness: Duration? {
        let age = lookedAt.duration(to: .now())
        guard overdue > Self.limit || age > Self.limit else { return nil }
        return overdue + age
    }

    private func look() async {
        do {
            overdue = try await store.timers.oldestOverdue() ?? .zero
            lookedAt = .now()
        } catch {
            Log.warning("timers not readable", ["error": error.logName])
        }
        guard !isStopped else { return }
        _ = reactor.schedule(after: Self.interval) { [weak self] in self?.start() }
    }
}
