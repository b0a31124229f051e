import Clinic
import Database
import Testing

@testable import Store

@Suite("Tenancy in the database")
struct TenancyTests {
    /// Every table of the hub that holds a clinic's rows, with the clinic's column.
    private static let tables = [
        "clinics", "users", "api_keys", "patients", "intake_forms", "billing_display_cache", "alerts",
        "clinic_channels",
        "clinic_events", "receipts", "idempotency_keys",
        "doctor_backups", "escalation_policies", "escalations", "alert_timeline", "messages", "delivery_attempts",
        "gateway_events", "contact_methods", "notification_rules", "quiet_hours", "oncall_schedules",
        "schedule_overrides", "operator_notices", "contact_tests",
        "answer_links", "alert_keys", "maintenance_windows", "monitors", "revocations",
        "jobs", "uploads", "extraction_jobs", "extraction_results", "review_sessions", "square_accounts",
        "square_locations", "announced_files",
    ]

    @Test("Under its own role and clinic the hub sees that clinic's rows of every table and no other's")
    func isolation() async throws {
        try await StoreFixture.withStore { fixture in
            try await fixture.fillEveryTable()
            for table in Self.tables {
                let column = table == "clinics" ? "id" : "clinic_id"
                let all = try fixture.superuser("SELECT count(DISTINCT \(column)) AS n FROM \(table)")[0].int64("n")
                #expect(all == 2 || table == "doctor_backups", "\(table) holds rows of both clinics")
                let seen = try fixture.asHub(in: DemoData.clinic, "SELECT DISTINCT \(column)::text AS id FROM \(table)")
                #expect(try seen.map { try $0.string("id") } == [DemoData.clinic.description], "\(table)")
                #expect(try fixture.asHub(in: nil, "SELECT FROM \(table)").count == 0, "\(table) without a clinic")
            }
        }
    }

    @Test("The ENGINE role sees the tables it claims from, and nothing else")
    func engine() async throws {
        try await StoreFixture.withStore { fixture in
            try await fixture.fillEveryTable()
            let admitted: Set = [
                "clinic_channels", "escalations", "messages", "delivery_attempts", "gateway_events", "contact_methods",
                "contact_tests",
                "answer_links", "maintenance_windows", "monitors", "revocations", "jobs", "api_keys",
                "escalation_policies",
            ]
            for table in Self.tables {
                let count = try fixture.asHub(in: nil, role: "ENGINE", "SELECT FROM \(table)").count
                #expect((count > 0) == admitted.contains(table), "\(table)")
            }
        }
    }

    @Test("Every table with clinic_id forces row level security, and the hub's role owns and bypasses nothing")
    func forced() async throws {
        try await StoreFixture.withStore { fixture in
            let loose = try fixture.superuser(
                """
                SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'clinic_id'
                WHERE n.nspname = 'public' AND c.relkind = 'r' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
                """)
            #expect(try loose.map { try $0.string("relname") } == ["audit_logs"])
            let owned = try fixture.superuser(
                "SELECT FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = 'alert_hub')")
            #expect(owned.count == 0)
            let role = try fixture.superuser(
                "SELECT rolsuper OR rolbypassrls OR rolcreaterole AS strong FROM pg_roles WHERE rolname = 'alert_hub'")
            #expect(try role[0].bool("strong") == false)
        }
    }

    @Test(
        "History cannot be rewritten under the hub's role",
        arguments: [
            "SELECT FROM audit_logs",
            "UPDATE clinic_events SET type = 'x'", "DELETE FROM clinic_events", "UPDATE alert_timeline SET kind = 'x'",
            "DELETE FROM alert_timeline", "DELETE FROM alerts", "UPDATE escalation_policies SET document = '{}'",
            "UPDATE patients SET full_name = ''", "TRUNCATE audit_logs",
        ])
    func appendOnly(statement: String) async throws {
        try await StoreFixture.withStore { fixture in
            #expect(fixture.stateOfRefusal(in: DemoData.clinic, statement) == "42501")
        }
    }

    @Test("A row of another clinic cannot be written, and none can point into another clinic")
    func crossWrites() async throws {
        try await StoreFixture.withStore { fixture in
            let foreign = "INSERT INTO alerts (clinic_id, patient_id, urgency_level) VALUES"
            #expect(
                fixture.stateOfRefusal(
                    in: DemoData.clinic, "\(foreign) ('\(DemoData.otherClinic)', '\(DemoData.otherPatient)', 'LOW')")
                    == "42501")
            #expect(
                fixture.stateOfRefusal(
                    in: DemoData.clinic, "\(foreign) ('\(DemoData.clinic)', '\(DemoData.otherPatient)', 'LOW')")
                    == "23503")
        }
    }
}
