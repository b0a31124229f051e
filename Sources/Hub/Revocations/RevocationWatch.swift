import Clinic
package import Platform
package import Store

/// Reads what was revoked anywhere: all of it at the start, then what is new, when it is told and once a second anyway.
/// Loop-confined; one a process.
///
/// While the database is away nothing new is learned, and nothing can be revoked; what was known goes on to hold.
package final class RevocationWatch {
    /// A revocation is seen at its commit, and no statement takes longer than this.
    private static let longestCommit = Duration.seconds(300)
    /// Clocks of issuers and hubs may be so far apart.
    private static let longestLeeway = Duration.seconds(600)
    private static let poll = Duration.seconds(1)

    private let reactor: Reactor
    private let store: RevocationStore
    private let revocations: Revocations
    private var cursor = RevocationStore.Cursor.start
    private var isLooking = false
    private var looksAgain = false
    private var isStopped = false

    package init(reactor: Reactor, store: RevocationStore, revocations: Revocations) {
        self.reactor = reactor
        self.store = store
        self.revocations = revocations
    }

    /// Reads everything that is new; on the first call all that is not over. Before it returns nobody should be let in.
    package func load() async throws(StoreError) {
        var next = cursor == .start ? cursor : cursor.back(by: Self.longestCommit)
        while true {
            let page = try await store.changes(after: next)
            revocations.add(page.revocations)
            next = page.last
            if cursor < next { cursor = next }
            if !page.hasMore { return }
        }
    }

    /// Looks once a second from now on.
    package func start() {
        _ = reactor.schedule(after: Self.poll) { [self] in
            guard !isStopped else { return }
            look()
            revocations.removeExpired(
                before: Timestamp(microseconds: WallTime.now().microseconds).advanced(by: .zero - Self.longestLeeway))
            start()
        }
    }

    package func stop() { isStopped = true }

    /// Looks now; while a look is under way, once more after it.
    package func look() {
        looksAgain = isLooking
        guard !isLooking else { return }
        isLooking = true
        reactor.spawn { [self] in
            repeat {
                looksAgain = false
                // What cannot be read now is read in a second.
                try? await load()
            } while looksAgain
            isLooking = false
        }
    }
}
