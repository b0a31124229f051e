import Clinic
import Database
import HubProtocol
import Testing

@testable import Store

@Suite("What is kept no longer")
struct RetentionStoreTests {
    private static let age = Duration.seconds(86_400)

    private func remove(_ kind: RetentionStore.Kind, _ fixture: StoreFixture) async throws -> Int {
        try await fixture.store { try await $0.retention.remove(kind, olderThan: Self.age, of: DemoData.clinic) }.count
    }

    private func count(_ table: String, _ fixture: StoreFixture, where condition: String = "TRUE") throws -> Int {
        try fixture.superuser("SELECT count(*) AS n FROM \(table) WHERE \(condition)")[0].int("n")
    }

    /// As if it had been closed so many days ago.
    private func close(_ alert: String, days: Int, _ fixture: StoreFixture) throws {
        try fixture.superuser(
            """
            UPDATE escalations SET closed_at = now() - make_interval(days => \(days)), phase = 'ENDED', due_at = NULL
            WHERE alert_id = '\(alert)'
            """)
        try fixture.superuser("UPDATE alerts SET status = 'CLOSED' WHERE id = '\(alert)'")
    }

    private func addEvents(_ count: Int, days: Int, in clinic: ClinicID, _ fixture: StoreFixture) throws {
        try fixture.superuser(
            """
            WITH head AS (
                UPDATE clinic_channels SET head_seq = head_seq + \(count) WHERE clinic_id = '\(clinic)'
                RETURNING head_seq - \(count) AS before
            )
            INSERT INTO clinic_events (clinic_id, seq, type, payload, created_at)
            SELECT '\(clinic)', before + n, 'patient:status_changed', '{}', now() - make_interval(days => \(days))
            FROM head, generate_series(1, \(count)) n
            """)
    }

    @Test("Old events go from the beginning, in batches with an audit row each, and their receipts after them")
    func events() async throws {
        try await StoreFixture.withStore { fixture in
            try addEvents(700, days: 5, in: DemoData.clinic, fixture)
            try addEvents(1, days: 0, in: DemoData.clinic, fixture)
            // Late in its clock, and behind one that stays: a hole in what is left would help nobody.
            try addEvents(2, days: 5, in: DemoData.clinic, fixture)
            try addEvents(3, days: 5, in: DemoData.otherClinic, fixture)
            for seq in [1, 700, 701, 702] {
                try fixture.superuser(
                    """
                    INSERT INTO receipts (clinic_id, seq, user_id, session_id, stage)
                    VALUES ('\(DemoData.clinic)', \(seq), '\(DemoData.doctor)', 's', 'received')
                    """)
            }
            #expect(try await remove(.receipts, fixture) == 0)
            #expect(try await remove(.events, fixture) == 500)
            #expect(try await remove(.events, fixture) == 200)
            #expect(try await remove(.events, fixture) == 0)
            let left = try fixture.superuser(
                "SELECT seq FROM clinic_events WHERE clinic_id = '\(DemoData.clinic)' ORDER BY seq")
            #expect(try left.map { try $0.int64("seq") } == [701, 702, 703])
            #expect(try count("clinic_events", fixture, where: "clinic_id = '\(DemoData.otherClinic)'") == 3)
            #expect(try await remove(.receipts, fixture) == 2)
            #expect(try count("receipts", fixture) == 2)
            let told = try fixture.superuser(
                """
                SELECT target_table, actor_role, occurrences FROM audit_logs WHERE action = 'REMOVE_EXPIRED' ORDER BY id
                """)
            #expect(try told.map { try $0.int("occurrences") } == [500, 200, 2])
            #expect(try told.map { try $0.string("target_table") } == ["clinic_events", "clinic_events", "receipts"])
            #expect(try told[0].string("actor_role") == "SYSTEM")
            // All of them gone, the channel still knows where it stands.
            try fixture.superuser("UPDATE clinic_events SET created_at = now() - interval '9 days'")
            #expect(try await remove(.events, fixture) == 3)
            #expect(try await remove(.receipts, fixture) == 2)
            let position = try await fixture.store { try await $0.events.position(.hub(in: DemoData.clinic)) }
            #expect(position.seq == 703)
        }
    }

