import Clinic
import Database

/// Whether very many alerts come to a clinic at once. Loop-confined.
package struct StormStore {
    let pool: Pool
    let policies: PolicyStore

    /// A bundle that was begun tells of a storm for so long.
    private static let memory = Duration.seconds(900)

    private static let storm = Statement(
        "clinic_storm",
        """
        SELECT EXISTS (
                SELECT FROM messages WHERE clinic_id = $1 AND purpose = 'BUNDLE'
                    AND created_at > clock_timestamp() - $4::bigint * INTERVAL '1 microsecond')
            OR (SELECT count(*) FROM (
                SELECT FROM alerts WHERE clinic_id = $1
                    AND created_at > clock_timestamp() - $3::bigint * INTERVAL '1 microsecond' LIMIT $2) recent) >= $2
            AS is_storm
        """)

    /// Whether texts of the clinic were bundled in the last quarter of an hour, or so many alerts came within the window as its
    /// policy's `storm.perClinic` says.
    package func isStorm(_ context: TenantContext) async throws(StoreError) -> Bool {
        let rate = try await policies.active(context).storm.perClinic
        let rows = try await pool.run(
            context,
            [
                Self.storm(
                    .id(context.clinic), .integer(rate.count), .microseconds(rate.window), .microseconds(Self.memory))
            ])
        return try reading { () throws(DatabaseError) in try rows[0].first?.bool("is_storm") ?? false }
    }
}
