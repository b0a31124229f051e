package import Clinic
import Database

extension ScheduleStore {
    /// The most overrides of a schedule that have not ended.
    package static let maximumOverrides = 500

    private static let list = Statement(
        "list_overrides",
        """
        SELECT id, schedule_id, user_id, starts_at, ends_at, created_by FROM schedule_overrides
        WHERE clinic_id = $1 AND schedule_id = $2 AND ends_at > $3 AND starts_at < $4
        ORDER BY starts_at, id LIMIT 1000
        """)

    private static let present = Statement(
        "schedule_is_there",
        "SELECT FROM oncall_schedules WHERE clinic_id = $1 AND id = $2 AND deleted_at IS NULL FOR KEY SHARE")

    private static let person = Statement(
        "override_person", "SELECT FROM users WHERE clinic_id = $1 AND id = $2 AND is_active")

    private static let insert = Statement(
        "insert_override",
        """
        INSERT INTO schedule_overrides (id, clinic_id, schedule_id, user_id, starts_at, ends_at, created_by)
        SELECT $1, $2, $3, $4, $5, $6, $7 FROM schedule_overrides
        WHERE clinic_id = $2 AND schedule_id = $3 AND ends_at > clock_timestamp() HAVING count(*) < $8
        """)

    private static let one = Statement(
        "read_override",
        """
        SELECT id, schedule_id, user_id, starts_at, ends_at, created_by FROM schedule_overrides
        WHERE clinic_id = $1 AND schedule_id = $2 AND id = $3
        """)

    private static let erase = Statement(
        "delete_override",
        """
        DELETE FROM schedule_overrides WHERE clinic_id = $1 AND schedule_id = $2 AND id = $3
            AND ($4::uuid IS NULL OR user_id = $4::uuid)
        """)

    /// The overrides that touch the time from `from` to `to`.
    package func overrides(
        of schedule: ScheduleID, from: Timestamp, to: Timestamp, _ context: TenantContext
    ) async throws(StoreError) -> [OverrideRecord] {
        let rows = try await pool.run(
            context,
            [
                Self.present(.id(context.clinic), .id(schedule)),
                Self.list(.id(context.clinic), .id(schedule), .time(from), .time(to)),
            ])
        guard !rows[0].isEmpty else { throw .notFound(.schedule) }
        return try reading { () throws(DatabaseError) in
            var overrides: [OverrideRecord] = []
            for row in rows[1] { overrides.append(try OverrideRecord(row)) }
            return overrides
        }
    }

    /// Puts one person on call for a while, before all layers.
    package func override(
        _ schedule: ScheduleID, by person: UserID, from: Timestamp, to: Timestamp, _ context: TenantContext
    ) async throws(StoreError) -> OverrideRecord {
        let id = OverrideID.random()
        return try await pool.interact(context) { transaction throws(StoreError) in
            let rows = try await transaction.execute([
                Self.present(.id(context.clinic), .id(schedule)), Self.person(.id(context.clinic), .id(person)),
            ])
            guard !rows[0].isEmpty else { throw .notFound(.schedule) }
            guard !rows[1].isEmpty else { throw .invalidReference(.userId) }
            let results = try await transaction.execute([
                Self.insert(
                    .id(id), .id(context.clinic), .id(schedule), .id(person), .time(from), .time(to),
                    .id(context.actor.user), .integer(Self.maximumOverrides)),
                context.audit(.overrideCreated, table: "schedule_overrides", id),
            ])
            guard results[0].affected > 0 else { throw .schedule(.tooMany) }
            let written = try await transaction.executeAndCommit([
                Self.one(.id(context.clinic), .id(schedule), .id(id))
            ])
            guard let row = written[0].first else { throw .notFound(.override) }
            return try reading { () throws(DatabaseError) in try OverrideRecord(row) }
        }
    }

    /// Takes an override back; where `person` is given, only that person's.
    package func delete(
        _ override: OverrideID, of schedule: ScheduleID, person: UserID?, _ context: TenantContext
    ) async throws(StoreError) {
        try await pool.interact(context) { transaction throws(StoreError) in
            let rows = try await transaction.execute([
                Self.erase(.id(context.clinic), .id(schedule), .id(override), .id(person)),
                context.audit(.overrideDeleted, table: "schedule_overrides", override),
            ])
            guard rows[0].affected > 0 else { throw .notFound(.override) }
        }
    }
}
