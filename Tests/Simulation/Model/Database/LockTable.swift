import Clinic

/// A row, or an advisory lock, that a transaction may hold to its end.
enum LockedRow: Hashable {
    case escalation(AlertID)
    case message(MessageID)
    case attempt(AttemptID)
    case received(GatewayWord)
    case number(ContactID)
}

/// The row locks of PostgreSQL, as far as Store uses them: FOR NO KEY UPDATE (alone) and FOR SHARE (shared), waited for in
/// the order of asking, or skipped.
struct LockTable {
    private struct Lock {
        var holders: [(session: Int, isShared: Bool)] = []
        var waiters: [(session: Int, isShared: Bool, grant: () -> Void)] = []

        func admits(_ session: Int, isShared: Bool) -> Bool {
            holders.allSatisfy { $0.session == session || ($0.isShared && isShared) }
        }
    }

    private var locks: [LockedRow: Lock] = [:]
    private var heldBy: [Int: [LockedRow]] = [:]
    private var waitsFor: [Int: LockedRow] = [:]

    /// SKIP LOCKED: takes the row if it is free; false if it is not.
    mutating func tryLock(_ row: LockedRow, _ session: Int, isShared: Bool = false) -> Bool {
        guard locks[row, default: Lock()].admits(session, isShared: isShared) else { return false }
        hold(row, session, isShared)
        return true
    }

    /// What came of asking for a row.
    enum Answer {
        case taken
        /// `grant` is called when it is free.
        case waits
        /// It waits, and in a circle: for ever.
        case waitsInCircle
    }

    /// Takes the row, or waits for it.
    mutating func lock(_ row: LockedRow, _ session: Int, grant: @escaping () -> Void) -> Answer {
        let lock = locks[row, default: Lock()]
        let isHolder = lock.holders.contains { $0.session == session }
        if lock.admits(session, isShared: false), isHolder || lock.waiters.isEmpty {
            hold(row, session, false)
            return .taken
        }
        locks[row, default: lock].waiters.append((session, false, grant))
        waitsFor[session] = row
        return isInCircle(session) ? .waitsInCircle : .waits
    }

    /// The session is over: frees its rows and calls whoever waited. The calls to make, in order.
    mutating func release(_ session: Int) -> [() -> Void] {
        if let row = waitsFor.removeValue(forKey: session) {
            locks[row]?.waiters.removeAll { $0.session == session }
        }
        var grants: [() -> Void] = []
        for row in heldBy.removeValue(forKey: session) ?? [] {
            locks[row]?.holders.removeAll { $0.session == session }
            while let lock = locks[row], let next = lock.waiters.first,
                lock.admits(next.session, isShared: next.isShared)
            {
                locks[row]?.waiters.removeFirst()
                waitsFor[next.session] = nil
                hold(row, next.session, next.isShared)
                grants.append(next.grant)
            }
            if let lock = locks[row], lock.holders.isEmpty, lock.waiters.isEmpty { locks[row] = nil }
        }
        return grants
    }

    private mutating func hold(_ row: LockedRow, _ session: Int, _ isShared: Bool) {
        locks[row, default: Lock()].holders.append((session, isShared))
        heldBy[session, default: []].append(row)
    }

    private func isInCircle(_ start: Int) -> Bool {
        var seen: Set<Int> = []
        var front = [start]
        while let session = front.popLast() {
            guard let row = waitsFor[session], let lock = locks[row] else { continue }
            for holder in lock.holders where holder.session != session {
                if holder.session == start { return true }
                if seen.insert(holder.session).inserted { front.append(holder.session) }
            }
        }
        return false
    }
}
