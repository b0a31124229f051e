package import Platform
package import Store

/// Seals the audit in the background, the seed's `audit-flush`: once a second the rows that were written meanwhile get their
/// places in their clinics' chains. Loop-confined; one a process. Several hubs may seal: one a clinic at a time.
package final class AuditSealer {
    private static let interval = Duration.seconds(1)

    private let reactor: Reactor
    private let store: AuditStore
    private var isStopped = false
    private var isWarned = false
    /// Rows that this process sealed.
    package private(set) var sealed: UInt64 = 0

    package init(reactor: Reactor, store: AuditStore) {
        self.reactor = reactor
        self.store = store
    }

    package func start() { reactor.spawn { await self.seal() } }

    package func stop() { isStopped = true }

    private func seal() async {
        do {
            // Where more wait than one call takes, the next one follows at once.
            var count: Int
            repeat {
                count = try await store.seal()
                sealed &+= UInt64(count)
            } while count >= AuditStore.maximumSealed && !isStopped
            isWarned = false
        } catch {
            if !isWarned { Log.warning("audit not sealed", ["error": error.logName]) }
            isWarned = true
        }
        guard !isStopped else { return }
        _ = reactor.schedule(after: Self.interval) { [weak self] in self?.start() }
    }
}
