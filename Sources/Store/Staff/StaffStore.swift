package import Clinic
import Database

/// A member of staff.
package struct StaffMember: Sendable, Equatable {
    package let id: UserID
    package let clinic: ClinicID
    package let role: Role
    package let name: String
    package let isActive: Bool
    /// Whether a text message can reach this person.
    package let hasPhone: Bool
}

/// Members of staff and their clinics, for authentication and names on screens. Loop-confined.
package struct StaffStore {
    let pool: Pool

    private static let columns: StaticString =
        "id, clinic_id, role, full_name, is_active, phone_e164 IS NOT NULL AS has_phone"

    private static let one = Statement(
        name: "find_user", sql: "SELECT \(columns) FROM users WHERE clinic_id = $1 AND id = $2")

    private static let list = Statement(
        name: "list_users",
        sql: """
            SELECT \(columns) FROM users
            WHERE clinic_id = $1 AND ($2::text IS NULL OR role = $2::text) ORDER BY full_name, id LIMIT 1000
            """)

    /// The member of the clinic's staff; nil for one of another clinic or none.
    package func member(_ user: UserID, _ context: TenantContext) async throws(StoreError) -> StaffMember? {
        let rows = try await pool.run(context, [Self.one(.id(context.clinic), .id(user))])
        return try reading { () throws(DatabaseError) in try rows[0].first.map(StaffMember.init) }
    }

    /// The clinic's staff by name, or those of one role; at most 1000.
    package func members(role: Role? = nil, _ context: TenantContext) async throws(StoreError) -> [StaffMember] {
        let rows = try await pool.run(context, [Self.list(.id(context.clinic), .text(role?.rawValue))])
        return try reading { () throws(DatabaseError) in
            var members: [StaffMember] = []
            for row in rows[0] { members.append(try StaffMember(row)) }
            return members
        }
    }
}

extension StaffMember {
    init(_ row: Row) throws(DatabaseError) {
        id = try row.id("id")
        clinic = try row.id("clinic_id")
        role = try row.choice("role")
        name = try row.string("full_name")
        isActive = try row.optionalBool("is_active") ?? false
        hasPhone = try row.bool("has_phone")
    }
}
