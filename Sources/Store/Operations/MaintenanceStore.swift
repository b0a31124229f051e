package import Clinic
import Database
import HubProtocol

/// Maintenance windows: times in which alerts of some urgencies are shown, and nobody is called for them until the window
/// ends. Loop-confined. Each ends by itself; CRITICAL passes, always.
package struct MaintenanceStore {
    let pool: Pool
    let vault: PHIVault
    let policies: PolicyStore

    /// A window as it was asked for.
    package struct Draft: Sendable, Equatable {
        package var source: String?
        /// nil takes what the clinic's policy suppresses.
        package var suppresses: [UrgencyLevel]?
        package var until: Timestamp

        package init(source: String?, suppresses: [UrgencyLevel]?, until: Timestamp) {
            self.source = source
            self.suppresses = suppresses
            self.until = until
        }
    }

    package struct Window: Sendable, Equatable {
        package let id: MaintenanceWindowID
        package let source: String?
        package let suppresses: [UrgencyLevel]
        package let createdBy: UserID
        package let beginsAt: Timestamp
        package let endsAt: Timestamp
        package let isActive: Bool
    }

    /// Why a window is not begun: the field, and what is allowed.
    package enum Refusal: Error, Equatable, Sendable {
        /// In the past, or longer than the policy allows.
        case until(longest: Duration)
        /// Not within what the policy allows to suppress.
        case suppresses(allowed: [UrgencyLevel])
    }

    private static let columns: StaticString = """
        id, source, array_to_string(suppresses, ',') AS suppresses, created_by, begins_at, ends_at, \
        announced_at IS NULL AND ends_at > clock_timestamp() AS is_active
        """

    private static let clock = Statement("maintenance_clock", "SELECT clock_timestamp() AS now")

    private static let begin = Statement(
        name: "begin_maintenance",
        sql: """
            INSERT INTO maintenance_windows (id, clinic_id, source, suppresses, created_by, ends_at)
            VALUES ($2, $1, $3, $4::text[], $5, $6) RETURNING \(columns)
            """)

    private static let list = Statement(
        name: "list_maintenance",
        sql: """
            SELECT \(columns) FROM maintenance_windows WHERE clinic_id = $1 ORDER BY begins_at DESC, id LIMIT 200
            """)

    private static let end = Statement(
        name: "end_maintenance",
        sql: """
            UPDATE maintenance_windows SET ends_at = LEAST(ends_at, clock_timestamp()), announced_at = clock_timestamp()
            WHERE clinic_id = $1 AND id = $2 AND announced_at IS NULL RETURNING \(columns)
            """)

    private static let exists = Statement(
        "maintenance_exists", "SELECT FROM maintenance_windows WHERE clinic_id = $1 AND id = $2")

    // Those that the window held back are called for now.
    private static let release = Statement(
        "release_maintenance",
        """
        UPDATE escalations e SET due_at = clock_timestamp()
        FROM alerts a
        WHERE e.clinic_id = $1 AND e.hold = 'MAINTENANCE' AND e.phase = 'SNOOZED' AND e.due_at > clock_timestamp()
            AND a.clinic_id = e.clinic_id AND a.id = e.alert_id AND ($2::text IS NULL OR a.source = $2::text)
        """)

    private static let over = Statement(
        "maintenance_over",
        """
        SELECT clinic_id, id FROM maintenance_windows WHERE announced_at IS NULL AND ends_at <= statement_timestamp()
        ORDER BY ends_at LIMIT 100
        """)

    /// Begins a window now and tells the screens.
    package func begin(
        _ draft: Draft, by user: UserID, _ context: TenantContext
    ) async throws(StoreError) -> Result<(Window, CommittedEvents?), Refusal> {
        let rules = try await policies.active(context).maintenance
        let wanted = draft.suppresses ?? rules.suppress
        guard !wanted.isEmpty, wanted.allSatisfy(rules.suppress.contains) else {
            return .failure(.suppresses(allowed: rules.suppress))
        }
        let times = try await pool.run(context, [Self.clock()])
        let now = try reading { () throws(DatabaseError) -> Timestamp in
            guard let row = times[0].first else { throw .malformed("now") }
            return try row.time("now")
        }
        guard draft.until > now, draft.until.duration(since: now) <= rules.max else {
            return .failure(.until(longest: rules.max))
        }
        let id = MaintenanceWindowID.random()
        let notice = MaintenanceNotice(
            window: id, isActive: true, source: draft.source, suppresses: wanted, until: draft.until, at: now)
        let rows = try await pool.run(
            context,
            [
                Self.begin(
                    .id(context.clinic), .id(id), .text(draft.source), .array(wanted.map(\.rawValue)), .id(user),
                    .time(draft.until)),
                context.audit(.maintenanceBegun, table: "maintenance_windows", id),
                EventAppend.call(NewEvent(.clinicMaintenance(notice)), clinic: context.clinic),
            ])
        let committed = try EventAppend.committed(rows.suffix(1), clinic: context.clinic, vault: vault)
        return .success((try Self.window(rows[0]), committed))
    }

    /// The clinic's windows, the newest first.
    package func list(_ context: TenantContext) async throws(StoreError) -> [Window] {
        let rows = try await pool.run(context, [Self.list(.id(context.clinic))])
        return try reading { () throws(DatabaseError) in
            var windows: [Window] = []
            for row in rows[0] { windows.append(try Window(row)) }
            return windows
        }
    }

    /// Ends a window and tells the screens; one that has ended stays as it is. Throws `notFound` for none.
    package func end(
        _ window: MaintenanceWindowID, _ context: TenantContext
    ) async throws(StoreError) -> CommittedEvents? {
        try await pool.interact(context) { transaction throws(StoreError) in
            let results = try await transaction.execute([
                Self.exists(.id(context.clinic), .id(window)), Self.end(.id(context.clinic), .id(window)),
            ])
            guard !results[0].isEmpty else { throw .notFound(.maintenance) }
            guard !results[1].isEmpty else { return nil }
            let ended = try Self.window(results[1])
            let notice = MaintenanceNotice(
                window: window, isActive: false, source: ended.source, suppresses: ended.suppresses,
                until: ended.endsAt, at: ended.endsAt)
            let rows = try await transaction.executeAndCommit([
                Self.release(.id(context.clinic), .text(ended.source)),
                context.audit(.maintenanceEnded, table: "maintenance_windows", window),
                EventAppend.call(NewEvent(.clinicMaintenance(notice)), clinic: context.clinic),
            ])
            return try EventAppend.committed(rows.suffix(1), clinic: context.clinic, vault: vault)
        }
    }

    /// Windows of all clinics whose time is over and was not told yet: give each to `end`.
    package func over() async throws(StoreError) -> [(clinic: ClinicID, window: MaintenanceWindowID)] {
        let rows = try await pool.runAsEngine([Self.over()])
        return try reading { () throws(DatabaseError) in
            var windows: [(clinic: ClinicID, window: MaintenanceWindowID)] = []
            for row in rows[0] { windows.append((try row.id("clinic_id"), try row.id("id"))) }
            return windows
        }
    }

    private static func window(_ rows: Rows) throws(StoreError) -> Window {
        try reading { () throws(DatabaseError) in
            guard let row = rows.first else { throw .malformed("maintenance_windows") }
            return try Window(row)
        }
    }
}

extension MaintenanceStore.Window {
    fileprivate init(_ row: Row) throws(DatabaseError) {
        id = try row.id("id")
        source = try row.optionalString("source")
        var levels: [UrgencyLevel] = []
        for word in try row.string("suppresses").split(separator: ",") {
            guard let level = UrgencyLevel(rawValue: String(word)) else { throw .malformed("suppresses") }
            levels.append(level)
        }
        suppresses = levels
        createdBy = try row.id("created_by")
        beginsAt = try row.time("begins_at")
        endsAt = try row.time("ends_at")
        isActive = try row.bool("is_active")
    }
}
