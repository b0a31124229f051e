import Database
import Clinic

/// Audit rows of many people in one statement. Loop-confined.
package struct AuditStore {
    /// Rows of one call.
    package static let maximumEntries = 1000

    let pool: Pool

    init(pool: Pool) { self.pool = pool }

    // In the order of the clinics, so that two hubs that lock anything a clinic for it do not wait for each other.
    private static let insert = Statement(
        "insert_audit_entries",
        """
        INSERT INTO audit_logs
            (clinic_id, actor_user_id, actor_role, action, target_table, target_id, ip_address, session_id, outcome,
             occurrences)
        SELECT clinic, NULLIF(actor, '')::uuid, NULLIF(role, ''), action,
            CASE WHEN action IN ('SUBSCRIBE', 'RESUME') THEN 'clinic_events' END, NULL, NULLIF(address, '')::inet,
            NULLIF(session, ''), NULLIF(outcome, ''), occurrences
        FROM unnest(
            $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[]
        ) WITH ORDINALITY AS r (clinic, actor, role, action, address, session, outcome, occurrences, place)
        ORDER BY clinic, place
        """)

    /// Writes the entries in one transaction and one round trip; at most `maximumEntries`, the rest is left out.
    package func write(_ entries: [AuditEntry]) async throws(StoreError) {
        let entries = entries.prefix(Self.maximumEntries)
        guard !entries.isEmpty else { return }
        let nowhere = ClinicID(high: 0, low: 0)
        _ = try await pool.runAsEngine([
            Self.insert(
                .array(entries.map { ($0.clinic ?? nowhere).description }),
                .array(entries.map { $0.actor?.user?.description ?? "" }),
                .array(entries.map { $0.actor?.roleName ?? "" }), .array(entries.map(\.action.rawValue)),
                .array(entries.map { $0.ipAddress ?? "" }), .array(entries.map { $0.sessionID ?? "" }),
                .array(entries.map { $0.outcome ?? "" }), .array(entries.map { String($0.occurrences) }))
        ])
    }
}
