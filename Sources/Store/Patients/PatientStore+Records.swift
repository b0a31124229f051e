package import Clinic
import Database

/// Registering patients and reading them. Every read is an audit row that is committed before the data leaves.
extension PatientStore {
    /// What a page of the list holds at most.
    package static let maximumPage = 100

    package struct Cursor: Hashable, Sendable {
        package let arrivedAt: Timestamp
        package let id: PatientID

        package init(arrivedAt: Timestamp, id: PatientID) {
            self.arrivedAt = arrivedAt
            self.id = id
        }
    }

    package struct Page: Sendable, Equatable {
        package let patients: [PatientRecord]
        /// Where the next page begins; nil at the end.
        package let next: Cursor?
    }

    private static let insert = Statement(
        name: "register_patient",
        sql: """
            INSERT INTO patients (clinic_id, id, full_name, date_of_birth, insurance_id, ssn_hash)
            VALUES ($1, $2, $3, $4, $5, $6)
            RETURNING \(PatientRecord.columns)
            """)

    private static let page = Statement(
        name: "list_patients",
        sql: """
            SELECT \(PatientRecord.columns) FROM patients
            WHERE clinic_id = $1 AND ($2::text[] IS NULL OR status = ANY ($2::text[]))
                AND (arrived_at, id) < ($3::timestamptz, $4::uuid)
            ORDER BY arrived_at DESC, id DESC LIMIT $5
            """)

    private static let one = Statement(
        name: "read_patient",
        sql: "SELECT \(PatientRecord.columns) FROM patients WHERE clinic_id = $1 AND id = $2")

    private static let billing = Statement(
        "read_patient_billing",
        """
        SELECT b.square_order_id, b.status, b.amount_cents, b.currency, b.last_synced_at
        FROM patients p LEFT JOIN billing_display_cache b ON b.clinic_id = p.clinic_id AND b.patient_id = p.id
        WHERE p.clinic_id = $1 AND p.id = $2
        ORDER BY b.last_synced_at DESC, b.square_order_id LIMIT 200
        """)

    /// Registers a patient who has arrived; the status is WAITING.
    package func register(
        _ draft: PatientDraft, _ context: TenantContext
    ) async throws(StoreError) -> PatientRecord {
        let id = PatientID.random()
        let birth = try draft.dateOfBirth.map { date throws(StoreError) in
            try vault.seal(date.map(\.description), .dateOfBirth, of: id)
        }
        let insurance = try draft.insuranceID.map { text throws(StoreError) in
            try vault.seal(text, .insuranceID, of: id)
        }
        let rows = try await pool.run(
            context,
            [
                Self.insert(
                    .id(context.clinic), .id(id), .bytes(try vault.seal(name: draft.fullName, of: id)),
                    .bytes(birth), .bytes(insurance),
                    .text(draft.ssn.flatMap { vault.digests(of: $0, in: context.clinic).first })),
                context.audit(.patientRegistered, table: "patients", id),
            ])
        guard let row = rows[0].first else { throw .notFound(.clinic) }
        return try PatientRecord(row, vault: vault)
    }

    /// One page of the clinic's patients, the newest arrival first; `limit` is held within 1 to 100.
    package func list(
        _ statuses: Set<PatientStatus>?, after cursor: Cursor? = nil, limit: Int, _ context: TenantContext
    ) async throws(StoreError) -> Page {
        let limit = min(max(limit, 1), Self.maximumPage)
        let rows = try await pool.run(
            context,
            [
                Self.page(
                    .id(context.clinic), .names(statuses), cursor.map { .time($0.arrivedAt) } ?? "infinity",
                    .id(cursor?.id ?? PatientID(high: .max, low: .max)), .integer(limit + 1)),
                context.audit(.patientsRead, table: "patients", PatientID?.none),
            ])
        var patients: [PatientRecord] = []
        for row in rows[0].prefix(limit) { patients.append(try PatientRecord(row, vault: vault)) }
        let last = rows[0].count > limit ? patients.last : nil
        return Page(patients: patients, next: last.map { Cursor(arrivedAt: $0.arrivedAt, id: $0.id) })
    }

    /// One patient. The audit row READ_PATIENT is written for an id that the clinic does not have, too.
    package func record(
        of patient: PatientID, _ context: TenantContext
    ) async throws(StoreError) -> PatientRecord {
        let rows = try await pool.run(
            context,
            [
                context.audit(.patientRead, table: "patients", patient),
                Self.one(.id(context.clinic), .id(patient)),
            ])
        guard let row = rows[1].first else { throw .notFound(.patient) }
        return try PatientRecord(row, vault: vault)
    }

    /// A patient's orders, the last synchronized first, at most 200.
    package func billing(
        of patient: PatientID, _ context: TenantContext
    ) async throws(StoreError) -> [BillingRecord] {
        let rows = try await pool.run(
            context,
            [
                context.audit(.patientBillingRead, table: "patients", patient),
                Self.billing(.id(context.clinic), .id(patient)),
            ])
        guard !rows[1].isEmpty else { throw .notFound(.patient) }
        return try reading { () throws(DatabaseError) in
            var records: [BillingRecord] = []
            for row in rows[1] where try row.optionalTimestamp("last_synced_at") != nil {
                records.append(try BillingRecord(row))
            }
            return records
        }
    }
}
