package import Clinic
import Database

/// One row of the audit as it stands, for whoever may read it.
package struct AuditRecord: Sendable, Equatable {
    package let id: Int64
    /// Zeros where it belongs to no clinic.
    package let clinic: ClinicID
    package let actor: UserID?
    /// A role, `SYSTEM`, or nil where nobody knows who it was.
    package let actorRole: String?
    package let action: String
    package let targetTable: String?
    /// Any row's id; of what, the table says.
    package let target: AlertID?
    package let ipAddress: String?
    package let sessionID: String?
    package let loggedAt: Timestamp
    /// Nil: it was done.
    package let outcome: String?
    package let occurrences: Int
    /// Its place in the clinic's chain; nil for the second until it is sealed.
    package let seal: Seal?

    /// What binds a row to the one before it; see `Migrations/0030_audit_chain.sql` for what is hashed.
    package struct Seal: Sendable, Equatable {
        package let place: Int64
        package let previousHash: [UInt8]
        package let hash: [UInt8]
    }

    init(_ row: Row) throws(DatabaseError) {
        id = try row.int64("id")
        clinic = try row.id("clinic_id")
        actor = try row.optionalID("actor_user_id")
        actorRole = try row.optionalString("actor_role")
        action = try row.string("action")
        targetTable = try row.optionalString("target_table")
        target = try row.optionalID("target_id")
        ipAddress = try row.optionalString("address")
        sessionID = try row.optionalString("session_id")
        loggedAt = try row.time("logged_at")
        outcome = try row.optionalString("outcome")
        occurrences = try row.int("occurrences")
        seal = try row.optionalInt64("chain_seq").map { place throws(DatabaseError) in
            Seal(place: place, previousHash: try row.bytes("prev_hash"), hash: try row.bytes("hash"))
        }
    }
}
