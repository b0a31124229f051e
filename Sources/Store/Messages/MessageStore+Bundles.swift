import Clinic
import Database
import Escalation

extension MessageStore {
    /// How many of a claim's bundles' alerts still wait for an answer, by the bundle. As ENGINE.
    ///
    /// The share lock is the fence of `look`: an alert that is being acknowledged does not count, and one that counts is not
    /// acknowledged before the attempt is committed.
    static let countBundled = Statement(
        name: "count_bundled",
        sql: """
            SELECT b.id, count(waiting.alert_id) AS alerts
            FROM unnest($1::uuid[]) AS b (id)
            LEFT JOIN LATERAL (
                SELECT e.alert_id FROM messages o JOIN escalations e ON e.alert_id = o.alert_id
                WHERE o.bundled_into = b.id AND \(isBundledAndCurrent)
                FOR SHARE OF e SKIP LOCKED
            ) waiting ON TRUE
            GROUP BY b.id
            """)

    // As ENGINE; the transaction that settles one of them looks again.
    private static let ended = Statement(
        "ended_bundles",
        """
        SELECT o.id, o.clinic_id, o.alert_id, o.user_id, o.step, o.generation, b.state, b.dead_reason
        FROM messages o JOIN messages b ON b.id = o.bundled_into
        WHERE o.state = 'BUNDLED' AND b.state IN ('DELIVERED', 'DEAD', 'EXPIRED', 'CANCELLED')
        ORDER BY o.alert_id LIMIT $1
        """)

    private static let settle = Statement(
        "settle_bundled",
        """
        UPDATE messages o SET state = $3, dead_reason = CASE WHEN $3 IN ('DEAD', 'EXPIRED') THEN $4 END,
            dead_at = CASE WHEN $3 IN ('DEAD', 'EXPIRED') THEN clock_timestamp() END
        WHERE o.clinic_id = $1 AND o.id = $2 AND o.state = 'BUNDLED'
        """)

    /// Tells each alert what became of the bundle that its page went into: delivered, or that its person was not reached by it.
    /// What was committed; safe to repeat, and several hubs may do it at once.
    package func settleBundles(limit: Int = 200) async throws(StoreError) -> [EscalationStore.Advance] {
        let rows = try await pool.runAsEngine([Self.ended(.integer(limit))])
        var advances: [EscalationStore.Advance] = []
        for row in rows[0] {
            let bundled = try reading { () throws(DatabaseError) in try Bundled(row) }
            if let advance = try await settle(bundled) { advances.append(advance) }
        }
        return advances
    }

    private func settle(_ bundled: Bundled) async throws(StoreError) -> EscalationStore.Advance? {
        let context = TenantContext.hub(in: bundled.clinic)
        return try await pool.interact(context) { transaction throws(StoreError) in
            let calls = EscalationSnapshot.calls(bundled.alert, clinic: bundled.clinic)
            let settle = Self.settle(
                .id(bundled.clinic), .id(bundled.message), .text(bundled.end), .text(bundled.reason))
            let others = OtherContacts.calls(
                besides: bundled.message, to: bundled.user, about: bundled.alert, generation: bundled.generation,
                in: bundled.clinic)
            let results = try await transaction.execute(calls + [settle] + (bundled.end == "DEAD" ? others : []))
            guard results[calls.count].affected > 0 else { return nil }
            let input: EscalationInput
            switch bundled.end {
            case "DELIVERED": input = .delivered(to: bundled.user)
            case "DEAD":
                guard try !OtherContacts.isHopeful(results[results.count - 1]) else { return nil }
                input = .contactsFailed(user: bundled.user, step: bundled.step, generation: bundled.generation)
            default: return nil
            }
            return try await escalations.apply(
                input, to: bundled.alert, try EscalationSnapshot(results[..<calls.count]), transaction, context)
        }
    }
}

/// A page whose bundle has come to an end.
private struct Bundled {
    let message: MessageID
    let clinic: ClinicID
    let alert: AlertID
    let user: UserID
    let step: Int
    let generation: Int64
    /// The bundle's state.
    let end: String
    let reason: String?

    init(_ row: Row) throws(DatabaseError) {
        message = try row.id("id")
        clinic = try row.id("clinic_id")
        alert = try row.id("alert_id")
        user = try row.id("user_id")
        step = try row.int("step")
        generation = try row.int64("generation")
        end = try row.string("state")
        reason = try row.optionalString("dead_reason")
    }
}
