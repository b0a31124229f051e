package import Database

/// Whose attempts they are: a number of this process, which one of its sessions with PostgreSQL holds a lock of.
///
/// When the process dies its session ends and PostgreSQL frees the lock: the next hub that looks finds the attempts without
/// a holder and takes their messages over, long before their lease ends. A process that is only slow keeps its session, and so
/// its attempts.
package struct AttemptHolder: Sendable, Hashable {
    let number: Int64

    // Shared: a session that was lost and not yet found so by the server does not keep its successor waiting.
    private static let hold = Statement("hold_attempts", "SELECT pg_advisory_lock_shared($1::bigint)")

    /// One for this process's life.
    package static func random() -> AttemptHolder { AttemptHolder(number: .random(in: 1...Int64.max)) }

    /// To be run on the session that stands for the process; holds until that session ends.
    package var hold: Call { Self.hold(.integer(number)) }
}
