package import Clinic
import Database

/// One person whom a step meant to reach by one way, as the alert's story tells it.
package struct MessageRecord: Sendable, Equatable {
    package let id: MessageID
    package let user: UserID
    package let step: Int
    package let channel: String
    package let template: String
    /// As `messages.state` has it.
    package let state: String
    /// How often a gateway was called.
    package let attempts: Int
    package let createdAt: Timestamp
    /// It does not leave before.
    package let notBefore: Timestamp
    /// It does not leave after.
    package let expiresAt: Timestamp

    init(_ row: Row) throws(DatabaseError) {
        id = try row.id("id")
        user = try row.id("user_id")
        step = try row.int("step")
        channel = try row.string("channel")
        template = try row.string("template")
        state = try row.string("state")
        attempts = try row.int("attempts")
        createdAt = try row.time("created_at")
        notBefore = try row.time("not_before")
        expiresAt = try row.time("expires_at")
    }
}
