package import Clinic
import Database
package import Escalation

/// Messages on their way out: claimed, tried, recorded, tried again. Loop-confined.
package struct MessageStore {
    /// The most messages that one claim takes.
    package static let maximumClaim = 200

    let pool: Pool
    let vault: PHIVault
    let escalations: EscalationStore
    let policies = FrozenPolicies()

    /// Whether message `m` belongs to what its alert is doing now. One that does not, because somebody answered or the next
    /// person was called, is never sent: where it is given back it is cancelled, and no dead letter.
    /// A bundle is what one of its alerts is doing.
    static let isCurrent = """
        (CASE WHEN m.purpose = 'BUNDLE' THEN EXISTS (
            SELECT FROM messages o JOIN escalations e ON e.alert_id = o.alert_id
            WHERE o.bundled_into = m.id AND \(isBundledAndCurrent))
        ELSE m.alert_id IS NULL OR EXISTS (
            SELECT FROM escalations e
            WHERE e.alert_id = m.alert_id AND e.generation = m.generation
                AND e.phase IN ('RUNNING', 'EXHAUSTED', 'ANSWERED')) END)
        """

    /// Whether message `o`, which was bundled, belongs to what its alert's escalation `e` is doing now.
    static let isBundledAndCurrent = """
        o.state = 'BUNDLED' AND e.generation = o.generation AND e.phase IN ('RUNNING', 'EXHAUSTED', 'ANSWERED')
        """

    // An outcome is never changed: an attempt that was given up as UNKNOWN is why a second text may have gone out, whatever
    // its own hub learns later.
    private static let attemptAccepted = Statement(
        "attempt_accepted",
        """
        UPDATE delivery_attempts SET state = CASE WHEN rank < 2 THEN 'ACCEPTED' ELSE state END,
            rank = GREATEST(rank, 2::smallint), outcome = COALESCE(outcome, 'ACCEPTED'),
            provider_id = COALESCE(provider_id, $3), lease_until = NULL, updated_at = clock_timestamp()
        WHERE clinic_id = $1 AND id = $2
        """)

    private static let smsSent = Statement(
        "alert_sms_sent",
        "UPDATE alerts SET sms_sent_at = clock_timestamp() WHERE clinic_id = $1 AND id = $2 AND sms_sent_at IS NULL")

    private static let bundleSent = Statement(
        "alert_bundle_sent",
        """
        UPDATE alerts a SET sms_sent_at = clock_timestamp()
        FROM messages o
        WHERE o.clinic_id = $1 AND o.bundled_into = $2 AND a.clinic_id = $1 AND a.id = o.alert_id AND a.sms_sent_at IS NULL
        """)

    /// Whether attempt `$3` may still arrive. Of one that may not, the gateway's word came before the call's own end: it has
    /// settled the message, which may wait for another attempt by now, and would never be sent if this one were counted.
    static let isAttemptAlive = """
        EXISTS (
            SELECT FROM delivery_attempts d
            WHERE d.clinic_id = $1 AND d.id = $3 AND d.state NOT IN ('REJECTED', 'FAILED', 'UNDELIVERED'))
        """

    // Where the newest attempt failed and the message still waits for its end, an attempt before it may arrive.
    private static let messageSubmitted = Statement(
        name: "message_submitted",
        sql: """
            UPDATE messages SET state = 'SUBMITTED', sealed_code = NULL
            WHERE clinic_id = $1 AND id = $2 AND state IN ('QUEUED', 'SUBMITTING')
                AND (\(isAttemptAlive) OR (state = 'SUBMITTING' AND attempts = $4))
            """)

    private static let messageFound = Statement(
        name: "message_found",
        sql: """
            UPDATE messages SET state = 'SUBMITTED', sealed_code = NULL
            WHERE clinic_id = $1 AND id = $2 AND state IN ('QUEUED', 'SUBMITTING') AND \(isAttemptAlive)
            """)

    private static let attemptEnded = Statement(
        "attempt_ended",
        """
        UPDATE delivery_attempts SET state = CASE WHEN rank < 2 THEN $3 ELSE state END,
            rank = GREATEST(rank, CASE WHEN rank < 2 THEN $4::smallint ELSE rank END),
            error_code = COALESCE($5, error_code), outcome = COALESCE(outcome, $3), lease_until = NULL,
            updated_at = clock_timestamp()
        WHERE clinic_id = $1 AND id = $2
        """)

    /// Whether message `m` is where attempt `number`, which came to nothing, has left it, and not further by a later attempt or
    /// a callback. It may count as sent by an attempt before, whose text then failed while this one was still under way.
    private static func isLeft(to number: String) -> String {
        """
        (m.attempts = \(number) AND (m.state = 'SUBMITTING' OR m.state = 'SUBMITTED' AND m.alert_id IS NOT NULL
            AND NOT EXISTS (
                SELECT FROM delivery_attempts d
                WHERE d.message_id = m.id AND d.state NOT IN ('REJECTED', 'FAILED', 'UNDELIVERED')
                    AND (d.number <> \(number) OR d.state NOT IN ('SUBMITTING', 'UNKNOWN')))))
        """
    }

    private static let messageRetries = Statement(
        name: "message_retries",
        sql: """
            UPDATE messages m SET state = CASE WHEN \(isCurrent) THEN 'QUEUED' ELSE 'CANCELLED' END,
                not_before = clock_timestamp() + $4::bigint * INTERVAL '1 microsecond'
            WHERE clinic_id = $1 AND id = $2 AND \(isLeft(to: "$3"))
            """)

    private static let messageDead = Statement(
        name: "message_dead",
        sql: """
            UPDATE messages m SET state = 'DEAD', dead_at = clock_timestamp(), dead_reason = $4
            WHERE clinic_id = $1 AND id = $2 AND \(isLeft(to: "$3"))
            """)

    // What a gateway was asked afterwards and had: the doubt of the attempt before ends, and this one is not made.
    private static let doubtEnds = Statement(
        "end_doubt",
        """
        UPDATE delivery_attempts SET state = $3, rank = $4, provider_id = COALESCE(provider_id, $5),
            updated_at = clock_timestamp()
        WHERE clinic_id = $1 AND id = $2 AND rank < $4
        """)

    // A hub died between the attempt's commit and its answer: nobody holds its number any more, or, where that cannot be
    // seen, the lease is over. Where the policy resends at once it goes out again now: the code in the text makes a repetition
    // harmless. Else a callback is given its time first; then the gateway is asked.
    private static let takeOver = Statement(
        name: "take_over_attempts",
        sql: """
            WITH held AS MATERIALIZED (
                SELECT DISTINCT holder FROM delivery_attempts WHERE lease_until IS NOT NULL AND holder <> $2
            ), dead AS MATERIALIZED (
                SELECT holder FROM held WHERE pg_try_advisory_xact_lock(holder)
            ), lost AS MATERIALIZED (
                SELECT id FROM delivery_attempts
                WHERE lease_until IS NOT NULL
                    AND (lease_until <= statement_timestamp() OR holder IN (SELECT holder FROM dead))
                ORDER BY lease_until LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
            ), attempt AS (
                UPDATE delivery_attempts d
                SET state = CASE WHEN d.state = 'SUBMITTING' THEN 'UNKNOWN' ELSE d.state END, lease_until = NULL,
                    outcome = 'UNKNOWN', updated_at = clock_timestamp()
                FROM lost WHERE d.id = lost.id
                RETURNING d.message_id, d.number, d.doubt_seconds
            )
            UPDATE messages m
            SET state = CASE WHEN \(isCurrent) THEN 'QUEUED' ELSE 'CANCELLED' END,
                not_before = statement_timestamp() + INTERVAL '1 second'
                    * COALESCE(attempt.doubt_seconds, CASE WHEN priority >= 2 THEN 0 ELSE 30 END)
            FROM attempt WHERE m.id = attempt.message_id AND \(isLeft(to: "attempt.number"))
            RETURNING m.id
            """)

    private static let expireMessages = Statement(
        name: "expire_messages",
        sql: """
            UPDATE messages
            SET state = CASE WHEN old.is_current THEN 'EXPIRED' ELSE 'CANCELLED' END,
                dead_at = CASE WHEN old.is_current THEN clock_timestamp() END,
                dead_reason = CASE WHEN old.is_current THEN 'expired' END
            FROM (
                SELECT m.id, \(isCurrent) AS is_current FROM messages m
                WHERE m.state = 'QUEUED' AND m.expires_at <= statement_timestamp()
                LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED) old
            WHERE messages.id = old.id
            """)

    /// Notes what the gateway answered. Where the person cannot be reached any more the escalation goes on at once, in
    /// the same transaction; its `Advance` is returned to be broadcast. Safe to repeat.
    @discardableResult
    package func record(
        _ outcome: SubmissionOutcome, of claimed: ClaimedMessage
    ) async throws(StoreError) -> EscalationStore.Advance? {
        let context = TenantContext.hub(in: claimed.clinic)
        let clinic = Parameter.id(claimed.clinic)
        let fence = [clinic, .id(claimed.message), .integer(claimed.number)]
        switch outcome {
        case .accepted(let providerID):
            var calls = [
                Self.attemptAccepted(clinic, .id(claimed.attempt), .text(providerID)),
                Self.messageSubmitted(
                    clinic, .id(claimed.message), .id(claimed.attempt), .integer(claimed.number)),
            ]
            if claimed.kind == .sms, let alert = claimed.alert { calls.append(Self.smsSent(clinic, .id(alert))) }
            if claimed.template == .bundle { calls.append(Self.bundleSent(clinic, .id(claimed.message))) }
            _ = try await pool.run(context, calls)
        case .rejected(let code, .some(let delay)):
            let retries = Call(Self.messageRetries, fence + [.microseconds(delay)])
            _ = try await pool.run(context, [ended(.rejected, code: code, claimed), retries])
        case .unknown(let code, .some(let delay)):
            let retries = Call(Self.messageRetries, fence + [.microseconds(delay)])
            _ = try await pool.run(context, [ended(.unknown, code: code, claimed), retries])
        case .rejected(let code, nil): return try await fail(.rejected, code: code, fence, claimed, context)
        case .unknown(let code, nil): return try await fail(.unknown, code: code, fence, claimed, context)
        }
        return nil
    }

    /// Makes attempts UNKNOWN whose hub is dead or gave no outcome in time, and their messages ready again; ends messages that
    /// are too old to send. Returns how many messages were taken over.
    ///
    /// - Parameter holder: who looks: its own attempts are left to their lease, whatever becomes of its session.
    package func sweep(as holder: AttemptHolder, limit: Int = 200) async throws(StoreError) -> Int {
        let rows = try await pool.runAsEngine([
            Self.takeOver(.integer(limit), .integer(holder.number)), Self.expireMessages(.integer(limit)),
        ])
        return rows[0].count
    }

    /// Notes that the gateway of the attempt before has the message after all: this attempt was not made. Where that gateway
    /// has reported meanwhile that the message will not arrive, it is ready again.
    package func recordFound(
        providerID: String, state: DeliveryState, by doubtful: AttemptID, of claimed: ClaimedMessage
    ) async throws(StoreError) {
        let clinic = Parameter.id(claimed.clinic)
        _ = try await pool.run(
            .hub(in: claimed.clinic),
            [
                Self.doubtEnds(
                    clinic, .id(doubtful), .text(state.rawValue), .integer(state.rank), .text(providerID)),
                ended(.rejected, code: "alreadySent", claimed),
                Self.messageFound(clinic, .id(claimed.message), .id(doubtful)),
                Self.messageRetries(
                    clinic, .id(claimed.message), .integer(claimed.number), .microseconds(.zero)),
            ])
    }

    private func ended(_ state: DeliveryState, code: String?, _ claimed: ClaimedMessage) -> Call {
        Self.attemptEnded(
            .id(claimed.clinic), .id(claimed.attempt), .text(state.rawValue), .integer(state.rank), .text(code))
    }

    private func fail(
        _ state: DeliveryState, code: String?, _ fence: [Parameter], _ claimed: ClaimedMessage, _ context: TenantContext
    ) async throws(StoreError) -> EscalationStore.Advance? {
        let end = [ended(state, code: code, claimed), Call(Self.messageDead, fence + [.text(code)])]
        guard let alert = claimed.alert else {
            _ = try await pool.run(context, end)
            return nil
        }
        return try await pool.interact(context) { transaction throws(StoreError) in
            let calls = EscalationSnapshot.calls(alert, clinic: claimed.clinic)
            let others = OtherContacts.calls(
                besides: claimed.message, to: claimed.user, about: alert, generation: claimed.generation,
                in: claimed.clinic)
            let results = try await transaction.execute(calls + end + others)
            guard results[calls.count + 1].affected > 0,
                try !OtherContacts.isHopeful(results[results.count - 1])
            else { return nil }
            let input = EscalationInput.contactsFailed(
                user: claimed.user, step: claimed.step, generation: claimed.generation)
            return try await escalations.apply(
                input, to: alert, try EscalationSnapshot(results[..<calls.count]), attempt: claimed.attempt,
                transaction, context)
        }
    }
}
