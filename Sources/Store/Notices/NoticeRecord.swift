package import Clinic
import Database

/// A notice that nobody has put right yet.
package struct NoticeRecord: Sendable, Equatable {
    package let id: NoticeID
    package let notice: OperatorNotice
    package let raisedAt: Timestamp

    init(_ row: Row) throws(DatabaseError) {
        id = try row.id("id")
        var gap: DutyGap?
        if let from = try row.optionalTime("starts_at"), let to = try row.optionalTime("ends_at") {
            gap = DutyGap(from: from, to: to)
        }
        notice = OperatorNotice(
            try row.choice("kind"), user: try row.optionalID("user_id"), contact: try row.optionalID("contact_id"),
            schedule: try row.optionalID("schedule_id"), gap: gap)
        raisedAt = try row.time("raised_at")
    }
}
