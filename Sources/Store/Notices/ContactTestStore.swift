package import Clinic
import Database

/// The weekly test of every contact: a text that asks for nothing, so that a dead number is known before it matters.
/// Loop-confined.
package struct ContactTestStore {
    let pool: Pool
    let zones: ZoneTable

    /// When a clinic's contacts are tested, in the clinic's own zone.
    package struct Plan: Sendable, Equatable {
        package var isEnabled: Bool
        package var weekday: Weekday
        package var time: ClockTime
        package var lastRunAt: Timestamp?

        package init(isEnabled: Bool, weekday: Weekday, time: ClockTime, lastRunAt: Timestamp? = nil) {
            self.isEnabled = isEnabled
            self.weekday = weekday
            self.time = time
            self.lastRunAt = lastRunAt
        }

        /// What holds for a clinic that never chose: no test.
        package static let none = Plan(isEnabled: false, weekday: .wednesday, time: .midnight)

        /// The newest moment, not after `now`, at which a test was to begin.
        package func due(by now: Timestamp, zone: TimeZoneRules) -> Timestamp? {
            let today = zone.local(at: now).date
            return (0...7).compactMap { back -> Timestamp? in
                let date = today.advanced(byDays: Int64(-back))
                guard date.weekday == weekday else { return nil }
                let moment = zone.moment(of: LocalTime(date, time))
                return moment <= now ? moment : nil
            }.max()
        }
    }

    private static let read = Statement(
        "read_contact_test",
        """
        SELECT c.timezone, t.is_enabled, t.weekday, t.at_time, t.last_run_at, clock_timestamp() AS now
        FROM clinics c LEFT JOIN contact_tests t ON t.clinic_id = c.id WHERE c.id = $1
        """)

    private static let set = Statement(
        "set_contact_test",
        """
        INSERT INTO contact_tests (clinic_id, is_enabled, weekday, at_time) VALUES ($1, $2, $3, $4)
        ON CONFLICT (clinic_id) DO UPDATE
        SET is_enabled = EXCLUDED.is_enabled, weekday = EXCLUDED.weekday, at_time = EXCLUDED.at_time
        """)

    private static let enabled = Statement(
        "clinics_with_contact_test", "SELECT clinic_id FROM contact_tests WHERE is_enabled ORDER BY clinic_id")

    // Of several hubs one begins the test.
    private static let begin = Statement(
        "begin_contact_test",
        """
        UPDATE contact_tests SET last_run_at = clock_timestamp()
        WHERE clinic_id = $1 AND is_enabled AND (last_run_at IS NULL OR last_run_at < $2)
        """)

    private static let queue = Statement(
        "queue_contact_test",
        """
        INSERT INTO messages
            (id, clinic_id, user_id, contact_id, purpose, step, generation, channel, template, address, priority,
             not_before, expires_at)
        SELECT gen_random_uuid(), c.clinic_id, c.user_id, c.id, 'TEST', 0, 0, c.kind, 'TEST', c.address, 0,
            clock_timestamp(), clock_timestamp() + INTERVAL '1 hour'
        FROM contact_methods c JOIN users u ON u.clinic_id = c.clinic_id AND u.id = c.user_id
        WHERE c.clinic_id = $1 AND ($2::uuid IS NULL OR c.user_id = $2::uuid) AND u.is_active
            AND c.deleted_at IS NULL AND c.verified_at IS NOT NULL AND c.opted_out_at IS NULL AND c.kind <> 'VOICE'
            AND NOT EXISTS (
                SELECT FROM messages m
                WHERE m.clinic_id = c.clinic_id AND m.contact_id = c.id AND m.purpose = 'TEST'
                    AND m.created_at > clock_timestamp() - INTERVAL '1 minute')
        """)

    /// The clinic's plan, its zone and the database's clock.
    package func plan(
        _ context: TenantContext
    ) async throws(StoreError) -> (plan: Plan, zone: TimeZoneRules, now: Timestamp) {
        let rows = try await pool.run(context, [Self.read(.id(context.clinic))])
        guard let row = rows[0].first else { throw .notFound(.clinic) }
        return try reading { () throws(DatabaseError) in
            let zone = zones.rules(try row.string("timezone")) ?? .utc
            let now = try row.time("now")
            guard let isEnabled = try row.optionalBool("is_enabled") else { return (.none, zone, now) }
            guard let time = ClockTime(try row.string("at_time")) else { throw .malformed("at_time") }
            let plan = Plan(
                isEnabled: isEnabled, weekday: try row.choice("weekday"), time: time,
                lastRunAt: try row.optionalTime("last_run_at"))
            return (plan, zone, now)
        }
    }

    package func set(_ plan: Plan, _ context: TenantContext) async throws(StoreError) {
        _ = try await pool.run(
            context,
            [
                Self.set(
                    .id(context.clinic), .bool(plan.isEnabled), .text(plan.weekday.rawValue),
                    .text(plan.time.description)),
                context.audit(.contactTestsChanged, table: "contact_tests", context.clinic),
            ])
    }

    /// The clinics that want their contacts tested.
    package func clinics() async throws(StoreError) -> [ClinicID] {
        let rows = try await pool.runAsEngine([Self.enabled()])
        return try reading { () throws(DatabaseError) in
            var clinics: [ClinicID] = []
            for row in rows[0] { clinics.append(try row.id("clinic_id")) }
            return clinics
        }
    }

    /// Queues the test if it is due and was not begun; how many texts wait. One that was missed by more than six hours
    /// waits for its next week: nobody wants it at night.
    package func runIfDue(_ context: TenantContext) async throws(StoreError) -> Int {
        let (plan, zone, now) = try await plan(context)
        guard plan.isEnabled, let due = plan.due(by: now, zone: zone), now.duration(since: due) < .seconds(21_600),
            plan.lastRunAt.map({ $0 < due }) ?? true
        else { return 0 }
        return try await pool.interact(context) { transaction throws(StoreError) in
            let begun = try await transaction.execute([Self.begin(.id(context.clinic), .time(due))])
            guard begun[0].affected > 0 else { return 0 }
            return try await queue(for: nil, transaction, context)
        }
    }

    /// Queues a test now, of all contacts or of one person's; how many texts wait. A contact that was tested within the
    /// last minute is passed over.
    package func run(for user: UserID?, _ context: TenantContext) async throws(StoreError) -> Int {
        try await pool.interact(context) { transaction throws(StoreError) in
            try await queue(for: user, transaction, context)
        }
    }

    private func queue(
        for user: UserID?, _ transaction: Transaction, _ context: TenantContext
    ) async throws(StoreError) -> Int {
        let results = try await transaction.executeAndCommit([
            Self.queue(.id(context.clinic), .id(user)),
            context.audit(.contactsTested, table: "contact_methods", context.clinic),
        ])
        return results[0].affected
    }
}
