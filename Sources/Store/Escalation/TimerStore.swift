import Clinic
import Database
import Escalation

/// The timers of all clinics: rows of `escalations` whose time has come. Loop-confined; runs as ENGINE.
///
/// They are run by `EscalationStore.runDueTimers`.
package struct TimerStore {
    let pool: Pool

    /// A due timer, locked by the transaction that runs it.
    struct Due: Sendable {
        let alert: AlertID
        let clinic: ClinicID
        let generation: Int64
        /// Whether the policy is still to begin: nobody could be paged when the alert was raised.
        let isNew: Bool
        /// Whether the alert was held back until now.
        let isHeld: Bool
        let dueAt: Clinic.Timestamp
        /// How late it was found, by the database's clock.
        let lateness: Duration
    }

    // Row by row by an index, planned once, whatever the statistics say: those of a table that was all but empty a minute ago
    // have the planner read all of it for each batch, and planning anew takes longer than a batch of ten. Until the end of
    // the transaction.
    private static let byIndex = Statement(
        "plan_by_index",
        """
        SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
            set_config('enable_mergejoin', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true)
        """)

    // The most urgent first, whatever waits behind them: the inner query of the next urgency runs only where the ones
    // before it have left room. A row that another hub runs is skipped, and free again the moment that hub's session ends.
    // statement_timestamp() and not clock_timestamp(): only a stable function can bound an index scan.
    private static let lock = Statement(
        "lock_due_timers",
        """
        SELECT due.*, statement_timestamp() AS now
        FROM (VALUES (3::smallint), (2), (1), (0)) AS level (urgency)
        CROSS JOIN LATERAL (
            SELECT e.alert_id, e.clinic_id, e.generation, e.phase, e.due_at, e.hold IS NOT NULL AS is_held
            FROM escalations e
            WHERE e.urgency = level.urgency AND e.due_at <= statement_timestamp()
                AND (e.claimed_until IS NULL OR e.claimed_until <= statement_timestamp())
            ORDER BY e.due_at
            LIMIT $1
            FOR NO KEY UPDATE SKIP LOCKED
        ) due
        LIMIT $1
        """)

    // One of them by itself, if it is still due and nobody else's.
    private static let lockOne = Statement(
        "lock_due_timer",
        """
        SELECT e.alert_id, e.clinic_id, e.generation, e.phase, e.due_at, e.hold IS NOT NULL AS is_held,
            statement_timestamp() AS now
        FROM escalations e
        WHERE e.alert_id = $1 AND e.due_at <= statement_timestamp()
            AND (e.claimed_until IS NULL OR e.claimed_until <= statement_timestamp())
        FOR NO KEY UPDATE SKIP LOCKED
        """)

    // Beside the next one, how many are due that nobody has put aside, up to a limit: more than were locked are held by others
    // just now.
    private static let next = Statement(
        "next_timer",
        """
        SELECT (EXTRACT(EPOCH FROM min(coming.due_at) - statement_timestamp()) * 1000000)::bigint AS due_in, (
                SELECT count(*) FROM (
                    SELECT FROM escalations e
                    WHERE e.due_at <= statement_timestamp()
                        AND (e.claimed_until IS NULL OR e.claimed_until <= statement_timestamp())
                    LIMIT $1) due) AS due
        FROM (VALUES (3::smallint), (2), (1), (0)) AS level (urgency)
        CROSS JOIN LATERAL (
            SELECT e.due_at FROM escalations e
            WHERE e.urgency = level.urgency AND e.due_at > statement_timestamp()
            ORDER BY e.due_at LIMIT 1
        ) coming
        """)

    private static let oldest = Statement(
        "oldest_timer",
        """
        SELECT (EXTRACT(EPOCH FROM statement_timestamp() - min(late.due_at)) * 1000000)::bigint AS overdue
        FROM (VALUES (3::smallint), (2), (1), (0)) AS level (urgency)
        CROSS JOIN LATERAL (
            SELECT e.due_at FROM escalations e
            WHERE e.urgency = level.urgency AND e.due_at <= statement_timestamp()
            ORDER BY e.due_at LIMIT 1
        ) late
        """)

    private static let putAside = Statement(
        "put_timer_aside",
        """
        UPDATE escalations SET claimed_until = statement_timestamp() + $3::bigint * INTERVAL '1 microsecond'
        WHERE clinic_id = $1 AND alert_id = $2
        """)

    /// The first calls of a batch; `due` and `nextDueIn` read the results of the last two.
    static func claim(limit: Int) -> [Call] { [byIndex(), lock(.integer(limit)), next(.integer(limit))] }

    /// `due` reads its result: at most the one.
    static func claim(_ timer: Due) -> Call { lockOne(.id(timer.alert)) }

    static func due(_ rows: Rows) throws(StoreError) -> [Due] {
        try reading { () throws(DatabaseError) in
            var due: [Due] = []
            due.reserveCapacity(rows.count)
            for row in rows { due.append(try Due(row)) }
            return due
        }
    }

    /// How long until a look has something to find that this one did not take; nil where no timer is to come.
    static func nextDueIn(_ rows: Rows, taken: Int) throws(StoreError) -> Duration? {
        try reading { () throws(DatabaseError) in
            guard let row = rows.first else { return nil }
            return TimerLook.next(
                coming: try row.optionalDuration(microseconds: "due_in"), due: try row.int("due"), taken: taken)
        }
    }

    /// Lets the timer rest for a while, so that one that cannot be run does not hold up those behind it.
    static func putAside(_ due: Due, for rest: Duration) -> Call {
        putAside(.id(due.clinic), .id(due.alert), .microseconds(rest))
    }

    /// How long until the next timer that is not due yet; nil for none.
    package func nextDueIn() async throws(StoreError) -> Duration? {
        try Self.nextDueIn(try await pool.runAsEngine([Self.next(.integer(0))])[0], taken: 0)
    }

    /// How long the oldest timer is overdue; nil if none is. More than some seconds means that no engine runs.
    package func oldestOverdue() async throws(StoreError) -> Duration? {
        let rows = try await pool.runAsEngine([Self.oldest()])
        return try reading { () throws(DatabaseError) in try rows[0].first?.optionalDuration(microseconds: "overdue") }
    }
}

extension TimerStore.Due {
    fileprivate init(_ row: Row) throws(DatabaseError) {
        alert = try row.id("alert_id")
        clinic = try row.id("clinic_id")
        generation = try row.int64("generation")
        isNew = try row.string("phase") == "NEW"
        isHeld = try row.bool("is_held")
        dueAt = try row.time("due_at")
        lateness = try row.time("now").duration(since: dueAt)
    }
}
