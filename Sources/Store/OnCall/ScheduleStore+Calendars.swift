package import Clinic
import Database

extension ScheduleStore {
    /// A schedule that can be asked, with its name and id.
    package struct Calendar: Sendable {
        package let record: ScheduleRecord
        package let calendar: OnCallCalendar
    }

    private static let all = Statement(
        "calendars",
        """
        SELECT id, version, definition, updated_at FROM oncall_schedules
        WHERE clinic_id = $1 AND deleted_at IS NULL AND ($2::uuid IS NULL OR id = $2::uuid)
        ORDER BY lower(name), id LIMIT 100
        """)

    private static let overrides = Statement(
        "overrides_of_calendars",
        """
        SELECT id, schedule_id, user_id, starts_at, ends_at, created_by FROM schedule_overrides
        WHERE clinic_id = $1 AND ($2::uuid IS NULL OR schedule_id = $2::uuid) AND ends_at > $3 AND starts_at < $4
        ORDER BY starts_at, id LIMIT 5000
        """)

    private static let clock = Statement("clock", "SELECT clock_timestamp() AS now")

    /// The database's clock.
    package func now(_ context: TenantContext) async throws(StoreError) -> Timestamp {
        let rows = try await pool.run(context, [Self.clock()])
        guard let row = rows[0].first else { throw .database(.malformed("clock")) }
        return try reading { () throws(DatabaseError) in try row.time("now") }
    }

    /// The clinic's schedules, or one of them, with the overrides of a time around now.
    package func calendars(
        of schedule: ScheduleID? = nil, from: Timestamp? = nil, to: Timestamp? = nil, _ context: TenantContext
    ) async throws(StoreError) -> (calendars: [Calendar], now: Timestamp) {
        let clock = try await pool.run(context, [Self.clock(), Self.all(.id(context.clinic), .id(schedule))])
        guard let first = clock[0].first else { throw .database(.malformed("clock")) }
        let now = try reading { () throws(DatabaseError) in try first.time("now") }
        let rows = try await pool.run(
            context,
            [
                Self.overrides(
                    .id(context.clinic), .id(schedule), .time(from ?? now),
                    .time(to ?? now.advanced(by: .seconds(31 * 86_400))))
            ])
        return (try Self.calendars(clock[1], overrides: rows[0], zones: zones), now)
    }

    /// The calls whose results `calendars(_:overrides:zones:)` reads: all schedules, and what overrides them at `now`.
    static func calls(_ clinic: ClinicID, now: Timestamp) -> [Call] {
        [
            all(.id(clinic), .null),
            overrides(.id(clinic), .null, .time(now), .time(now.advanced(by: .microseconds(1)))),
        ]
    }

    static func calendars(
        _ schedules: Rows, overrides: Rows, zones: ZoneTable
    ) throws(StoreError) -> [Calendar] {
        let exceptions = try reading { () throws(DatabaseError) -> [ScheduleID: [DutyOverride]] in
            var exceptions: [ScheduleID: [DutyOverride]] = [:]
            for row in overrides {
                let record = try OverrideRecord(row)
                exceptions[record.schedule, default: []].append(record.duty)
            }
            return exceptions
        }
        var calendars: [Calendar] = []
        for row in schedules {
            let record = try ScheduleRecord(row)
            // A zone that this machine has lost is read as UTC: somebody is on call, if at another hour.
            let zone = zones.rules(record.definition.zone) ?? .utc
            calendars.append(
                Calendar(
                    record: record,
                    calendar: OnCallCalendar(record.definition, zone: zone, overrides: exceptions[record.id] ?? [])))
        }
        return calendars
    }
}
