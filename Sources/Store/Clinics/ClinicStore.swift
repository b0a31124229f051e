import Clinic
import Database

/// The group's clinics: their administration, and what is going on in them. Loop-confined.
package struct ClinicStore {
    /// Clinics of one list.
    package static let maximumListed = 1_000

    let pool: Pool

    /// A clinic to be founded, or what is changed of one: nil leaves a column as it is.
    package struct Change: Sendable, Equatable {
        package var name: String?
        package var country: String?
        package var zone: String?
        package var isActive: Bool?

        package init(name: String? = nil, country: String? = nil, zone: String? = nil, isActive: Bool? = nil) {
            self.name = name
            self.country = country
            self.zone = zone
            self.isActive = isActive
        }
    }

    // What a role may see of it is for the table's policies: CORPORATE_ADMIN all, others their own.
    private static let list = Statement(
        name: "list_clinics",
        sql: "SELECT \(ClinicRecord.columns) FROM clinics ORDER BY name, id LIMIT \(maximumListed)")

    private static let insert = Statement(
        "found_clinic", "INSERT INTO clinics (id, name, country, timezone) VALUES ($1, $2, $3, $4)")

    private static let one = Statement(
        name: "read_clinic", sql: "SELECT \(ClinicRecord.columns) FROM clinics WHERE id = $1")

    private static let update = Statement(
        name: "change_clinic",
        sql: """
            UPDATE clinics SET name = COALESCE($2, name), country = COALESCE($3, country),
                timezone = COALESCE($4, timezone), is_active = COALESCE($5, is_active), updated_at = clock_timestamp()
            WHERE id = $1 RETURNING \(ClinicRecord.columns)
            """)

    package func list(_ context: TenantContext) async throws(StoreError) -> [ClinicRecord] {
        let rows = try await pool.run(context, [Self.list()])
        return try reading { () throws(DatabaseError) in
            var clinics: [ClinicRecord] = []
            for row in rows[0] { clinics.append(try ClinicRecord(row)) }
            return clinics
        }
    }

    /// Founds a clinic; `context` enters it. Its channel is made with it, its policy when its first alert is raised.
    package func found(
        name: String, country: String, zone: String, _ context: TenantContext
    ) async throws(StoreError) -> ClinicRecord {
        let id = Parameter.id(context.clinic)
        let rows = try await pool.run(
            context,
            [
                Self.insert(id, .text(name), .text(country), .text(zone)), Self.one(id),
                context.audit(.clinicFounded, table: "clinics", context.clinic),
            ])
        guard let row = rows[1].first else { throw .notFound(.clinic) }
        return try reading { () throws(DatabaseError) in try ClinicRecord(row) }
    }

    /// Changes the clinic that `context` has entered. Throws `notFound`.
    package func change(_ change: Change, _ context: TenantContext) async throws(StoreError) -> ClinicRecord {
        let rows = try await pool.run(
            context,
            [
                Self.update(
                    .id(context.clinic), .text(change.name), .text(change.country), .text(change.zone),
                    change.isActive.map { .bool($0) } ?? .null),
                context.audit(.clinicChanged, table: "clinics", context.clinic),
            ])
        guard let row = rows[0].first else { throw .notFound(.clinic) }
        return try reading { () throws(DatabaseError) in try ClinicRecord(row) }
    }

    // MARK: Statistics

    private static let billing = Statement(
        "count_billing",
        """
        SELECT count(*) FILTER (WHERE status = 'PENDING') AS billing_pending,
            count(*) FILTER (WHERE status = 'PAID') AS billing_paid,
            count(*) FILTER (WHERE status = 'REJECTED') AS billing_rejected,
            GREATEST(max(last_synced_at), (SELECT last_synced_at FROM square_accounts WHERE clinic_id = $1))
                AS billing_synced_at
        FROM billing_display_cache WHERE clinic_id = $1
        """)

    // Each part names the clinic and is read under its policies, whoever asks.
    private static let statistics = Statement(
        name: "count_clinic",
        sql: """
            WITH clinic AS MATERIALIZED (
                SELECT \(ClinicRecord.columns),
                    date_trunc('day', statement_timestamp() AT TIME ZONE timezone) AT TIME ZONE timezone AS midnight
                FROM clinics WHERE id = $1
            )
            SELECT clinic.*, p.*, a.*, f.*, b.*, u.*
            FROM clinic,
                LATERAL (
                    SELECT count(*) FILTER (WHERE status = 'WAITING') AS waiting,
                        count(*) FILTER (WHERE status = 'BEING_ATTENDED') AS attended,
                        count(*) FILTER (WHERE status = 'DISCHARGED') AS discharged
                    FROM patients WHERE clinic_id = $1
                        AND (status <> 'DISCHARGED' OR discharged_at >= clinic.midnight)
                ) p,
                LATERAL (
                    SELECT count(*) FILTER (WHERE status = 'PENDING') AS pending,
                        count(*) FILTER (WHERE status = 'DELIVERED') AS delivered,
                        count(*) FILTER (WHERE status = 'ESCALATED') AS escalated,
                        count(*) FILTER (WHERE status = 'ACKNOWLEDGED') AS acknowledged,
                        count(*) FILTER (WHERE created_at >= clinic.midnight) AS raised_today
                    FROM alerts WHERE clinic_id = $1 AND (status <> 'CLOSED' OR created_at >= clinic.midnight)
                ) a,
                LATERAL (
                    SELECT count(*) FILTER (WHERE processed_at >= clinic.midnight) AS processed_today,
                        count(*) FILTER (WHERE processed_at >= clinic.midnight AND is_emergency) AS emergencies_today,
                        count(*) FILTER (WHERE processed_at IS NOT NULL AND requires_review) AS requiring_review
                    FROM intake_forms WHERE clinic_id = $1
                ) f,
                LATERAL (
                    SELECT count(*) FILTER (WHERE status = 'PENDING') AS billing_pending,
                        count(*) FILTER (WHERE status = 'PAID') AS billing_paid,
                        count(*) FILTER (WHERE status = 'REJECTED') AS billing_rejected,
                        GREATEST(max(last_synced_at), (SELECT last_synced_at FROM square_accounts WHERE clinic_id = $1))
                            AS billing_synced_at
                    FROM billing_display_cache WHERE clinic_id = $1
                ) b,
                LATERAL (
                    SELECT count(*) AS active_staff, count(*) FILTER (WHERE role = 'DOCTOR') AS active_doctors
                    FROM users WHERE clinic_id = $1 AND is_active
                ) u
            """)

    package func billing(_ context: TenantContext) async throws(StoreError) -> BillingCounts {
        let rows = try await pool.run(context, [Self.billing(.id(context.clinic))])
        guard let row = rows[0].first else { throw .notFound(.clinic) }
        return try reading { () throws(DatabaseError) in try BillingCounts(row) }
    }

    /// The counts of the clinic that `context` has entered. Throws `notFound`.
    package func statistics(_ context: TenantContext) async throws(StoreError) -> ClinicStatistics {
        let rows = try await pool.run(
            context,
            [
                Self.statistics(.id(context.clinic)),
                context.audit(.reportRead, table: "clinics", context.clinic),
            ])
        guard let row = rows[0].first else { throw .notFound(.clinic) }
        return try reading { () throws(DatabaseError) in try ClinicStatistics(row) }
    }

    /// The same of every active clinic that the role may see: a transaction that enters one after the other, in one round trip.
    package func aggregate(_ context: TenantContext) async throws(StoreError) -> [ClinicStatistics] {
        let clinics = try await list(context).filter(\.isActive)
        guard !clinics.isEmpty else { return [] }
        var calls: [Call] = []
        for clinic in clinics {
            var entered = context
            entered.clinic = clinic.id
            calls += [entered.session.call, Self.statistics(.id(clinic.id))]
        }
        calls += [context.session.call, context.audit(.reportRead, table: "clinics", ClinicID?.none)]
        let rows = try await pool.run(context, calls)
        return try reading { () throws(DatabaseError) in
            var all: [ClinicStatistics] = []
            for index in clinics.indices {
                if let row = rows[2 * index + 1].first { all.append(try ClinicStatistics(row)) }
            }
            return all
        }
    }
}
