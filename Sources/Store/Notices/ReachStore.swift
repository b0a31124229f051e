package import Clinic
import Database

/// Whether each person could be reached if an alert came now. Loop-confined.
package struct ReachStore {
    /// The most people of a clinic that are looked at.
    package static let maximumPeople = 1_000
    /// How far ahead gaps of schedules are looked for.
    package static let horizon = Duration.seconds(14 * 86_400)

    let pool: Pool
    let vault: PHIVault
    let schedules: ScheduleStore
    let stale: StaleStore
    let storms: StormStore

    private static let people = Statement(
        "people_to_reach",
        """
        SELECT u.id, u.full_name, u.role, b.backup_id
        FROM users u LEFT JOIN doctor_backups b ON b.clinic_id = u.clinic_id AND b.doctor_id = u.id
        WHERE u.clinic_id = $1 AND u.is_active ORDER BY u.full_name, u.id LIMIT $2
        """)

    private static let contacts = Statement(
        name: "contacts_to_reach",
        sql: """
            \(ContactRecord.query)
            WHERE c.clinic_id = $1 AND c.deleted_at IS NULL ORDER BY c.user_id, c.position, c.created_at, c.id
            LIMIT 20000
            """)

    private static let locked = Statement(
        "contacts_not_heard",
        """
        SELECT c.id FROM reply_guards g JOIN contact_methods c ON c.address_digest = g.phone_digest
        WHERE g.locked_until > clock_timestamp() AND c.clinic_id = $1 AND c.kind = 'SMS' AND c.deleted_at IS NULL
        """)

    private static let clinics = Statement(
        "clinics_to_check", "SELECT clinic_id FROM clinic_channels ORDER BY clinic_id LIMIT 100000")

    /// The clinic's reachability now.
    package func report(_ context: TenantContext) async throws(StoreError) -> ReachReport {
        let (calendars, now) = try await schedules.calendars(context)
        let gaps = calendars.map { calendar in
            ReachReport.Schedule(
                record: calendar.record,
                gaps: calendar.calendar.final(from: now, to: now.advanced(by: Self.horizon)).gaps)
        }
        let scheduled = Set(calendars.flatMap(\.record.definition.people))
        let people = try await people(context, scheduled: scheduled)
        return ReachReport(
            people: people, schedules: gaps, notHeard: try await notHeard(context.clinic),
            hasAlertsForReview: try await stale.hasForReview(context), isStorm: try await storms.isStorm(context),
            now: now)
    }

    /// The contacts whose phones sent too many wrong codes.
    private func notHeard(_ clinic: ClinicID) async throws(StoreError) -> Set<ContactID> {
        let rows = try await pool.runAsEngine([Self.locked(.id(clinic))])
        return try reading { () throws(DatabaseError) in
            var contacts: Set<ContactID> = []
            for row in rows[0] { contacts.insert(try row.id("id")) }
            return contacts
        }
    }

    /// The clinic's active staff by name, with their contacts; `scheduled` are those who stand in a schedule.
    package func people(
        _ context: TenantContext, scheduled: Set<UserID> = []
    ) async throws(StoreError) -> [ReachReport.Person] {
        let rows = try await pool.run(
            context,
            [
                Self.people(.id(context.clinic), .integer(Self.maximumPeople)),
                Self.contacts(.id(context.clinic)),
            ])
        var contacts: [UserID: [ContactRecord]] = [:]
        for row in rows[1] {
            let contact = try ContactRecord(row, vault: vault)
            contacts[contact.user, default: []].append(contact)
        }
        return try reading { () throws(DatabaseError) in
            var people: [ReachReport.Person] = []
            for row in rows[0] {
                let id: UserID = try row.id("id")
                let role: Role = try row.choice("role")
                people.append(
                    ReachReport.Person(
                        id: id, name: try row.string("full_name"), role: role, contacts: contacts[id] ?? [],
                        backup: try row.optionalID("backup_id"),
                        isPaged: role == .doctor || role == .admin || scheduled.contains(id)))
            }
            return people
        }
    }

    private static let waiting = Statement(
        "alerts_waiting_for",
        """
        SELECT alert_id FROM escalations
        WHERE clinic_id = $1 AND phase IN ('RUNNING', 'EXHAUSTED') AND people @> $2::jsonb ORDER BY alert_id LIMIT 1000
        """)

    /// The open alerts that wait for a word of this person.
    package func alerts(waitingFor user: UserID, _ context: TenantContext) async throws(StoreError) -> [AlertID] {
        try await alerts(#"[{"user":"\#(user)","standing":"PAGED"}]"#, context)
    }

    /// The open alerts that wait for whoever this schedule named.
    package func alerts(
        waitingFor schedule: ScheduleID, _ context: TenantContext
    ) async throws(StoreError) -> [AlertID] {
        try await alerts(
            #"[{"standing":"PAGED","target":{"kind":"SCHEDULE","schedule":"\#(schedule)"}}]"#, context)
    }

    private func alerts(_ people: String, _ context: TenantContext) async throws(StoreError) -> [AlertID] {
        let rows = try await pool.run(context, [Self.waiting(.id(context.clinic), .text(people))])
        return try reading { () throws(DatabaseError) in
            var alerts: [AlertID] = []
            for row in rows[0] { alerts.append(try row.id("alert_id")) }
            return alerts
        }
    }

    /// Every clinic of the database.
    package func allClinics() async throws(StoreError) -> [ClinicID] {
        let rows = try await pool.runAsEngine([Self.clinics()])
        return try reading { () throws(DatabaseError) in
            var clinics: [ClinicID] = []
            for row in rows[0] { clinics.append(try row.id("clinic_id")) }
            return clinics
        }
    }
}
