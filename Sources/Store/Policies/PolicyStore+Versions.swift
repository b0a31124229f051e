package import Clinic
import Database

/// One version of a policy, as it is kept.
package struct PolicyRecord: Sendable, Equatable {
    package let policy: EscalationPolicy
    /// Whether alerts that are raised now get it.
    package let isActive: Bool
    package let createdAt: Timestamp
}

/// A policy in a list: its newest version, and the one that is in force.
package struct PolicySummary: Sendable, Equatable {
    package let id: PolicyID
    package let name: String
    package let version: Int
    /// nil where another policy of the clinic is in force.
    package let activeVersion: Int?
    package let createdAt: Timestamp
}

/// What became of a change that named the version it was made from.
package enum PolicyChange: Sendable, Equatable {
    case written(PolicyRecord)
    /// Somebody else was faster; nothing was changed.
    case overtaken(by: Int)
}

extension PolicyStore {
    /// The most policies, and versions of one, that a list holds: the newest.
    package static let maximumListed = 200

    private static let list = Statement(
        "list_policies",
        """
        SELECT newest.id, newest.name, newest.version, newest.created_at, active.version AS active_version
        FROM (SELECT DISTINCT ON (id) id, name, version, created_at FROM escalation_policies
              WHERE clinic_id = $1 ORDER BY id, version DESC) newest
        LEFT JOIN escalation_policies active
            ON active.clinic_id = $1 AND active.id = newest.id AND active.is_active
        ORDER BY newest.created_at DESC, newest.id LIMIT $2
        """)

    private static let readVersion = Statement(
        "read_policy",
        """
        SELECT id, version, document, is_active, created_at FROM escalation_policies
        WHERE clinic_id = $1 AND id = $2 AND ($3::int IS NULL OR version = $3::int)
        ORDER BY version DESC LIMIT 1
        """)

    private static let listVersions = Statement(
        "list_policy_versions",
        """
        SELECT id, version, document, is_active, created_at FROM escalation_policies
        WHERE clinic_id = $1 AND id = $2 ORDER BY version DESC LIMIT $3
        """)

    // Writes nothing where the version that the change was made from is not the newest any more.
    private static let insertNext = Statement(
        "insert_policy_version",
        """
        INSERT INTO escalation_policies (id, clinic_id, version, name, document)
        SELECT $2, $1, $3, $4, $5::jsonb
        WHERE (SELECT max(version) FROM escalation_policies WHERE clinic_id = $1 AND id = $2)
            IS NOT DISTINCT FROM NULLIF($3::int - 1, 0)
        ON CONFLICT DO NOTHING
        RETURNING id, version, document, is_active, created_at
        """)

    private static let deactivate = Statement(
        "deactivate_policy",
        """
        UPDATE escalation_policies SET is_active = FALSE
        WHERE clinic_id = $1 AND is_active
            AND EXISTS (SELECT FROM escalation_policies WHERE clinic_id = $1 AND id = $2 AND version = $3)
        """)

    private static let activate = Statement(
        "activate_policy",
        """
        UPDATE escalation_policies SET is_active = TRUE WHERE clinic_id = $1 AND id = $2 AND version = $3
        RETURNING id, version, document, is_active, created_at
        """)

    /// The clinic's policies, newest first.
    package func list(_ context: TenantContext) async throws(StoreError) -> [PolicySummary] {
        let rows = try await pool.run(context, [Self.list(.id(context.clinic), .integer(Self.maximumListed))])
        return try reading { () throws(DatabaseError) in
            var summaries: [PolicySummary] = []
            for row in rows[0] {
                summaries.append(
                    PolicySummary(
                        id: try row.id("id"), name: try row.string("name"), version: try row.int("version"),
                        activeVersion: try row.optionalInt64("active_version").map { Int($0) },
                        createdAt: try row.time("created_at")))
            }
            return summaries
        }
    }

    /// A version of a policy, or its newest; `notFound` where this clinic has none.
    package func read(
        _ id: PolicyID, version: Int? = nil, _ context: TenantContext
    ) async throws(StoreError) -> PolicyRecord {
        let rows = try await pool.run(
            context, [Self.readVersion(.id(context.clinic), .id(id), version.map { .integer($0) } ?? .null)])
        guard let row = rows[0].first else { throw .notFound(.policy) }
        return try PolicyRecord(row)
    }

    /// The versions of a policy, newest first; `notFound` where this clinic has none.
    package func versions(_ id: PolicyID, _ context: TenantContext) async throws(StoreError) -> [PolicyRecord] {
        let rows = try await pool.run(
            context, [Self.listVersions(.id(context.clinic), .id(id), .integer(Self.maximumListed))])
        guard !rows[0].isEmpty else { throw .notFound(.policy) }
        var records: [PolicyRecord] = []
        for row in rows[0] { records.append(try PolicyRecord(row)) }
        return records
    }

    /// Writes a version that is not in force yet: the first of a new policy, or the one behind the newest. Audited.
    ///
    /// The policy's version says which it is to be; it has been checked. Overtaken where another was written meanwhile.
    package func write(_ policy: EscalationPolicy, _ context: TenantContext) async throws(StoreError) -> PolicyChange {
        let action: AuditAction = policy.version == 1 ? .policyCreated : .policyChanged
        let written = try await pool.interact(context) { transaction throws(StoreError) -> PolicyRecord? in
            let rows = try await transaction.execute([Self.insertNext(context.clinic, policy)])
            guard let row = rows[0].first else { return nil }
            let record = try PolicyRecord(row)
            _ = try await transaction.executeAndCommit([
                context.audit(action, table: "escalation_policies", policy.id)
            ])
            return record
        }
        if let written { return .written(written) }
        return .overtaken(by: try await read(policy.id, context).policy.version)
    }

    /// Puts a version in force: alerts that are raised from now on get it, and no other. Audited.
    package func activate(
        _ id: PolicyID, version: Int, _ context: TenantContext
    ) async throws(StoreError) -> PolicyRecord {
        let key: [Parameter] = [.id(context.clinic), .id(id), .integer(version)]
        let record = try await pool.interact(context) { transaction throws(StoreError) in
            let rows = try await transaction.execute([Call(Self.deactivate, key), Call(Self.activate, key)])
            guard let row = rows[1].first else { throw .notFound(.policy) }
            let record = try PolicyRecord(row)
            _ = try await transaction.executeAndCommit([
                context.audit(.policyActivated, table: "escalation_policies", id)
            ])
            return record
        }
        forget(context.clinic)
        return record
    }
}

extension PolicyRecord {
    fileprivate init(_ row: Row) throws(StoreError) {
        policy = try EscalationPolicy(row, id: "id", version: "version")
        (isActive, createdAt) = try reading { () throws(DatabaseError) in
            (try row.bool("is_active"), try row.time("created_at"))
        }
    }
}
