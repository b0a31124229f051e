import Clinic
import Database
import Escalation

/// Messages on their way out: claimed, tried, recorded, tried again. Loop-confined.
package struct MessageStore {
    /// The most messages that one claim takes.
    package static let maximumClaim = 200

    let pool: Pool
    let vault: PHIVault
    let escalations: EscalationStore

    // The share lock on the escalation makes the fence hold: an acknowledgement that is being committed makes this skip
    // the message, and one that was committed has raised the generation.
    private static let claim = Statement(
        "claim_messages",
        """
        WITH ready AS MATERIALIZED (
            SELECT m.id, e.code
            FROM messages m
            JOIN escalations e ON e.alert_id = m.alert_id
            WHERE m.state = 'QUEUED' AND m.not_before <= statement_timestamp()
                AND m.expires_at > statement_timestamp()
                AND e.generation = m.generation AND e.phase IN ('RUNNING', 'EXHAUSTED', 'ANSWERED')
            ORDER BY m.priority DESC, m.not_before
            LIMIT $1
            FOR NO KEY UPDATE OF m SKIP LOCKED
            FOR SHARE OF e SKIP LOCKED
        ), claimed AS (
            UPDATE messages m SET state = 'SUBMITTING', attempts = m.attempts + 1
            FROM ready WHERE m.id = ready.id
            RETURNING m.*, ready.code
        ), attempt AS (
            INSERT INTO delivery_attempts (id, clinic_id, message_id, gateway, number, lease_until)
            SELECT gen_random_uuid(), clinic_id, id, $2, attempts,
                statement_timestamp() + $3::bigint * INTERVAL '1 microsecond'
            FROM claimed
            RETURNING id, message_id, number
        )
        SELECT attempt.id AS attempt_id, attempt.number, c.id, c.clinic_id, c.alert_id, c.user_id, c.step,
            c.generation, c.template, c.answer_within_seconds, c.address, c.priority, c.code,
            (EXTRACT(EPOCH FROM c.expires_at - statement_timestamp()) * 1000000)::bigint AS expires_in
        FROM attempt JOIN claimed c ON c.id = attempt.message_id
        ORDER BY c.priority DESC, c.not_before
        """)

    private static let next = Statement(
        "next_message",
        """
        SELECT (EXTRACT(EPOCH FROM min(not_before) - statement_timestamp()) * 1000000)::bigint AS due_in
        FROM messages WHERE state = 'QUEUED' AND expires_at > statement_timestamp()
        """)

    private static let attemptAccepted = Statement(
        "attempt_accepted",
        """
        UPDATE delivery_attempts SET state = CASE WHEN rank < 2 THEN 'ACCEPTED' ELSE state END,
            rank = GREATEST(rank, 2::smallint), provider_id = COALESCE(provider_id, $3), lease_until = NULL,
            updated_at = clock_timestamp()
        WHERE clinic_id = $1 AND id = $2
        """)

    private static let smsSent = Statement(
        "alert_sms_sent",
        "UPDATE alerts SET sms_sent_at = clock_timestamp() WHERE clinic_id = $1 AND id = $2 AND sms_sent_at IS NULL")

    private static let messageSubmitted = Statement(
        "message_submitted",
        """
        UPDATE messages SET state = 'SUBMITTED' WHERE clinic_id = $1 AND id = $2 AND state IN ('QUEUED', 'SUBMITTING')
        """)

    private static let attemptEnded = Statement(
        "attempt_ended",
        """
        UPDATE delivery_attempts SET state = CASE WHEN rank < 2 THEN $3 ELSE state END,
            rank = GREATEST(rank, CASE WHEN rank < 2 THEN $4::smallint ELSE rank END),
            error_code = COALESCE($5, error_code), lease_until = NULL, updated_at = clock_timestamp()
        WHERE clinic_id = $1 AND id = $2
        """)

    // Fenced by the number of the attempt: a later attempt, or a callback, has taken the message further.
    private static let messageRetries = Statement(
        "message_retries",
        """
        UPDATE messages SET state = 'QUEUED', not_before = clock_timestamp() + $4::bigint * INTERVAL '1 microsecond'
        WHERE clinic_id = $1 AND id = $2 AND state = 'SUBMITTING' AND attempts = $3
        """)

    private static let messageDead = Statement(
        "message_dead",
        """
        UPDATE messages SET state = 'DEAD'
        WHERE clinic_id = $1 AND id = $2 AND state = 'SUBMITTING' AND attempts = $3
        """)

    private static let messageWaits = Statement(
        "message_waits",
        """
        UPDATE messages SET state = 'SUBMITTED'
        WHERE clinic_id = $1 AND id = $2 AND state = 'SUBMITTING' AND attempts = $3
        """)

    // A hub died between the attempt's commit and its answer. URGENT and CRITICAL go out again at once: the code in
    // the text makes a repetition harmless. The rest give a callback a minute's time first.
    private static let expireLeases = Statement(
        "expire_leases",
        """
        WITH expired AS MATERIALIZED (
            SELECT id FROM delivery_attempts WHERE lease_until <= statement_timestamp()
            ORDER BY lease_until LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
        ), attempt AS (
            UPDATE delivery_attempts d
            SET state = CASE WHEN d.state = 'SUBMITTING' THEN 'UNKNOWN' ELSE d.state END, lease_until = NULL,
                updated_at = clock_timestamp()
            FROM expired WHERE d.id = expired.id
            RETURNING d.message_id, d.number
        )
        UPDATE messages m
        SET state = 'QUEUED',
            not_before = statement_timestamp() + CASE WHEN priority >= 2 THEN INTERVAL '0' ELSE INTERVAL '1 minute' END
        FROM attempt WHERE m.id = attempt.message_id AND m.state = 'SUBMITTING' AND m.attempts = attempt.number
        RETURNING m.id
        """)

    private static let expireMessages = Statement(
        "expire_messages",
        """
        UPDATE messages SET state = 'EXPIRED'
        WHERE id IN (
            SELECT id FROM messages WHERE state = 'QUEUED' AND expires_at <= statement_timestamp()
            LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)
        """)

    /// Messages to send now, most urgent first, and how long until the next one may go out.
    package struct Claim: Sendable, Equatable {
        package let messages: [ClaimedMessage]
        /// Zero or less if more are ready; nil if nothing waits.
        package let nextIn: Duration?
    }

    /// Takes at most `limit` messages for `gateway`, each with a new attempt that is committed before this returns; one
    /// round trip, across clinics.
    ///
    /// A message whose alert was answered, closed or has gone a step further is never returned. An attempt whose outcome
    /// is not recorded within the lease becomes UNKNOWN and its message is sent again.
    package func claim(
        limit: Int, gateway: String, lease: Duration = .seconds(30)
    ) async throws(StoreError) -> Claim {
        let limit = min(max(limit, 1), Self.maximumClaim)
        let rows = try await pool.runAsEngine([
            Self.claim(.integer(limit), .text(gateway), .microseconds(lease)), Self.next(),
        ])
        var messages: [ClaimedMessage] = []
        for row in rows[0] { messages.append(try ClaimedMessage(row, gateway: gateway, vault: vault)) }
        let nextIn = try reading { () throws(DatabaseError) in
            try rows[1].first?.optionalDuration(microseconds: "due_in")
        }
        return Claim(messages: messages, nextIn: nextIn)
    }

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
            _ = try await pool.run(
                context,
                [
                    Self.attemptAccepted(clinic, .id(claimed.attempt), .text(providerID)),
                    Self.smsSent(clinic, .id(claimed.alert)), Self.messageSubmitted(clinic, .id(claimed.message)),
                ])
        case .rejected(let code, .some(let delay)):
            let retries = Call(Self.messageRetries, fence + [.microseconds(delay)])
            _ = try await pool.run(context, [ended("REJECTED", rank: 4, code: code, claimed), retries])
        case .rejected(let code, nil):
            return try await fail(code: code, fence, claimed, context)
        case .unknown(let code, .some(let delay)):
            let retries = Call(Self.messageRetries, fence + [.microseconds(delay)])
            _ = try await pool.run(context, [ended("UNKNOWN", rank: 1, code: code, claimed), retries])
        case .unknown(let code, nil):
            let waits = Call(Self.messageWaits, fence)
            _ = try await pool.run(context, [ended("UNKNOWN", rank: 1, code: code, claimed), waits])
        }
        return nil
    }

    /// Makes attempts whose hub gave no outcome in time UNKNOWN, and their messages ready again; ends messages that are
    /// too old to send. Returns how many messages are ready again.
    package func sweep(limit: Int = 200) async throws(StoreError) -> Int {
        let rows = try await pool.runAsEngine([
            Self.expireLeases(.integer(limit)), Self.expireMessages(.integer(limit)),
        ])
        return rows[0].count
    }

    private func ended(_ state: String, rank: Int, code: String?, _ claimed: ClaimedMessage) -> Call {
        Self.attemptEnded(
            .id(claimed.clinic), .id(claimed.attempt), .text(state), .integer(rank), .text(code))
    }

    private func fail(
        code: String?, _ fence: [Parameter], _ claimed: ClaimedMessage, _ context: TenantContext
    ) async throws(StoreError) -> EscalationStore.Advance? {
        try await pool.interact(context) { transaction throws(StoreError) in
            let calls = EscalationSnapshot.calls(claimed.alert, clinic: claimed.clinic)
            let results = try await transaction.execute(
                calls + [ended("REJECTED", rank: 4, code: code, claimed), Call(Self.messageDead, fence)])
            guard results[results.count - 1].affected > 0 else { return nil }
            let input = EscalationInput.contactsFailed(
                user: claimed.user, step: claimed.step, generation: claimed.generation)
            return try await escalations.apply(
                input, to: claimed.alert, try EscalationSnapshot(results[..<calls.count]), attempt: claimed.attempt,
                transaction, context)
        }
    }
}