    @Test("A closed alert goes with its story, messages, attempts, links and keys; an open one and a young one stay")
    func alerts() async throws {
        try await StoreFixture.withStore { fixture in
            try await fixture.fillEveryTable()
            let old = try fixture.superuser("SELECT id::text AS id FROM alerts WHERE clinic_id = '\(DemoData.clinic)'")[
                0
            ]
            .string("id")
            let young = try await fixture.raise(patient: DemoData.patients[1]).id
            let open = try await fixture.raise(patient: DemoData.patients[2]).id
            try fixture.superuser("UPDATE escalations SET held_by = '\(old)' WHERE alert_id = '\(open)'")
            try fixture.superuser("UPDATE intake_forms SET alert_id = '\(old)' WHERE clinic_id = '\(DemoData.clinic)'")
            try fixture.superuser("UPDATE monitors SET alert_id = '\(old)' WHERE clinic_id = '\(DemoData.clinic)'")
            #expect(try await remove(.alerts, fixture) == 0)
            try close(old, days: 2, fixture)
            try close(young.description, days: 0, fixture)
            // Closed by its row, but open again by its status: not the age decides.
            try fixture.superuser(
                "UPDATE escalations SET closed_at = now() - interval '9 days' WHERE alert_id = '\(open)'")
            let tables = [
                "alert_timeline", "answer_links", "alert_keys", "idempotency_keys", "escalations",
            ]
            for table in tables { #expect(try count(table, fixture, where: "alert_id = '\(old)'") > 0, "\(table)") }
            let others = try count("delivery_attempts", fixture, where: "clinic_id <> '\(DemoData.clinic)'")
            #expect(others > 0)
            #expect(try await remove(.alerts, fixture) == 1)
            for table in tables + ["messages", "intake_forms", "monitors"] {
                #expect(try count(table, fixture, where: "alert_id = '\(old)'") == 0, "\(table)")
            }
            for table in ["delivery_attempts", "gateway_events"] {
                #expect(try count(table, fixture, where: "clinic_id = '\(DemoData.clinic)'") == 0, "\(table)")
            }
            #expect(try count("delivery_attempts", fixture) == others)
            #expect(try count("alerts", fixture, where: "id IN ('\(young)', '\(open)')") == 2)
            #expect(try count("alerts", fixture, where: "clinic_id = '\(DemoData.otherClinic)'") == 1)
            #expect(try count("escalations", fixture, where: "held_by IS NOT NULL") == 0)
            #expect(try count("audit_logs", fixture, where: "target_id = '\(old)'") > 0, "the audit keeps it")
            #expect(try await remove(.alerts, fixture) == 0)
        }
    }

    @Test("A bundle goes with the last of the alerts whose pages it took the place of")
    func bundles() async throws {
        try await StoreFixture.withStore { fixture in
            let alerts = [
                try await fixture.raise().id, try await fixture.raise(patient: DemoData.patients[1]).id,
                try await fixture.raise(patient: DemoData.patients[2]).id,
            ]
            try fixture.superuser(
                """
                WITH bundle AS (
                    INSERT INTO messages
                        (id, clinic_id, user_id, contact_id, step, generation, channel, template, address, priority, purpose,
                         not_before, expires_at, state)
                    SELECT gen_random_uuid(), clinic_id, user_id, contact_id, 0, 0, channel, 'bundle', address, priority,
                        'BUNDLE', not_before, expires_at, 'DELIVERED'
                    FROM messages WHERE alert_id = '\(alerts[0])'
                    RETURNING id
                )
                UPDATE messages SET state = 'DELIVERED', bundled_into = (SELECT id FROM bundle)
                WHERE alert_id IN ('\(alerts[0])', '\(alerts[1])')
                """)
            #expect(try count("messages", fixture, where: "purpose = 'BUNDLE'") == 1)
            try close(alerts[0].description, days: 2, fixture)
            try close(alerts[2].description, days: 2, fixture)
            #expect(try await remove(.alerts, fixture) == 2)
            #expect(try count("messages", fixture, where: "purpose = 'BUNDLE'") == 1, "another's page is in it")
            try close(alerts[1].description, days: 2, fixture)
            #expect(try await remove(.alerts, fixture) == 1)
            #expect(try count("messages", fixture, where: "purpose = 'BUNDLE'") == 0)
        }
    }

    @Test("Jobs that are done go; those that wait or were given up stay")
    func jobs() async throws {
        try await StoreFixture.withStore { fixture in
            for state in ["DONE", "DONE", "QUEUED", "DEAD"] {
                try fixture.superuser(
                    """
                    INSERT INTO jobs (id, clinic_id, queue, subject_id, state, updated_at)
                    VALUES (gen_random_uuid(), '\(DemoData.clinic)', 'pan-scrub', gen_random_uuid(), '\(state)',
                        now() - interval '2 days')
                    """)
            }
            try fixture.superuser(
                "UPDATE jobs SET updated_at = now() WHERE id = (SELECT id FROM jobs WHERE state = 'DONE' LIMIT 1)")
            #expect(try await remove(.jobs, fixture) == 1)
            #expect(try count("jobs", fixture) == 3)
        }
    }

    @Test("The hub itself may delete none of it, and removes nothing of a clinic that it has not entered")
    func rights() async throws {
        try await StoreFixture.withStore { fixture in
            try addEvents(2, days: 5, in: DemoData.clinic, fixture)
            for table in ["clinic_events", "alerts", "escalations", "receipts", "jobs", "uploads"] {
                #expect(fixture.stateOfRefusal(in: DemoData.clinic, "DELETE FROM \(table)") == "42501", "\(table)")
            }
            let call = "SELECT remove_old_events(now(), 10) AS n"
            #expect(try fixture.asHub(in: nil, call)[0].int("n") == 0)
            #expect(try fixture.asHub(in: DemoData.otherClinic, call)[0].int("n") == 0)
            #expect(try fixture.asHub(in: DemoData.clinic, call)[0].int("n") == 2)
        }
    }

    @Test("A scan is due by its age once its form is settled, or because its patient was erased; then its form says so")
    func scans() async throws {
        try await StoreFixture.withStore { fixture in
            try await fixture.fillEveryTable()
            let patient = DemoData.patients[0]
            let waiting = UploadDraft(
                form: .random(), type: .png, filename: PHI("j_doe.png"), storageKey: "\(DemoData.clinic)/waiting",
                sizeBytes: 1, contentDigest: [1], patient: patient, idempotencyKey: nil)
            _ = try await fixture.store { try await $0.intake.register(waiting, StoreFixture.staff) }
            func expired(_ age: Duration?) async throws -> [RetentionStore.ExpiredScan] {
                try await fixture.store { try await $0.retention.expiredScans(olderThan: age, of: DemoData.clinic) }
            }
            #expect(try await expired(Self.age) == [])
            try fixture.superuser("UPDATE uploads SET updated_at = now() - interval '3 days'")
            #expect(try await expired(nil) == [])
            let old = try await expired(Self.age)
            #expect(old.count == 1, "the form that waits stays, whatever its age")
            try await fixture.store { try await $0.retention.forget(old[0], of: DemoData.clinic) }
            #expect(try await expired(Self.age) == [])
            await #expect(throws: StoreError.notFound(.form)) {
                try await fixture.store { try await $0.intake.file(of: old[0].form, StoreFixture.staff) }
            }
            let suggestions = try fixture.superuser(
                """
                SELECT r.suggestions_json::text AS text FROM extraction_results r
                JOIN extraction_jobs e ON e.id = r.extraction_job_id WHERE e.upload_id = '\(old[0].form)'
                """)
            #expect(try suggestions.map { try $0.string("text") } == ["{}"])

            try fixture.superuser(
                "UPDATE patients SET status = 'DISCHARGED', discharged_at = 'epoch' WHERE id = '\(patient)'")
            try fixture.superuser("UPDATE alerts SET status = 'CLOSED'")
            #expect(
                try await fixture.store { try await $0.patients.erase(patient, keptDays: 1, StoreFixture.staff) }
                    == .done)
            let due = try await expired(nil)
            #expect(due.map(\.form) == [waiting.form])
            // Written anew by whoever changes the key, it is not wanted any more.
            let file = IntakeStore.StoredFile(form: waiting.form, storageKey: waiting.storageKey)
            let isWanted = try await fixture.store {
                try await $0.intake.rewrote(file, contentDigest: [2], in: DemoData.clinic)
            }
            #expect(!isWanted)
            let files = try await fixture.store { try await $0.intake.files(of: DemoData.clinic, after: nil) }
            #expect(files == [])
        }
    }

    @Test("A file that was announced and that no form names is found after its grace; one that a form names is kept")
    func announced() async throws {
        try await StoreFixture.withStore { fixture in
            let (stray, named, young) = (IntakeFormID.random(), IntakeFormID.random(), IntakeFormID.random())
            @Sendable func key(_ form: IntakeFormID) -> String { "\(DemoData.clinic)/\(form)" }
            try await fixture.store { store in
                for form in [stray, named, young] { try await store.intake.announce(key(form), in: DemoData.clinic) }
                let draft = UploadDraft(
                    form: named, type: .png, filename: nil, storageKey: key(named), sizeBytes: 1, contentDigest: [1],
                    patient: nil, idempotencyKey: nil)
                _ = try await store.intake.register(draft, StoreFixture.staff)
            }
            #expect(try count("announced_files", fixture) == 2)
            // As one that is sealed anew.
            try await fixture.store { try await $0.intake.announce(key(named), in: DemoData.clinic) }
            try fixture.superuser(
                "UPDATE announced_files SET announced_at = now() - interval '3 days' WHERE storage_key <> '\(key(young))'"
            )
            let found = try await fixture.store { store in
                let found = try await store.retention.announced(longerThan: Self.age, of: DemoData.clinic)
                for file in found { try await store.retention.settle(file.storageKey, of: DemoData.clinic) }
                return Dictionary(uniqueKeysWithValues: found.map { ($0.storageKey, $0.isNamed) })
            }
            #expect(found == [key(stray): false, key(named): true])
            #expect(try count("announced_files", fixture) == 1)
        }
    }
}
