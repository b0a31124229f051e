package import Clinic
import Database
package import Escalation

/// The timers of all clinics: rows of `escalations` whose time has come. Loop-confined; runs as ENGINE.
package struct TimerStore {
    /// The most timers that one claim takes.
    package static let maximumClaim = 500

    let pool: Pool

    /// A timer that this hub took, until the lease of the claim ends. Give `input` to `EscalationStore.advance` with
    /// `TenantContext.hub(in: clinic)`: it does nothing if the alert has moved on meanwhile.
    package struct Claimed: Sendable, Equatable {
        package let alert: AlertID
        package let clinic: ClinicID
        package let generation: Int64
        package let input: EscalationInput
        package let dueAt: Timestamp
        /// How late it was claimed, by the database's clock.
        package let lateness: Duration
    }

    /// Claimed timers, and how long until the next one that nobody holds.
    package struct Claim: Sendable, Equatable {
        package let timers: [Claimed]
        /// Zero or less if one is due now; nil if none is armed.
        package let nextDueIn: Duration?
    }

    // statement_timestamp() and not clock_timestamp(): only a stable function can bound an index scan.
    private static let claim = Statement(
        "claim_timers",
        """
        WITH due AS MATERIALIZED (
            SELECT alert_id FROM escalations
            WHERE due_at <= statement_timestamp() AND (claimed_until IS NULL OR claimed_until <= statement_timestamp())
            ORDER BY due_at
            LIMIT $1
            FOR NO KEY UPDATE SKIP LOCKED
        )
        UPDATE escalations e
        SET claimed_until = statement_timestamp() + $2::bigint * INTERVAL '1 microsecond'
        FROM due WHERE e.alert_id = due.alert_id
        RETURNING e.alert_id, e.clinic_id, e.generation, e.phase, e.due_at, statement_timestamp() AS now
        """)

    private static let next = Statement(
        "next_timer",
        """
        SELECT (EXTRACT(EPOCH FROM due_at - statement_timestamp()) * 1000000)::bigint AS due_in
        FROM escalations
        WHERE due_at IS NOT NULL AND (claimed_until IS NULL OR claimed_until <= statement_timestamp())
        ORDER BY due_at
        LIMIT 1
        """)

    private static let oldest = Statement(
        "oldest_timer",
        """
        SELECT (EXTRACT(EPOCH FROM statement_timestamp() - due_at) * 1000000)::bigint AS overdue
        FROM escalations WHERE due_at <= statement_timestamp() ORDER BY due_at LIMIT 1
        """)

    /// Takes at most `limit` due timers that no other hub holds, for `lease`; one round trip.
    ///
    /// A timer that is not advanced within the lease can be claimed again, by any hub.
    package func claim(limit: Int, lease: Duration = .seconds(2)) async throws(StoreError) -> Claim {
        let limit = min(max(limit, 1), Self.maximumClaim)
        let rows = try await pool.runAsEngine([
            Self.claim(.integer(limit), .microseconds(lease)), Self.next(),
        ])
        return try reading { () throws(DatabaseError) in
            var timers: [Claimed] = []
            for row in rows[0] { timers.append(try Claimed(row)) }
            // An UPDATE returns rows in no order.
            timers.sort { ($0.dueAt, $0.alert) < ($1.dueAt, $1.alert) }
            return Claim(timers: timers, nextDueIn: try rows[1].first?.optionalDuration(microseconds: "due_in"))
        }
    }

    /// How long until the next timer that nobody holds is due; zero or less for now, nil for none.
    package func nextDueIn() async throws(StoreError) -> Duration? {
        let rows = try await pool.runAsEngine([Self.next()])
        return try reading { () throws(DatabaseError) in try rows[0].first?.optionalDuration(microseconds: "due_in") }
    }

    /// How long the oldest timer is overdue; nil if none is. More than some seconds means that no engine runs.
    package func oldestOverdue() async throws(StoreError) -> Duration? {
        let rows = try await pool.runAsEngine([Self.oldest()])
        return try reading { () throws(DatabaseError) in try rows[0].first?.optionalDuration(microseconds: "overdue") }
    }
}

extension TimerStore.Claimed {
    fileprivate init(_ row: Row) throws(DatabaseError) {
        alert = try row.id("alert_id")
        clinic = try row.id("clinic_id")
        generation = try row.int64("generation")
        // An alert that could not page anybody when it was raised begins its policy now.
        input = try row.string("phase") == "NEW" ? .raised : .timerDue(generation: generation)
        dueAt = try row.time("due_at")
        lateness = try row.time("now").duration(since: dueAt)
    }
}
