import Clinic
import Cryptography
import Database
import HubProtocol
import Testing

@testable import Store

@Suite("Forms in the database")
struct IntakeStoreTests {
    private static func draft(
        _ form: IntakeFormID = .random(), patient: PatientID? = nil, key: String? = nil, digest: UInt8 = 1
    ) -> UploadDraft {
        UploadDraft(
            form: form, type: .png, filename: PHI("maria_lopez.png"), storageKey: "\(DemoData.clinic)/\(form)",
            sizeBytes: 1_000, contentDigest: [digest], patient: patient, idempotencyKey: key)
    }

    private static func reading(_ lines: [String]) -> FormReading {
        var words: [RecognizedText.Word] = []
        for (index, line) in lines.enumerated() {
            words += line.split(separator: " ").map { RecognizedText.Word(String($0), confidence: 0.95, line: index) }
        }
        return FormReading(RecognizedText(words))
    }

    private static let calm = reading([
        "Full name: Maria Lopez", "Date of birth: 1984-03-27", "Reason for visit: card 4111 1111 1111 1111",
    ])
    private static let grave = reading([
        "Full name: Maria Lopez", "Date of birth: 1984-03-27", "Reason for visit: crushing chest pain",
    ])
    private static let approval = IntakeStore.Decision.approved(
        PatientDraft(fullName: PHI("Maria Lopez"), dateOfBirth: CalendarDate("1984-03-27").map(PHI.init)),
        notes: PHI("seen at the desk"))

    private func register(_ draft: UploadDraft, _ fixture: StoreFixture) async throws -> RegisteredUpload {
        try await fixture.store { try await $0.intake.register(draft, StoreFixture.staff) }
    }

    private func order(_ fixture: StoreFixture) async throws -> ReadingOrder {
        try await fixture.store { store in
            let claim = try await store.jobs.claim(.ocrProcessing, limit: 1, lease: .seconds(60))
            guard let job = claim.jobs.first, let order = try await store.intake.begin(job, model: "test") else {
                throw StoreError.notFound(.form)
            }
            return order
        }
    }

    private func read(_ reading: FormReading, _ fixture: StoreFixture) async throws -> IntakeStore.Settled {
        let order = try await order(fixture)
        return try await fixture.store { try await $0.intake.complete(order, reading) }
    }

