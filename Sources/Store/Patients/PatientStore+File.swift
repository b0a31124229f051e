package import Clinic
import Database

/// A patient's whole file: handed over, and in the end erased. Both are in the audit.
extension PatientStore {
    /// Alerts, forms and accesses of one file: the newest.
    package static let maximumListed = 1_000

    /// All that the hub has of a patient.
    package struct File: Sendable, Equatable {
        package struct Alert: Sendable, Equatable {
            package let id: AlertID
            package let urgency: UrgencyLevel
            package let status: AlertStatus
            package let room: String?
            package let reason: String?
            package let createdAt: Timestamp
            package let acknowledgedAt: Timestamp?
        }

        package struct Form: Sendable, Equatable {
            package let id: IntakeFormID
            package let isEmergency: Bool
            package let createdAt: Timestamp
        }

        package let patient: PatientRecord
        package let alerts: [Alert]
        package let forms: [Form]
        package let orders: [BillingRecord]
    }

    /// What became of the wish to erase somebody.
    package enum Erasure: String, Sendable {
        case none = "NONE"
        /// Not discharged, or an alert is not closed.
        case open = "OPEN"
        /// Records must be kept for longer.
        case early = "EARLY"
        case done = "DONE"
    }

    private static let patient = Statement(
        name: "export_patient",
        sql: "SELECT \(PatientRecord.columns) FROM patients WHERE clinic_id = $1 AND id = $2")

    private static let alerts = Statement(
        name: "export_patient_alerts",
        sql: """
            SELECT id, urgency_level, status, room_number, reason, created_at, acknowledged_at FROM alerts
            WHERE clinic_id = $1 AND patient_id = $2 ORDER BY created_at DESC, id LIMIT \(maximumListed)
            """)

    private static let forms = Statement(
        name: "export_patient_forms",
        sql: """
            SELECT id, COALESCE(is_emergency, FALSE) AS is_emergency, COALESCE(created_at, 'epoch') AS created_at
            FROM intake_forms WHERE clinic_id = $1 AND patient_id = $2 ORDER BY created_at DESC, id LIMIT \(maximumListed)
            """)

    private static let orders = Statement(
        name: "export_patient_orders",
        sql: """
            SELECT square_order_id, status, amount_cents, currency, last_synced_at FROM billing_display_cache
            WHERE clinic_id = $1 AND patient_id = $2 AND last_synced_at IS NOT NULL
            ORDER BY last_synced_at DESC LIMIT \(maximumListed)
            """)

    private static let erase = Statement(
        "erase_patient", "SELECT erase_patient($1, $2, make_interval(days => $3::int)) AS outcome")

    /// Everything of a patient. Throws `notFound`.
    package func file(of patient: PatientID, _ context: TenantContext) async throws(StoreError) -> File {
        let (clinic, id) = (Parameter.id(context.clinic), Parameter.id(patient))
        let rows = try await pool.run(
            context,
            [
                context.audit(.patientExported, table: "patients", patient), Self.patient(clinic, id),
                Self.alerts(clinic, id), Self.forms(clinic, id), Self.orders(clinic, id),
            ])
        guard let row = rows[1].first else { throw .notFound(.patient) }
        let record = try PatientRecord(row, vault: vault)
        return try reading { () throws(DatabaseError) in
            var alerts: [File.Alert] = []
            for row in rows[2] {
                alerts.append(
                    File.Alert(
                        id: try row.id("id"), urgency: try row.choice("urgency_level"),
                        status: try row.choice("status"),
                        room: try row.optionalString("room_number"), reason: try row.optionalString("reason"),
                        createdAt: try row.time("created_at"), acknowledgedAt: try row.optionalTime("acknowledged_at")))
            }
            var forms: [File.Form] = []
            for row in rows[3] {
                forms.append(
                    File.Form(
                        id: try row.id("id"), isEmergency: try row.bool("is_emergency"),
                        createdAt: try row.time("created_at")))
            }
            var orders: [BillingRecord] = []
            for row in rows[4] { orders.append(try BillingRecord(row)) }
            return File(patient: record, alerts: alerts, forms: forms, orders: orders)
        }
    }

    /// Takes everything that names the patient out of the tables, where the patient was discharged so many days ago.
    package func erase(
        _ patient: PatientID, keptDays: Int, _ context: TenantContext
    ) async throws(StoreError) -> Erasure {
        let nobody = try vault.seal(name: PHI("(erased)"), of: patient)
        let rows = try await pool.run(
            context,
            [
                Self.erase(.id(patient), .bytes(nobody), .integer(keptDays)),
                context.audit(.patientErased, table: "patients", patient),
            ])
        guard let row = rows[0].first else { throw .notFound(.patient) }
        return try reading { () throws(DatabaseError) in try row.choice("outcome") }
    }
}
