import Clinic
import Database
import TestSupport
import Testing

@testable import Store

/// The tables that the platform's schema document fixes: other programs of the clinics read them by these names.
@Suite("The platform's schema")
struct SeedSchemaTests {
    /// Each table's columns as the document has them: name, type, and whether NULL is refused.
    private static let tables: [(table: String, columns: String)] = [
        (
            "clinics",
            "id uuid!, name text!, country text!, timezone text!, is_active boolean, created_at timestamptz, "
                + "updated_at timestamptz"
        ),
        (
            "users",
            "id uuid!, clinic_id uuid!, auth_id text!, role text!, full_name text!, phone_e164 text, is_active boolean, "
                + "created_at timestamptz"
        ),
        (
            "patients",
            "id uuid!, clinic_id uuid!, full_name bytea!, date_of_birth bytea, ssn_hash text, insurance_id bytea, "
                + "status text!, arrived_at timestamptz, discharged_at timestamptz, created_at timestamptz"
        ),
        (
            "intake_forms",
            "id uuid!, clinic_id uuid!, patient_id uuid, raw_form_s3_key text, parsed_json jsonb, pan_detected boolean, "
                + "pan_redacted boolean, emergency_score numeric(3,2), is_emergency boolean, ocr_confidence numeric(3,2), "
                + "requires_review boolean, processed_at timestamptz, created_at timestamptz"
        ),
        (
            "alerts",
            "id uuid!, clinic_id uuid!, patient_id uuid!, assigned_to uuid, urgency_level text!, room_number text, "
                + "reason text, status text!, push_sent_at timestamptz, sms_sent_at timestamptz, "
                + "acknowledged_at timestamptz, escalated_at timestamptz, created_at timestamptz"
        ),
        (
            "billing_display_cache",
            "id uuid!, clinic_id uuid!, patient_id uuid, square_order_id text, status text, amount_cents integer, "
                + "currency character(3), last_synced_at timestamptz"
        ),
        (
            "audit_logs",
            "id bigint!, clinic_id uuid!, actor_user_id uuid, actor_role text, action text!, target_table text, "
                + "target_id uuid, ip_address inet, session_id text, logged_at timestamptz"
        ),
    ]

    @Test("each table has the document's columns, with their types", arguments: tables)
    func columns(table: String, columns: String) async throws {
        let database = try ScratchPostgres.migrated()
        let rows = try BlockingConnection(database.settings(.superuser)).query(
            """
            SELECT a.attname || ' '
                || replace(format_type(a.atttypid, a.atttypmod), 'timestamp with time zone', 'timestamptz')
                || CASE WHEN a.attnotnull THEN '!' ELSE '' END AS line
            FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
            """, [.text(table)])
        let found = Set(try rows.map { try $0.string("line") })
        let split = columns.replacing("numeric(3,2)", with: "numeric(3;2)").split(separator: ",")
        let wanted = Set(
            split.map { part in
                String(part.drop { $0 == " " }).replacing("numeric(3;2)", with: "numeric(3,2)")
            })
        #expect(wanted.subtracting(found) == [])
    }

    @Test(
        "what the document's checks and keys refuse is refused",
        arguments: [
            ("UPDATE users SET role = 'NURSE'", "23514"), ("UPDATE patients SET status = 'GONE'", "23514"),
            ("UPDATE alerts SET urgency_level = 'HIGH'", "23514"), ("UPDATE alerts SET status = 'DONE'", "23514"),
            ("UPDATE billing_display_cache SET status = 'OPEN'", "23514"),
            ("UPDATE users SET auth_id = 'same'", "23505"),
            ("UPDATE billing_display_cache SET square_order_id = 'same'", "23505"),
            ("UPDATE intake_forms SET emergency_score = 10", "22003"),
        ])
    func checks(statement: String, state: String) async throws {
        try await StoreFixture.withStore { fixture in
            try await fixture.fillEveryTable()
            do {
                try fixture.superuser(statement)
                Issue.record("not refused")
            } catch {
                #expect((error as? DatabaseError)?.sqlState == state)
            }
        }
    }

    @Test("new rows get the document's defaults")
    func defaults() async throws {
        try await StoreFixture.withStore { fixture in
            let clinic = try fixture.superuser(
                "INSERT INTO clinics (name, country) VALUES ('x', 'CO') RETURNING *, id::text AS text_id")[0]
            #expect(try clinic.string("timezone") == "America/Bogota")
            #expect(try clinic.bool("is_active"))
            let id = try clinic.string("text_id")
            let patient = try fixture.superuser(
                "INSERT INTO patients (clinic_id, full_name) VALUES ('\(id)', 'x') RETURNING *")[0]
            #expect(try patient.string("status") == "WAITING")
            let form = try fixture.superuser("INSERT INTO intake_forms (clinic_id) VALUES ('\(id)') RETURNING *")[0]
            #expect(
                try !form.bool("pan_detected") && !form.bool("pan_redacted") && !form.bool("is_emergency")
                    && !form.bool("requires_review"))
            let order = try fixture.superuser(
                "INSERT INTO billing_display_cache (clinic_id) VALUES ('\(id)') RETURNING *")[0]
            #expect(try order.string("currency") == "USD")
        }
    }
}