    @Test("An upload leaves its rows and jobs; the same key gives the same form, another file under it is refused")
    func registered() async throws {
        try await StoreFixture.withStore { fixture in
            let first = try await register(Self.draft(key: "k"), fixture)
            let again = try await register(Self.draft(key: "k"), fixture)
            #expect(again.form == first.form && again.isReplay && !first.isReplay)
            await #expect(throws: StoreError.idempotencyConflict) {
                try await register(Self.draft(key: "k", digest: 2), fixture)
            }
            await #expect(throws: StoreError.invalidReference(.patientId)) {
                try await register(Self.draft(patient: DemoData.otherPatient), fixture)
            }
            let rows = try fixture.superuser(
                """
                SELECT (SELECT count(*) FROM uploads) AS uploads, (SELECT count(*) FROM intake_forms) AS forms,
                    (SELECT string_agg(queue || ' ' || state, ',' ORDER BY queue) FROM jobs) AS jobs,
                    (SELECT status FROM extraction_jobs) AS extraction,
                    (SELECT original_filename FROM uploads) AS filename
                """)[0]
            #expect(try rows.int("uploads") == 1 && rows.int("forms") == 1)
            #expect(try rows.string("jobs") == "ocr-processing QUEUED,pan-scrub QUEUED")
            #expect(try rows.string("extraction") == "QUEUED")
            #expect(try !rows.string("filename").contains("maria"))
        }
    }

    @Test(
        "A reading is one transaction: result, form, both jobs, event and audit; nothing of it is in patients or in clear"
    )
    func completed() async throws {
        try await StoreFixture.withStore { fixture in
            let form = try await register(Self.draft(), fixture).form
            let patients = try fixture.superuser("SELECT count(*) AS n FROM patients")[0].int("n")
            let settled = try await read(Self.calm, fixture)
            #expect(settled.raised == nil)
            #expect(
                settled.committed?.events.map(\.event) == [
                    .intakeProcessed(form: form, isEmergency: false, requiresReview: false)
                ])
            let record = try await fixture.store { try await $0.intake.record(of: form, StoreFixture.staff) }
            #expect(record.status == .extracted && record.hasCardNumber && record.isRedacted && record.confidence == 95)
            #expect(record.patient == nil && record.attempts == 1)
            let rows = try fixture.superuser(
                """
                SELECT (SELECT count(*) FROM patients) AS patients,
                    (SELECT string_agg(state, ',') FROM jobs) AS jobs, (SELECT status FROM extraction_jobs) AS extraction,
                    (SELECT concat(f.*, r.*, e.*) FROM intake_forms f, extraction_results r, clinic_events e) AS text,
                    (SELECT string_agg(action, ',' ORDER BY id) FROM audit_logs WHERE target_id = '\(form)') AS audit
                """)[0]
            #expect(try rows.int("patients") == patients)
            #expect(try rows.string("jobs") == "DONE,DONE")
            #expect(try rows.string("extraction") == "SUCCEEDED")
            #expect(try rows.string("audit") == "UPLOAD_CREATED,EXTRACTION_COMPLETED")
            for secret in ["Maria", "1984", "4111", "1111"] { #expect(try !rows.string("text").contains(secret)) }
            let queue = try await fixture.store { store in
                (
                    try await store.intake.reviewQueue(all: false, limit: 10, StoreFixture.staff).count,
                    try await store.intake.reviewQueue(all: true, limit: 10, StoreFixture.staff)
                )
            }
            #expect(queue.0 == 0)
            let item = try #require(queue.1.first)
            #expect(item.filename == PHI("maria_lopez.png"))
            #expect(item.suggestions == FormSuggestions(Self.calm))
        }
    }

    @Test("An emergency raises its alert in the same transaction, about nobody yet, once")
    func emergency() async throws {
        try await StoreFixture.withStore { fixture in
            let form = try await register(Self.draft(), fixture).form
            let order = try await order(fixture)
            let settled = try await fixture.store { try await $0.intake.complete(order, Self.grave) }
            let raised = try #require(settled.raised)
            let kinds = settled.committed?.events.map(\.event.kind)
            #expect(kinds == [.alertNew, .intakeProcessed])
            await #expect(throws: StoreError.conflict(.leaseLost)) {
                try await fixture.store { try await $0.intake.complete(order, Self.grave) }
            }
            let alerts = try fixture.superuser(
                "SELECT count(*) AS n, min(urgency_level) AS urgency, min(reason) AS reason FROM alerts")[0]
            #expect(try alerts.int("n") == 1)
            #expect(try alerts.string("urgency") == "CRITICAL")
            #expect(try !alerts.string("reason").contains("pain"))
            let detail = try await fixture.store { try await $0.alerts.record(raised.id, StoreFixture.staff) }
            #expect(detail.patientName == PHI(IntakeStore.standInName))
            let record = try await fixture.store { try await $0.intake.record(of: form, StoreFixture.staff) }
            #expect(record.alert == raised.id && record.isEmergency && record.patient == nil)
            let flow = try await fixture.store { try await $0.patients.flowCounts(StoreFixture.staff) }
            #expect(flow.discharged == 0)
        }
    }

    @Test("An approval writes review, patient, the alert's patient and audit at once, and only once")
    func approved() async throws {
        try await StoreFixture.withStore { fixture in
            let form = try await register(Self.draft(), fixture).form
            await #expect(throws: StoreError.conflict(.formNotRead)) {
                try await fixture.store { try await $0.intake.settle(form, Self.approval, StoreFixture.staff) }
            }
            let alert = try #require(try await read(Self.grave, fixture).raised?.id)
            let reviews = await withTaskGroup(of: IntakeStore.Review?.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        try? await fixture.store {
                            try await $0.intake.settle(form, Self.approval, StoreFixture.staff)
                        }
                    }
                }
                return await group.reduce(into: [IntakeStore.Review?]()) { $0.append($1) }
            }.compactMap { $0 }
            #expect(reviews.count == 1)
            let patient = try #require(reviews.first?.patient)
            let record = try await fixture.store { try await $0.patients.record(of: patient, StoreFixture.staff) }
            #expect(record.fullName == PHI("Maria Lopez") && record.status == .waiting)
            let rows = try fixture.superuser(
                """
                SELECT (SELECT count(*) FROM patients WHERE upload_id = '\(form)') AS patients,
                    (SELECT patient_id::text FROM alerts WHERE id = '\(alert)') AS patient,
                    (SELECT string_agg(status, ',') FROM review_sessions) AS reviews,
                    (SELECT final_payload_json::text FROM review_sessions) AS payload,
                    (SELECT string_agg(action, ',' ORDER BY id) FROM audit_logs
                     WHERE target_id IN ('\(form)', '\(patient)')) AS audit
                """)[0]
            #expect(try rows.int("patients") == 1)
            #expect(try rows.string("patient") == patient.description)
            #expect(try rows.string("reviews") == "APPROVED")
            #expect(try !rows.string("payload").contains("Maria"))
            #expect(
                try rows.string("audit")
                    == "UPLOAD_CREATED,EXTRACTION_COMPLETED,CREATE_PATIENT,REVIEW_APPROVED,READ_PATIENT")
            await #expect(throws: StoreError.conflict(.formSettled)) {
                try await fixture.store { try await $0.intake.settle(form, .rejected, StoreFixture.staff) }
            }
        }
    }

    @Test("A form of a known patient stays that patient's, and makes no other")
    func known() async throws {
        try await StoreFixture.withStore { fixture in
            let patient = DemoData.patients[1]
            let form = try await register(Self.draft(patient: patient), fixture).form
            let before = try fixture.superuser("SELECT count(*) AS n FROM patients")[0].int("n")
            let alert = try #require(try await read(Self.grave, fixture).raised?.id)
            let review = try await fixture.store { try await $0.intake.settle(form, Self.approval, StoreFixture.staff) }
            #expect(review.patient == patient)
            #expect(try fixture.superuser("SELECT count(*) AS n FROM patients")[0].int("n") == before)
            let named = try fixture.superuser("SELECT patient_id::text AS id FROM alerts WHERE id = '\(alert)'")[0]
            #expect(try named.string("id") == patient.description)
        }
    }

    @Test("A form that cannot be read is given to a person, who can type it in or reject it")
    func failed() async throws {
        try await StoreFixture.withStore { fixture in
            let form = try await register(Self.draft(), fixture).form
            let first = try await order(fixture)
            let nothing = try await fixture.store {
                try await $0.intake.fail(first.job, .again(after: .zero), error: "TIMED_OUT")
            }
            #expect(nothing == nil)
            let second = try await order(fixture)
            #expect(second.job.attempt == 2)
            let told = try await fixture.store { try await $0.intake.fail(second.job, .dead, error: "NOT_READABLE") }
            #expect(
                told?.events.map(\.event) == [.intakeProcessed(form: form, isEmergency: false, requiresReview: true)])
            let record = try await fixture.store { try await $0.intake.record(of: form, StoreFixture.staff) }
            #expect(record.status == .error && record.error == "NOT_READABLE" && record.requiresReview)
            let item = try await fixture.store {
                try await $0.intake.reviewQueue(all: false, limit: 10, StoreFixture.staff)
            }.first
            #expect(item?.record.form == form && item?.suggestions == nil)
            let jobs = try fixture.superuser("SELECT string_agg(state, ',') AS states FROM jobs")[0]
            #expect(try jobs.string("states") == "DEAD,DEAD")
            let review = try await fixture.store { try await $0.intake.settle(form, .rejected, StoreFixture.staff) }
            #expect(review == IntakeStore.Review(status: .rejected, patient: nil))
        }
    }

    @Test("A form of another clinic is unknown, to be read, seen or approved")
    func foreign() async throws {
        try await StoreFixture.withStore { fixture in
            let form = try await register(Self.draft(), fixture).form
            _ = try await read(Self.calm, fixture)
            let other = TenantContext(clinic: DemoData.otherClinic, actor: .user(DemoData.otherDoctor, .admissions))
            await #expect(throws: StoreError.notFound(.form)) {
                try await fixture.store { try await $0.intake.record(of: form, other) }
            }
            await #expect(throws: StoreError.notFound(.form)) {
                try await fixture.store { _ = try await $0.intake.file(of: form, other) }
            }
            await #expect(throws: StoreError.notFound(.form)) {
                try await fixture.store { try await $0.intake.settle(form, Self.approval, other) }
            }
            #expect(try await fixture.store { try await $0.intake.reviewQueue(all: true, limit: 9, other) }.isEmpty)
        }
    }

    @Test("An upload never goes back, not even past the hub")
    func forwardOnly() async throws {
        try await StoreFixture.withStore { fixture in
            let form = try await register(Self.draft(), fixture).form
            for from in UploadStatus.allCases {
                try fixture.superuser("ALTER TABLE uploads DISABLE TRIGGER uploads_status_forward")
                try fixture.superuser("UPDATE uploads SET status = '\(from.rawValue)' WHERE id = '\(form)'")
                try fixture.superuser("ALTER TABLE uploads ENABLE TRIGGER uploads_status_forward")
                for to in UploadStatus.allCases where from.transition(to: to) == .refused {
                    #expect(throws: DatabaseError.self, "\(from) to \(to)") {
                        try fixture.superuser("UPDATE uploads SET status = '\(to.rawValue)' WHERE id = '\(form)'")
                    }
                }
            }
        }
    }
}
