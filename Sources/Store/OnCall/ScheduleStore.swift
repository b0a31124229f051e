package import Clinic
import Database
import Wire

/// The clinics' on-call schedules. Loop-confined.
package struct ScheduleStore {
    /// The most schedules of a clinic.
    package static let maximumSchedules = 100

    let pool: Pool
    package let zones: ZoneTable

    private static let list = Statement(
        "list_schedules",
        """
        SELECT id, version, definition, updated_at FROM oncall_schedules
        WHERE clinic_id = $1 AND deleted_at IS NULL ORDER BY lower(name), id LIMIT 100
        """)

    private static let one = Statement(
        "read_schedule",
        """
        SELECT id, version, definition, updated_at FROM oncall_schedules
        WHERE clinic_id = $1 AND id = $2 AND deleted_at IS NULL
        """)

    private static let lockOne = Statement(
        "lock_schedule",
        """
        SELECT version FROM oncall_schedules
        WHERE clinic_id = $1 AND id = $2 AND deleted_at IS NULL FOR NO KEY UPDATE
        """)

    private static let strangers = Statement(
        "strangers_of_schedule",
        """
        SELECT count(*) AS n FROM unnest($2::uuid[]) AS wanted (id)
        WHERE NOT EXISTS (SELECT FROM users u WHERE u.clinic_id = $1 AND u.id = wanted.id AND u.is_active)
        """)

    private static let insert = Statement(
        "insert_schedule",
        """
        INSERT INTO oncall_schedules (id, clinic_id, name, definition)
        SELECT $2, $1, $3, $4::jsonb FROM oncall_schedules WHERE clinic_id = $1 AND deleted_at IS NULL
        HAVING count(*) < $5
        """)

    private static let update = Statement(
        "update_schedule",
        """
        UPDATE oncall_schedules SET version = version + 1, name = $3, definition = $4::jsonb,
            updated_at = clock_timestamp()
        WHERE clinic_id = $1 AND id = $2
        """)

    private static let erase = Statement(
        "delete_schedule",
        "UPDATE oncall_schedules SET deleted_at = clock_timestamp() WHERE clinic_id = $1 AND id = $2")

    private static let users = Statement(
        "policies_of_schedule",
        """
        SELECT count(*) AS n FROM escalation_policies
        WHERE clinic_id = $1 AND is_active AND jsonb_path_exists(
            document, '$.**.schedule ? (@ == $id)', jsonb_build_object('id', $2::text))
        """)

    /// The clinic's schedules by name.
    package func schedules(_ context: TenantContext) async throws(StoreError) -> [ScheduleRecord] {
        let rows = try await pool.run(context, [Self.list(.id(context.clinic))])
        var schedules: [ScheduleRecord] = []
        for row in rows[0] { schedules.append(try ScheduleRecord(row)) }
        return schedules
    }

    package func schedule(
        _ schedule: ScheduleID, _ context: TenantContext
    ) async throws(StoreError) -> ScheduleRecord {
        let rows = try await pool.run(context, [Self.one(.id(context.clinic), .id(schedule))])
        guard let row = rows[0].first else { throw .notFound(.schedule) }
        return try ScheduleRecord(row)
    }

    /// Writes a new schedule; its definition was checked by whoever read the request, except for its people.
    package func create(
        _ definition: ScheduleDefinition, _ context: TenantContext
    ) async throws(StoreError) -> ScheduleRecord {
        let schedule = ScheduleID.random()
        return try await pool.interact(context) { transaction throws(StoreError) in
            let rows = try await transaction.execute([
                strangers(of: definition, context),
                Self.insert(
                    .id(context.clinic), .id(schedule), .text(definition.name), .text(Self.json(definition)),
                    .integer(Self.maximumSchedules)),
                context.audit(.scheduleCreated, table: "oncall_schedules", schedule),
            ])
            try Self.requireNoStranger(rows[0])
            guard rows[1].affected > 0 else { throw .schedule(.tooMany) }
            return try await read(schedule, transaction, context)
        }
    }

    /// Replaces the definition, if the version is still `version` (nil: whatever it is).
    package func replace(
        _ schedule: ScheduleID, with definition: ScheduleDefinition, version: Int?, _ context: TenantContext
    ) async throws(StoreError) -> ScheduleRecord {
        try await pool.interact(context) { transaction throws(StoreError) in
            try await lock(schedule, version: version, transaction, context)
            let rows = try await transaction.execute([
                strangers(of: definition, context),
                Self.update(
                    .id(context.clinic), .id(schedule), .text(definition.name), .text(Self.json(definition))),
                context.audit(.scheduleChanged, table: "oncall_schedules", schedule),
            ])
            try Self.requireNoStranger(rows[0])
            return try await read(schedule, transaction, context)
        }
    }

    /// Removes a schedule that the active policy does not name, if the version is still `version`.
    package func delete(
        _ schedule: ScheduleID, version: Int?, _ context: TenantContext
    ) async throws(StoreError) {
        try await pool.interact(context) { transaction throws(StoreError) in
            try await lock(schedule, version: version, transaction, context)
            let rows = try await transaction.execute([Self.users(.id(context.clinic), .id(schedule))])
            let policies = try reading { () throws(DatabaseError) in try rows[0].first?.int("n") ?? 0 }
            guard policies == 0 else { throw .schedule(.inUse) }
            _ = try await transaction.executeAndCommit([
                Self.erase(.id(context.clinic), .id(schedule)),
                context.audit(.scheduleDeleted, table: "oncall_schedules", schedule),
            ])
        }
    }

    private func lock(
        _ schedule: ScheduleID, version: Int?, _ transaction: Transaction, _ context: TenantContext
    ) async throws(StoreError) {
        let rows = try await transaction.execute([Self.lockOne(.id(context.clinic), .id(schedule))])
        guard let row = rows[0].first else { throw .notFound(.schedule) }
        let current = try reading { () throws(DatabaseError) in try row.int("version") }
        guard version == nil || version == current else { throw .schedule(.versionMismatch(current: current)) }
    }

    private func read(
        _ schedule: ScheduleID, _ transaction: Transaction, _ context: TenantContext
    ) async throws(StoreError) -> ScheduleRecord {
        let rows = try await transaction.executeAndCommit([Self.one(.id(context.clinic), .id(schedule))])
        guard let row = rows[0].first else { throw .notFound(.schedule) }
        return try ScheduleRecord(row)
    }

    private func strangers(of definition: ScheduleDefinition, _ context: TenantContext) -> Call {
        Self.strangers(.id(context.clinic), .array(definition.people.map(\.description)))
    }

    private static func requireNoStranger(_ rows: Rows) throws(StoreError) {
        let strangers = try reading { () throws(DatabaseError) in try rows.first?.int("n") ?? 0 }
        guard strangers == 0 else { throw .invalidReference(.people) }
    }

    /// The definition as its column has it.
    static func json(_ definition: ScheduleDefinition) -> String {
        var json = JSONWriter(capacity: 1_024)
        json.object { json in definition.writeFields(to: &json) }
        return json.text
    }
}
