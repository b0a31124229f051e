package import Clinic
import Database

/// A contact as its owner and the clinic's admins see it: the address masked.
package struct ContactRecord: Sendable, Equatable {
    package let id: ContactID
    package let user: UserID
    package let kind: ContactKind
    package let label: String
    /// Such as `+…01`.
    package let maskedAddress: String
    /// Whether it is the number that the platform keeps with the user.
    package let isFromDirectory: Bool
    package let verifiedAt: Timestamp?
    package let optedOutAt: Timestamp?
    package let optedOutBy: OptOutSource?
    /// Until when a code is awaited.
    package let codeExpiresAt: Timestamp?
    package let lockedUntil: Timestamp?
    /// What became of the newest message that had an outcome; nil before the first.
    package let lastOutcome: ContactOutcome?
    /// The newest weekly test; nil before the first.
    package let lastTest: ContactOutcome?

    /// Whether the last message that had an outcome failed for good.
    package var isFailing: Bool { lastOutcome.map { !$0.isSuccess } ?? false }

    /// The contact, as far as reaching somebody by it goes.
    package var reach: ReachContact {
        ReachContact(id: id, kind: kind, isVerified: verifiedAt != nil, isOptedOut: optedOutAt != nil)
    }
}

/// What became of one message to a contact.
package struct ContactOutcome: Sendable, Equatable {
    package let at: Timestamp
    /// A state of `messages`, such as DELIVERED or DEAD.
    package let state: String
    /// The gateway's code of its last attempt that failed.
    package let errorCode: String?

    package init(at: Timestamp, state: String, errorCode: String?) {
        self.at = at
        self.state = state
        self.errorCode = errorCode
    }

    /// Whether the message is known to have arrived, or nothing speaks against it.
    package var isSuccess: Bool { state != "DEAD" && state != "EXPIRED" }
}

/// Who asked that nothing is sent to a contact.
package enum OptOutSource: String, CaseIterable, Hashable, Sendable {
    /// Its owner, or an admin of the clinic.
    case owner = "OWNER"
    /// The phone itself, by STOP; only START from the phone lifts it, since the carrier holds messages back too.
    case reply = "REPLY"
    /// A gateway knew of it; lifted as REPLY.
    case gateway = "GATEWAY"
}

extension ContactRecord {
    /// The columns that `init` reads, of `contact_methods c` with the outcomes beside it.
    static let query: StaticString = """
        SELECT c.id, c.user_id, c.kind, c.label, c.address, c.from_directory, c.verified_at, c.opted_out_at,
            c.opted_out_by, c.code_expires_at, c.locked_until,
            o.at AS outcome_at, o.state AS outcome_state, o.error_code AS outcome_code,
            t.at AS test_at, t.state AS test_state, t.error_code AS test_code
        FROM contact_methods c
        LEFT JOIN LATERAL (
            SELECT m.created_at AS at, m.state, d.error_code
            FROM messages m
            LEFT JOIN LATERAL (
                SELECT error_code FROM delivery_attempts d
                WHERE d.clinic_id = m.clinic_id AND d.message_id = m.id ORDER BY number DESC LIMIT 1) d ON TRUE
            WHERE m.clinic_id = c.clinic_id AND m.contact_id = c.id AND m.state IN ('DELIVERED', 'DEAD')
            ORDER BY m.created_at DESC LIMIT 1) o ON TRUE
        LEFT JOIN LATERAL (
            SELECT m.created_at AS at, m.state, d.error_code
            FROM messages m
            LEFT JOIN LATERAL (
                SELECT error_code FROM delivery_attempts d
                WHERE d.clinic_id = m.clinic_id AND d.message_id = m.id ORDER BY number DESC LIMIT 1) d ON TRUE
            WHERE m.clinic_id = c.clinic_id AND m.contact_id = c.id AND m.purpose = 'TEST'
            ORDER BY m.created_at DESC LIMIT 1) t ON TRUE
        """

    init(_ row: Row, vault: PHIVault) throws(StoreError) {
        let (contact, user, kind, sealed, isDirectory) = try reading {
            () throws(DatabaseError) -> (ContactID, UserID, ContactKind, String, Bool) in
            (
                try row.id("id"), try row.id("user_id"), try row.choice("kind"), try row.string("address"),
                try row.bool("from_directory")
            )
        }
        let address = try vault.openAddress(
            sealed, kind: kind, of: contact, fromDirectory: isDirectory, user: user)
        self = try reading { () throws(DatabaseError) in
            ContactRecord(
                id: contact, user: user, kind: kind, label: try row.string("label"), maskedAddress: address.masked,
                isFromDirectory: isDirectory, verifiedAt: try row.optionalTime("verified_at"),
                optedOutAt: try row.optionalTime("opted_out_at"), optedOutBy: try row.optionalChoice("opted_out_by"),
                codeExpiresAt: try row.optionalTime("code_expires_at"),
                lockedUntil: try row.optionalTime("locked_until"),
                lastOutcome: try ContactOutcome(row, "outcome"), lastTest: try ContactOutcome(row, "test"))
        }
    }
}

extension ContactOutcome {
    fileprivate init?(_ row: Row, _ prefix: String) throws(DatabaseError) {
        guard let at = try row.optionalTime("\(prefix)_at") else { return nil }
        self.init(at: at, state: try row.string("\(prefix)_state"), errorCode: try row.optionalString("\(prefix)_code"))
    }
}
