package import Clinic
import Database
import Escalation

/// The clinic's dead letters: kept, listed, and sent once more when somebody asks for it. Loop-confined.
package struct DeadLetterStore {
    let pool: Pool

    /// Where a page ended.
    package struct Cursor: Sendable, Equatable {
        package let deadAt: Timestamp
        package let id: MessageID

        package init(deadAt: Timestamp, id: MessageID) {
            self.deadAt = deadAt
            self.id = id
        }
    }

    /// The newest first; `next` is where the following page begins.
    package struct Page: Sendable, Equatable {
        package let letters: [DeadLetter]
        package let next: Cursor?
    }

    /// The most letters of one page.
    package static let maximumPage = 100

    /// A replayed letter is worth sending for so long.
    private static let validity = Duration.seconds(300)

    private static let columns = """
        m.id, m.alert_id, m.user_id, m.channel, m.template, m.priority, m.step, m.state, m.dead_reason, m.created_at,
        m.dead_at, m.attempts, m.replays,
        array_to_string(
            ARRAY(SELECT d.gateway FROM delivery_attempts d
                  WHERE d.clinic_id = m.clinic_id AND d.message_id = m.id ORDER BY d.number), ',') AS gateways,
        COALESCE(e.phase IN ('RUNNING', 'EXHAUSTED'), FALSE) AND m.dead_at IS NOT NULL AS is_replayable
        """

    private static let list = Statement(
        name: "list_dead_letters",
        sql: """
            SELECT \(columns)
            FROM messages m JOIN escalations e ON e.clinic_id = m.clinic_id AND e.alert_id = m.alert_id
            WHERE m.clinic_id = $1 AND m.dead_at IS NOT NULL
                AND ($2::timestamptz IS NULL OR (m.dead_at, m.id) < ($2::timestamptz, $3::uuid))
            ORDER BY m.dead_at DESC, m.id DESC
            LIMIT $4
            """)

    private static let read = Statement(
        name: "read_dead_letter",
        sql: """
            SELECT \(columns)
            FROM messages m JOIN escalations e ON e.clinic_id = m.clinic_id AND e.alert_id = m.alert_id
            WHERE m.clinic_id = $1 AND m.id = $2
            """)

    // The escalation's lock first, as in every transaction that moves an alert.
    private static let lock = Statement(
        "lock_dead_letter",
        """
        SELECT e.phase, m.dead_at
        FROM escalations e JOIN messages m ON m.clinic_id = e.clinic_id AND m.alert_id = e.alert_id
        WHERE m.clinic_id = $1 AND m.id = $2
        FOR NO KEY UPDATE OF e, m
        """)

    private static let revive = Statement(
        "replay_dead_letter",
        """
        UPDATE messages m
        SET state = 'QUEUED', generation = e.generation, step = e.step, not_before = clock_timestamp(),
            expires_at = clock_timestamp() + $3::bigint * INTERVAL '1 microsecond', tries_before = m.attempts,
            dead_at = NULL, dead_reason = NULL, replays = m.replays + 1
        FROM escalations e
        WHERE m.clinic_id = $1 AND m.id = $2 AND e.clinic_id = m.clinic_id AND e.alert_id = m.alert_id
        """)

    /// At most `limit` dead letters after a cursor.
    package func page(
        limit: Int, after cursor: Cursor?, _ context: TenantContext
    ) async throws(StoreError) -> Page {
        let limit = min(max(limit, 1), Self.maximumPage)
        let rows = try await pool.run(
            context,
            [
                Self.list(
                    .id(context.clinic), .time(cursor?.deadAt), .id(cursor?.id), .integer(limit + 1))
            ])
        return try reading { () throws(DatabaseError) in
            var letters: [DeadLetter] = []
            for row in rows[0].prefix(limit) { letters.append(try DeadLetter(row)) }
            guard rows[0].count > limit, let last = letters.last, let deadAt = last.deadAt else {
                return Page(letters: letters, next: nil)
            }
            return Page(letters: letters, next: Cursor(deadAt: deadAt, id: last.id))
        }
    }

    /// Sends a dead letter to the same person once more, at the step where its alert stands now. Audited.
    ///
    /// Throws `refused` for an alert that was answered or closed, `conflict` for a message that is no dead letter, or
    /// where the step is telling that person already.
    package func replay(_ id: MessageID, _ context: TenantContext) async throws(StoreError) -> DeadLetter {
        do {
            return try await pool.interact(context) { transaction throws(StoreError) in
                let clinic = Parameter.id(context.clinic)
                let rows = try await transaction.execute([Self.lock(clinic, .id(id))])
                guard let row = rows[0].first else { throw .notFound(.deadLetter) }
                let (phase, isDead) = try reading { () throws(DatabaseError) -> (String, Bool) in
                    (try row.string("phase"), try row.optionalTime("dead_at") != nil)
                }
                guard isDead else { throw .conflict(.noDeadLetter) }
                switch phase {
                case "RUNNING", "EXHAUSTED": break
                case "ENDED": throw .refused(.alreadyClosed)
                default: throw .refused(.alreadyAcknowledged)
                }
                let results = try await transaction.executeAndCommit([
                    Self.revive(clinic, .id(id), .microseconds(Self.validity)),
                    context.audit(.deadLetterReplayed, table: "messages", id), Self.read(clinic, .id(id)),
                ])
                guard let letter = results[2].first else { throw .notFound(.deadLetter) }
                return try reading { () throws(DatabaseError) in try DeadLetter(letter) }
            }
        } catch {
            if case .database(.server(let server)) = error, server.constraint == "messages_once_key" {
                throw .conflict(.personIsBeingTold)
            }
            throw error
        }
    }
}
