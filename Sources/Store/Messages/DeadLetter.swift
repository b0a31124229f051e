package import Clinic
import Database

/// A message that nobody got: given up after its attempts, refused for good, or too old when its turn came.
package struct DeadLetter: Sendable, Equatable {
    package let id: MessageID
    package let alert: AlertID
    package let user: UserID
    package let kind: ContactKind
    package let template: String
    package let urgency: UrgencyLevel
    package let step: Int
    /// `DEAD`, `EXPIRED`, or `QUEUED` after a replay.
    package let state: String
    /// The gateway's last code, or a word of the hub's; at most 64 characters.
    package let reason: String?
    package let createdAt: Timestamp
    package let deadAt: Timestamp?
    package let attempts: Int
    /// The gateways that had it, in order.
    package let gateways: [String]
    package let replays: Int
    /// Whether its alert still waits for somebody.
    package let isReplayable: Bool

    init(_ row: Row) throws(DatabaseError) {
        id = try row.id("id")
        alert = try row.id("alert_id")
        user = try row.id("user_id")
        kind = try row.choice("channel")
        template = try row.string("template")
        let rank = try row.int("priority")
        guard let urgency = UrgencyLevel.allCases.first(where: { $0.rank == rank }) else {
            throw .malformed("priority")
        }
        self.urgency = urgency
        step = try row.int("step")
        state = try row.string("state")
        reason = try row.optionalString("dead_reason")
        createdAt = try row.time("created_at")
        deadAt = try row.optionalTime("dead_at")
        attempts = try row.int("attempts")
        gateways = try row.string("gateways").split(separator: ",").map(String.init)
        replays = try row.int("replays")
        isReplayable = try row.bool("is_replayable")
    }
}
