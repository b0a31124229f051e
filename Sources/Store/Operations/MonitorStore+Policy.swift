package import Clinic
import Database

extension MonitorStore {
    // A producer that is watched already keeps its row, whoever asked for it first; its next word is due from now on.
    private static let adopt = Statement(
        "adopt_monitor",
        """
        UPDATE monitors SET every_seconds = $3, grace_seconds = $4, urgency_level = $5, from_policy = TRUE,
            due_at = clock_timestamp() + ($3::int + $4::int) * INTERVAL '1 second'
        WHERE clinic_id = $1 AND source = $2 AND deleted_at IS NULL
            AND (every_seconds, grace_seconds, urgency_level, from_policy) IS DISTINCT FROM ($3::int, $4::int, $5, TRUE)
        """)

    private static let mark = Statement(
        "mark_monitor_of_policy", "UPDATE monitors SET from_policy = TRUE WHERE clinic_id = $1 AND id = $2")

    private static let drop = Statement(
        "drop_monitors_of_policy",
        """
        UPDATE monitors SET deleted_at = clock_timestamp(), due_at = NULL
        WHERE clinic_id = $1 AND from_policy AND deleted_at IS NULL AND NOT source = ANY ($2::text[])
        """)

    /// Watches the producers that the policy in force wants heard from, and those of the one before no more. What people
    /// asked for by themselves stays. Safe to repeat; a producer that is watched as the policy says is left alone.
    package func follow(_ rules: [HeartbeatRule], _ context: TenantContext) async throws(StoreError) {
        let clinic = Parameter.id(context.clinic)
        let known = Set(try await list(context).map(\.source))
        for rule in rules where !known.contains(rule.source) {
            let draft = Draft(
                source: rule.source, everySeconds: Int(rule.every.components.seconds),
                graceSeconds: Int(rule.grace.components.seconds), urgency: rule.urgency)
            let monitor = try await add(draft, context)
            _ = try await pool.run(context, [Self.mark(clinic, .id(monitor.id))])
        }
        let adoptions = rules.filter { known.contains($0.source) }.map { rule in
            Self.adopt(
                clinic, .text(rule.source), .seconds(rule.every), .seconds(rule.grace), .text(rule.urgency.rawValue))
        }
        _ = try await pool.run(context, adoptions + [Self.drop(clinic, .array(rules.map(\.source)))])
    }
}
