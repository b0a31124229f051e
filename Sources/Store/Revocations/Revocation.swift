package import Clinic
import Database

/// Tokens that are believed no more.
package struct Revocation: Hashable, Sendable {
    /// Which tokens are meant.
    package enum Subject: Hashable, Sendable {
        /// All of this user's that were issued up to the second of the revocation.
        case user(UserID)
        /// The one with this `jti`.
        case token(String)
    }

    package let clinic: ClinicID
    package let subject: Subject
    /// By the database's clock.
    package let revokedAt: Timestamp
    /// The token's own end, after which nobody needs to remember it; nil: it is remembered for ever.
    package let expiresAt: Timestamp?

    package init(clinic: ClinicID, subject: Subject, revokedAt: Timestamp, expiresAt: Timestamp?) {
        self.clinic = clinic
        self.subject = subject
        self.revokedAt = revokedAt
        self.expiresAt = expiresAt
    }
}

extension Revocation {
    init(_ row: Row) throws(DatabaseError) {
        let user: UserID? = try row.optionalID("user_id")
        if let user {
            subject = .user(user)
        } else {
            subject = .token(try row.string("token_id"))
        }
        clinic = try row.id("clinic_id")
        revokedAt = try row.time("revoked_at")
        expiresAt = try row.optionalTime("expires_at")
    }
}
