package import Clinic
import Database
import Wire

/// The clinics' escalation policies. Loop-confined.
///
/// The active policy of each clinic is remembered: the statement that freezes it onto an alert refuses a version that
/// is no longer active, and then it is read anew.
package final class PolicyStore {
    let pool: Pool
    private var remembered: [ClinicID: EscalationPolicy] = [:]
    private static let maximumRemembered = 10_000

    init(pool: Pool) { self.pool = pool }

    private static let readActive = Statement(
        "active_policy",
        "SELECT id, version, document FROM escalation_policies WHERE clinic_id = $1 AND is_active")

    // Two hubs may do this at once: the index of one active policy a clinic lets only one row in.
    private static let insertFirst = Statement(
        "insert_first_policy",
        """
        INSERT INTO escalation_policies (id, clinic_id, version, name, document, is_active)
        VALUES ($2, $1, $3, $4, $5::jsonb, TRUE) ON CONFLICT DO NOTHING
        """)

    /// The clinic's active policy; the standard one is written for a clinic that has none.
    package func active(_ context: TenantContext) async throws(StoreError) -> EscalationPolicy {
        if let policy = remembered[context.clinic] { return policy }
        var rows = try await pool.run(context, [Self.readActive(.id(context.clinic))])
        if rows[0].isEmpty {
            let standard = EscalationPolicy.standard(id: .random())
            rows = try await pool.run(
                context,
                [Self.insertFirst(context.clinic, standard), Self.readActive(.id(context.clinic))])
            rows.removeFirst()
        }
        guard let row = rows[0].first else { throw .notFound(.policy) }
        let policy = try EscalationPolicy(row, id: "id", version: "version")
        if remembered.count >= Self.maximumRemembered { remembered.removeAll() }
        remembered[context.clinic] = policy
        return policy
    }

    /// Reads the clinic's policy anew at its next use.
    package func forget(_ clinic: ClinicID) { remembered[clinic] = nil }
}

extension Statement {
    /// Calls a statement whose parameters are clinic, id, version, name and document.
    func callAsFunction(_ clinic: ClinicID, _ policy: EscalationPolicy) -> Call {
        var json = JSONWriter(capacity: 1024)
        policy.write(to: &json)
        return self(.id(clinic), .id(policy.id), .integer(policy.version), .text(policy.name), .text(json.text))
    }
}

extension EscalationPolicy {
    /// Reads a row with a `document` and the columns named.
    init(_ row: Row, id: String, version: String) throws(StoreError) {
        let (policy, number, bytes) = try reading { () throws(DatabaseError) -> (PolicyID, Int, [UInt8]) in
            (try row.id(id), try row.int(version), try row.utf8("document"))
        }
        do {
            try self.init(id: policy, version: number, document: try JSONReader.readObject(bytes))
        } catch {
            throw .database(.malformed("document"))
        }
    }
}
