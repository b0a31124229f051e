package import Clinic
import Database
import Wire

/// What a person wants: by which contacts to be told of what, when to be left alone, and who stands in. Loop-confined.
///
/// Whoever calls has checked that the actor may see and change this person's preferences.
package struct PreferenceStore {
    let pool: Pool

    private static let user = Statement(
        "preferences_owner", "SELECT role, is_active FROM users WHERE clinic_id = $1 AND id = $2")

    private static let rules = Statement(
        "read_rules",
        """
        SELECT urgency_level, contact_id, after_seconds FROM notification_rules
        WHERE clinic_id = $1 AND user_id = $2 ORDER BY urgency_level, position
        """)

    private static let clearRules = Statement(
        "clear_rules", "DELETE FROM notification_rules WHERE clinic_id = $1 AND user_id = $2")

    // Only contacts of the person: what is missing is seen by the count.
    private static let insertRules = Statement(
        "insert_rules",
        """
        INSERT INTO notification_rules (clinic_id, user_id, urgency_level, position, contact_id, after_seconds)
        SELECT $1, $2, $3, wanted.position - 1, c.id, wanted.after
        FROM unnest($4::uuid[], $5::int[]) WITH ORDINALITY AS wanted (id, after, position)
        JOIN contact_methods c
            ON c.clinic_id = $1 AND c.user_id = $2 AND c.id = wanted.id AND c.deleted_at IS NULL
        """)

    private static let quiet = Statement(
        "read_quiet_hours", "SELECT zone, windows FROM quiet_hours WHERE clinic_id = $1 AND user_id = $2")

    private static let setQuiet = Statement(
        "set_quiet_hours",
        """
        INSERT INTO quiet_hours (clinic_id, user_id, zone, windows) VALUES ($1, $2, $3, $4::jsonb)
        ON CONFLICT (clinic_id, user_id) DO UPDATE SET zone = EXCLUDED.zone, windows = EXCLUDED.windows
        """)

    private static let clearQuiet = Statement(
        "clear_quiet_hours", "DELETE FROM quiet_hours WHERE clinic_id = $1 AND user_id = $2")

    private static let backup = Statement(
        "read_backup", "SELECT backup_id FROM doctor_backups WHERE clinic_id = $1 AND doctor_id = $2")

    private static let setBackup = Statement(
        "set_backup",
        """
        INSERT INTO doctor_backups (clinic_id, doctor_id, backup_id) VALUES ($1, $2, $3)
        ON CONFLICT (clinic_id, doctor_id) DO UPDATE SET backup_id = EXCLUDED.backup_id
        """)

    private static let clearBackup = Statement(
        "clear_backup", "DELETE FROM doctor_backups WHERE clinic_id = $1 AND doctor_id = $2")

    // MARK: Rules

    package func rules(
        of user: UserID, _ context: TenantContext
    ) async throws(StoreError) -> PerUrgency<[NotificationRule]> {
        let rows = try await pool.run(
            context,
            [Self.user(.id(context.clinic), .id(user)), Self.rules(.id(context.clinic), .id(user))])
        guard !rows[0].isEmpty else { throw .notFound(.user) }
        return try reading { () throws(DatabaseError) in try Self.rules(rows[1]) }
    }

    /// Replaces all rules. `invalidReference` where one names a contact that the person does not have.
    package func set(
        _ rules: PerUrgency<[NotificationRule]>, of user: UserID, _ context: TenantContext
    ) async throws(StoreError) {
        try await pool.interact(context) { transaction throws(StoreError) in
            try await requireUser(user, transaction, context)
            var calls = [Self.clearRules(.id(context.clinic), .id(user))]
            for urgency in UrgencyLevel.allCases {
                calls.append(
                    Self.insertRules(
                        .id(context.clinic), .id(user), .text(urgency.rawValue),
                        .array(rules[urgency].map(\.contact.description)),
                        .array(rules[urgency].map { String($0.after.components.seconds) })))
            }
            calls.append(context.audit(.rulesChanged, table: "notification_rules", user))
            let results = try await transaction.execute(calls)
            for (index, urgency) in UrgencyLevel.allCases.enumerated()
            where results[index + 1].affected != rules[urgency].count {
                throw .invalidReference(.contactId)
            }
        }
    }

    static func rules(_ rows: some Sequence<Row>) throws(DatabaseError) -> PerUrgency<[NotificationRule]> {
        var rules = PerUrgency<[NotificationRule]>(all: [])
        for row in rows {
            let urgency: UrgencyLevel = try row.choice("urgency_level")
            rules[urgency].append(
                NotificationRule(contact: try row.id("contact_id"), after: .seconds(try row.int64("after_seconds"))))
        }
        return rules
    }

    // MARK: Quiet hours

    /// Nil for a person who has none.
    package func quietHours(of user: UserID, _ context: TenantContext) async throws(StoreError) -> QuietHours? {
        let rows = try await pool.run(
            context,
            [Self.user(.id(context.clinic), .id(user)), Self.quiet(.id(context.clinic), .id(user))])
        guard !rows[0].isEmpty else { throw .notFound(.user) }
        guard let row = rows[1].first else { return nil }
        return try reading { () throws(DatabaseError) in try QuietHours(row) }
    }

    /// Sets them, or takes them away by nil.
    package func set(_ quiet: QuietHours?, of user: UserID, _ context: TenantContext) async throws(StoreError) {
        try await pool.interact(context) { transaction throws(StoreError) in
            try await requireUser(user, transaction, context)
            var call = Self.clearQuiet(.id(context.clinic), .id(user))
            if let quiet {
                var json = JSONWriter()
                json.array { json in for window in quiet.windows { window.write(to: &json) } }
                call = Self.setQuiet(.id(context.clinic), .id(user), .text(quiet.zone), .text(json.text))
            }
            _ = try await transaction.execute([
                call, context.audit(.quietHoursChanged, table: "quiet_hours", user),
            ])
        }
    }

    // MARK: Backup

    /// Who stands in for a doctor; nil for nobody.
    package func backup(of doctor: UserID, _ context: TenantContext) async throws(StoreError) -> UserID? {
        let rows = try await pool.run(
            context,
            [Self.user(.id(context.clinic), .id(doctor)), Self.backup(.id(context.clinic), .id(doctor))])
        guard !rows[0].isEmpty else { throw .notFound(.user) }
        return try reading { () throws(DatabaseError) in
            guard let row = rows[1].first else { return nil }
            return try row.id("backup_id")
        }
    }

    /// Sets who stands in for a doctor: another active doctor of the clinic, or nobody by nil.
    package func set(
        backup: UserID?, of doctor: UserID, _ context: TenantContext
    ) async throws(StoreError) {
        try await pool.interact(context) { transaction throws(StoreError) in
            guard try await requireUser(doctor, transaction, context).role == .doctor else {
                throw .invalidReference(.notDoctor)
            }
            var call = Self.clearBackup(.id(context.clinic), .id(doctor))
            if let backup {
                let rows = try await transaction.execute([Self.user(.id(context.clinic), .id(backup))])
                guard backup != doctor, let row = rows[0].first,
                    try Self.owner(row) == Owner(role: .doctor, isActive: true)
                else { throw .invalidReference(.backupId) }
                call = Self.setBackup(.id(context.clinic), .id(doctor), .id(backup))
            }
            _ = try await transaction.execute([
                call, context.audit(.backupChanged, table: "doctor_backups", doctor),
            ])
        }
    }

    private struct Owner: Equatable {
        let role: Role
        let isActive: Bool
    }

    @discardableResult
    private func requireUser(
        _ user: UserID, _ transaction: Transaction, _ context: TenantContext
    ) async throws(StoreError) -> Owner {
        let rows = try await transaction.execute([Self.user(.id(context.clinic), .id(user))])
        guard let row = rows[0].first else { throw .notFound(.user) }
        return try Self.owner(row)
    }

    private static func owner(_ row: Row) throws(StoreError) -> Owner {
        try reading { () throws(DatabaseError) in
            Owner(role: try row.choice("role"), isActive: try row.optionalBool("is_active") ?? false)
        }
    }
}

extension QuietHours {
    /// Reads a row with `zone` and `windows`.
    init(_ row: Row) throws(DatabaseError) {
        guard case .array(let windows)? = try? JSONReader.read(try row.utf8("windows")) else {
            throw .malformed("windows")
        }
        var object = JSONObject()
        object.append("windows", .array(windows))
        do {
            self.init(
                zone: try row.string("zone"),
                windows: try [WeeklyWindow](object, "windows", maxCount: QuietHours.maximumWindows))
        } catch {
            throw .malformed("windows")
        }
    }
}
