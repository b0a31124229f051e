package import Platform
package import Store

/// Refusals on their way into the audit, so that who is refused a million times does not fill the disk. A plain value.
///
/// The first of a kind is told at once; those that follow it within a window are counted, and told together when the
/// window is over. A kind is the address, the person, the act and the reason; sessions do not matter. Past `capacity`
/// kinds at a time further ones are counted by act and reason alone, without address and person. So there are at most
/// two rows a kind and window, however many refusals there are.
package struct RefusalLedger: Sendable {
    private struct Kind {
        var repeats = 0
        let since: MonotonicTime
    }

    private let capacity: Int
    private let window: Duration
    private var kinds: [AuditEntry: Kind] = [:]

    package init(capacity: Int, window: Duration) {
        self.capacity = capacity
        self.window = window
    }

    /// Whether there is anything that `takeRepeats` may still have to tell.
    package var isEmpty: Bool { kinds.isEmpty }

    /// Takes a refusal; returns the row that tells of it now, nil if it is told later.
    package mutating func note(_ entry: AuditEntry, now: MonotonicTime) -> AuditEntry? {
        var kind = Self.kind(of: entry)
        if kinds[kind] == nil, kinds.count >= capacity { kind = Self.anybody(kind) }
        guard kinds[kind] == nil else {
            kinds[kind]?.repeats += entry.occurrences
            return nil
        }
        kinds[kind] = Kind(since: now)
        var told = kind
        if kind.ipAddress != nil { told.sessionID = entry.sessionID }
        told.occurrences = entry.occurrences
        return told
    }

    /// Counts a row that could not be written among those that are told later.
    package mutating func restore(_ entry: AuditEntry, now: MonotonicTime) {
        var kind = Self.kind(of: entry)
        if kinds[kind] == nil, kinds.count >= capacity { kind = Self.anybody(kind) }
        kinds[kind, default: Kind(since: now)].repeats += entry.occurrences
    }

    /// The rows of the windows that are over; of all, if `isLast`.
    package mutating func takeRepeats(now: MonotonicTime, isLast: Bool = false) -> [AuditEntry] {
        var told: [AuditEntry] = []
        for (entry, kind) in kinds where isLast || kind.since.duration(to: now) >= window {
            kinds[entry] = nil
            guard kind.repeats > 0 else { continue }
            var row = entry
            row.occurrences = kind.repeats
            told.append(row)
        }
        return told
    }

    private static func kind(of entry: AuditEntry) -> AuditEntry {
        var kind = entry
        kind.sessionID = nil
        kind.occurrences = 1
        return kind
    }

    private static func anybody(_ kind: AuditEntry) -> AuditEntry {
        AuditEntry(kind.action, clinic: nil, actor: nil, outcome: kind.outcome)
    }
}
