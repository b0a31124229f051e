package import Clinic
import Database

/// A member of staff as administrators see it.
package struct UserRecord: Sendable, Equatable {
    package let member: StaffMember
    /// By which the issuer of tokens knows the person.
    package let authID: String
    package let createdAt: Timestamp

    init(_ row: Row) throws(DatabaseError) {
        member = try StaffMember(row)
        authID = try row.string("auth_id")
        createdAt = try row.optionalTime("created_at") ?? Timestamp(microseconds: 0)
    }
}

/// Hiring, changing and dismissing staff, each with its audit row.
extension StaffStore {
    /// What is changed of a person; nil leaves a column as it is.
    package struct Change: Sendable {
        package var authID: String?
        package var role: Role?
        package var name: String?
        /// `.some(nil)` takes the number away.
        package var phone: PhoneNumber??
        package var isActive: Bool?

        package init() {}
    }

    private static let columns: StaticString =
        "id, clinic_id, role, full_name, is_active, phone_e164 IS NOT NULL AS has_phone, auth_id, created_at"

    private static let list = Statement(
        name: "administer_users",
        sql: """
            SELECT \(columns) FROM users WHERE clinic_id = $1 AND (full_name, id) > ($2, $3::uuid)
            ORDER BY full_name, id LIMIT $4
            """)

    private static let insert = Statement(
        name: "hire_user",
        sql: """
            INSERT INTO users (clinic_id, id, auth_id, role, full_name, phone_e164) VALUES ($1, $2, $3, $4, $5, $6)
            RETURNING \(columns)
            """)

    // Whoever becomes another, or nobody, brings a new token: what the old ones say is no longer true.
    private static let change = Statement(
        name: "change_user",
        sql: """
            WITH old AS MATERIALIZED (
                SELECT id AS old_id, role AS old_role, is_active AS was_active FROM users
                WHERE clinic_id = $1 AND id = $2 AND ($9 OR NOT role = ANY ($10::text[])) FOR UPDATE
            ), changed AS (
                UPDATE users SET auth_id = COALESCE($3, auth_id), role = COALESCE($4, role),
                    full_name = COALESCE($5, full_name), is_active = COALESCE($6, is_active),
                    phone_e164 = CASE WHEN $7 THEN $8 ELSE phone_e164 END
                FROM old WHERE clinic_id = $1 AND id = old_id
                RETURNING \(columns)
            ), revoked AS (
                INSERT INTO revocations (clinic_id, user_id, revoked_by)
                SELECT $1, changed.id, $11::uuid FROM changed JOIN old ON old_id = changed.id
                WHERE changed.role <> old_role OR was_active IS TRUE AND changed.is_active IS NOT TRUE
                ON CONFLICT (clinic_id, user_id) WHERE user_id IS NOT NULL
                DO UPDATE SET revoked_at = clock_timestamp(), revoked_by = EXCLUDED.revoked_by
                RETURNING revoked_at
            )
            SELECT changed.*, (SELECT revoked_at FROM revoked) AS revoked_at FROM changed
            """)

    /// Roles that reach beyond a clinic: who may not give them may not change whoever has them either.
    package static let rolesAcrossClinics: Set<Role> = [.corporateAdmin, .auditReader]

    /// A page of the clinic's staff by name, those who are gone too.
    package func users(
        after place: (name: String, id: UserID)?, limit: Int, _ context: TenantContext
    ) async throws(StoreError) -> [UserRecord] {
        let rows = try await pool.run(
            context,
            [
                Self.list(
                    .id(context.clinic), .text(place?.name ?? ""), .id(place?.id ?? UserID(high: 0, low: 0)),
                    .integer(limit))
            ])
        return try reading { () throws(DatabaseError) in
            var users: [UserRecord] = []
            for row in rows[0] { users.append(try UserRecord(row)) }
            return users
        }
    }

    /// - Throws: `userTaken` where the issuer's id is another user's.
    package func hire(
        authID: String, role: Role, name: String, phone: PhoneNumber?, _ vault: PHIVault, _ context: TenantContext
    ) async throws(StoreError) -> UserRecord {
        let id = UserID.random()
        let sealed = try phone.map { phone throws(StoreError) in try vault.seal(phone: phone, of: id) }
        let rows = try await pool.run(
            context,
            [
                Self.insert(
                    .id(context.clinic), .id(id), .text(authID), .text(role.rawValue), .text(name), .text(sealed)),
                context.audit(.userCreated, table: "users", id),
            ])
        guard let row = rows[0].first else { throw .notFound(.clinic) }
        return try reading { () throws(DatabaseError) in try UserRecord(row) }
    }

    /// Changes a person. Where the role changes, or the person leaves, the tokens so far are revoked in the same transaction.
    ///
    /// - Parameter mayAcrossClinics: whether those with a role beyond the clinic may be changed.
    /// - Throws: `notFound`; `userTaken`.
    package func change(
        _ user: UserID, _ change: Change, mayAcrossClinics: Bool, _ vault: PHIVault, _ context: TenantContext
    ) async throws(StoreError) -> (user: UserRecord, revocation: Revocation?) {
        var phone: String?
        if case .some(.some(let number)) = change.phone { phone = try vault.seal(phone: number, of: user) }
        let rows = try await pool.run(
            context,
            [
                Self.change(
                    .id(context.clinic), .id(user), .text(change.authID), .text(change.role?.rawValue),
                    .text(change.name), change.isActive.map { .bool($0) } ?? .null, .bool(change.phone != nil),
                    .text(phone), .bool(mayAcrossClinics), .array(Self.rolesAcrossClinics.map(\.rawValue)),
                    .id(context.actor.user)),
                context.audit(.userChanged, table: "users", user), RevocationStore.notify(),
            ])
        guard let row = rows[0].first else { throw .notFound(.user) }
        return try reading { () throws(DatabaseError) in
            let revokedAt = try row.optionalTime("revoked_at")
            return (
                try UserRecord(row),
                revokedAt.map {
                    Revocation(clinic: context.clinic, subject: .user(user), revokedAt: $0, expiresAt: nil)
                }
            )
        }
    }

    private static let home = Statement("find_clinic_of_user", "SELECT clinic_id FROM users WHERE id = $1")

    /// The clinic of a user, where the role may see it. Throws `notFound`.
    package func clinic(of user: UserID, _ context: TenantContext) async throws(StoreError) -> ClinicID {
        let rows = try await pool.run(context, [Self.home(.id(user))])
        guard let row = rows[0].first else { throw .notFound(.user) }
        return try reading { () throws(DatabaseError) in try row.id("clinic_id") }
    }
}
