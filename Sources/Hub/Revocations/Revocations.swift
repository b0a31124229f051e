import Clinic
import Platform
package import Store

/// The revoked tokens that this process knows, for all its loops. Any thread.
package final class Revocations: Sendable {
    private let known = Locked(RevocationSet())
    private let listeners = Locked<[@Sendable () -> Void]>([])

    package init() {}

    /// Adds a loop: `changed` posts to it that there are new ones.
    package func join(_ changed: @escaping @Sendable () -> Void) { listeners.withLock { $0.append(changed) } }

    /// What is revoked now; a copy, which costs nothing to take.
    package var current: RevocationSet { known.withLock { $0 } }

    /// Takes revocations, and tells the loops if any of them is new. From the return on each of them holds.
    package func add(_ revocations: [Revocation]) {
        let isChanged = known.withLock { set in
            var isChanged = false
            for revocation in revocations where set.add(revocation) { isChanged = true }
            return isChanged
        }
        guard isChanged else { return }
        for changed in listeners.withLock({ $0 }) { changed() }
    }

    /// Forgets tokens whose own end is `time` or earlier.
    func removeExpired(before time: Timestamp) { known.withLock { $0.removeExpired(before: time) } }
}
