package import Clinic
import Database

/// Alerts that nobody has touched for longer than their policy allows (its `stale`). Loop-confined.
///
/// What counts is the newest line of the alert's story. An unanswered alert has one with each alarm, so these are alerts that
/// somebody accepted, or that the policy leaves to the screens.
package struct StaleStore {
    /// The most that one look closes; the next look goes on.
    package static let maximumClosed = 200

    let pool: Pool

    /// Whether the alert of `escalations e` has waited for a person for longer than its frozen policy's review allows. A
    /// document without the field has the standard's day; null asks for no review.
    static let isForReview: StaticString = """
        e.closed_at IS NULL AND EXISTS (
            SELECT FROM escalation_policies policy
            WHERE (policy.clinic_id, policy.id, policy.version) = (e.clinic_id, e.policy_id, e.policy_version)
                AND (SELECT max(line.at) FROM alert_timeline line
                     WHERE line.clinic_id = e.clinic_id AND line.alert_id = e.alert_id)
                    < clock_timestamp() - INTERVAL '1 second'
                        * CASE WHEN policy.document->'stale' ? 'reviewQueueSeconds'
                            THEN (policy.document->'stale'->>'reviewQueueSeconds')::bigint ELSE 86400 END)
        """

    private static let anyForReview = Statement(
        name: "any_alert_for_review",
        sql: "SELECT FROM escalations e WHERE e.clinic_id = $1 AND \(isForReview) LIMIT 1")

    private static let toClose = Statement(
        "stale_alerts",
        """
        SELECT e.alert_id
        FROM escalations e
        JOIN escalation_policies p
            ON p.clinic_id = e.clinic_id AND p.id = e.policy_id AND p.version = e.policy_version
        WHERE e.clinic_id = $1 AND e.phase = 'ANSWERED' AND p.document->'stale'->>'autoCloseSeconds' IS NOT NULL
            AND (SELECT max(line.at) FROM alert_timeline line
                 WHERE line.clinic_id = e.clinic_id AND line.alert_id = e.alert_id)
                < clock_timestamp() - (p.document->'stale'->>'autoCloseSeconds')::bigint * INTERVAL '1 second'
        ORDER BY e.alert_id LIMIT $2
        """)

    // As ENGINE.
    private static let clinics = Statement(
        "clinics_with_stale_rules",
        """
        SELECT DISTINCT e.clinic_id
        FROM escalations e
        JOIN escalation_policies p
            ON p.clinic_id = e.clinic_id AND p.id = e.policy_id AND p.version = e.policy_version
        WHERE e.phase = 'ANSWERED' AND p.document->'stale'->>'autoCloseSeconds' IS NOT NULL
        ORDER BY e.clinic_id LIMIT 10000
        """)

    /// The clinics that have accepted alerts which are to be closed by themselves some day.
    package func clinics() async throws(StoreError) -> [ClinicID] {
        let rows = try await pool.runAsEngine([Self.clinics()])
        return try reading { () throws(DatabaseError) in
            var clinics: [ClinicID] = []
            for row in rows[0] { clinics.append(try row.id("clinic_id")) }
            return clinics
        }
    }

    /// The accepted alerts of a clinic that are to be closed by themselves now.
    package func toClose(_ context: TenantContext) async throws(StoreError) -> [AlertID] {
        let rows = try await pool.run(context, [Self.toClose(.id(context.clinic), .integer(Self.maximumClosed))])
        return try reading { () throws(DatabaseError) in
            var alerts: [AlertID] = []
            for row in rows[0] { alerts.append(try row.id("alert_id")) }
            return alerts
        }
    }

    /// Whether the clinic has an alert that somebody should look at again.
    func hasForReview(_ context: TenantContext) async throws(StoreError) -> Bool {
        !(try await pool.run(context, [Self.anyForReview(.id(context.clinic))])[0].isEmpty)
    }
}
