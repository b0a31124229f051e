package import Clinic
import Database
import Wire

/// A schedule as it stands.
package struct ScheduleRecord: Sendable, Equatable {
    package let id: ScheduleID
    /// 1 and upwards; each change makes the next.
    package let version: Int
    package let definition: ScheduleDefinition
    package let updatedAt: Timestamp

    init(_ row: Row) throws(StoreError) {
        let (id, version, bytes, updatedAt) = try reading {
            () throws(DatabaseError) -> (ScheduleID, Int, [UInt8], Timestamp) in
            (try row.id("id"), try row.int("version"), try row.utf8("definition"), try row.time("updated_at"))
        }
        self.id = id
        self.version = version
        self.updatedAt = updatedAt
        do {
            definition = try ScheduleDefinition(try JSONReader.readObject(bytes))
        } catch {
            throw .database(.malformed("definition"))
        }
    }
}

/// An exception from a schedule, and who made it.
package struct OverrideRecord: Sendable, Equatable {
    package let duty: DutyOverride
    package let schedule: ScheduleID
    package let createdBy: UserID?

    init(_ row: Row) throws(DatabaseError) {
        duty = DutyOverride(
            id: try row.id("id"), person: try row.id("user_id"), from: try row.time("starts_at"),
            to: try row.time("ends_at"))
        schedule = try row.id("schedule_id")
        createdBy = try row.optionalID("created_by")
    }
}
