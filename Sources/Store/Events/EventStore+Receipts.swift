package import Clinic
import Database
package import HubProtocol

/// One screen's word that it has an event.
package struct Receipt: Hashable, Sendable {
    package var seq: Int64
    package var user: UserID
    package var session: SessionID
    package var stage: ReceiptStage

    package init(seq: Int64, user: UserID, session: SessionID, stage: ReceiptStage) {
        self.seq = seq
        self.user = user
        self.session = session
        self.stage = stage
    }
}

extension EventStore {
    /// The most receipts that one call writes.
    package static let maximumReceipts = 1000

    /// A person whose own screen has an alert that this person is to answer.
    package struct Reached: Hashable, Sendable {
        package let alert: AlertID
        package let user: UserID
    }

    // Joined to the events, so that a receipt for an event that does not exist is not kept.
    private static let insertReceipts = Statement(
        "insert_receipts",
        """
        WITH given AS (
            SELECT DISTINCT r.seq, r.user_id, r.session_id, r.stage, e.payload->>'alertId' AS alert_id
            FROM unnest($2::bigint[], $3::uuid[], $4::text[], $5::text[]) AS r (seq, user_id, session_id, stage)
            JOIN clinic_events e ON e.clinic_id = $1 AND e.seq = r.seq
        ), kept AS (
            INSERT INTO receipts (clinic_id, seq, alert_id, user_id, session_id, stage)
            SELECT $1, seq, alert_id::uuid, user_id, session_id, stage FROM given
            ON CONFLICT DO NOTHING
            RETURNING alert_id, user_id
        )
        SELECT DISTINCT kept.alert_id, kept.user_id
        FROM kept
        JOIN alerts a ON a.clinic_id = $1 AND a.id = kept.alert_id
        JOIN escalations e ON e.clinic_id = $1 AND e.alert_id = kept.alert_id
        WHERE a.status = 'PENDING' AND a.assigned_to = kept.user_id
            OR e.people @> jsonb_build_array(jsonb_build_object('user', kept.user_id, 'standing', 'PAGED'))
        """)

    /// Keeps receipts, each once, and returns who of those that an alert waits for has it on an own screen now: each is
    /// to be given to `EscalationStore.advance` as `delivered`.
    package func keep(_ receipts: [Receipt], _ context: TenantContext) async throws(StoreError) -> [Reached] {
        let receipts = receipts.prefix(Self.maximumReceipts)
        guard !receipts.isEmpty else { return [] }
        let rows = try await pool.run(
            context,
            [
                Self.insertReceipts(
                    .id(context.clinic), .array(receipts.map { String($0.seq) }),
                    .array(receipts.map(\.user.description)), .array(receipts.map(\.session.description)),
                    .array(receipts.map(\.stage.rawValue)))
            ])
        return try reading { () throws(DatabaseError) in
            var reached: [Reached] = []
            for row in rows[0] {
                reached.append(Reached(alert: try row.id("alert_id"), user: try row.id("user_id")))
            }
            return reached
        }
    }
}
