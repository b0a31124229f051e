import Clinic
import Cryptography
import Database
import Escalation
import HubProtocol
import Platform
import TestSupport

@testable import Store

/// One test's database with the demo clinics, and the store over it under the hub's own role.
struct StoreFixture: Sendable {
    let database: ScratchDatabase
    let vault: PHIVault

    /// Who raises and reads in these tests.
    static let staff = TenantContext(
        clinic: DemoData.clinic, actor: .user(DemoData.admissions, .admissions), ipAddress: "192.0.2.7",
        sessionID: "session-1")

    static func withStore(_ body: (StoreFixture) async throws -> Void) async throws {
        guard let vault = PHIVault(key: SecureRandom.bytes(PHIVault.keyLength)) else { throw StoreError.unsealable }
        let fixture = StoreFixture(database: try ScratchPostgres.migrated(), vault: vault)
        try await fixture.seed()
        try await body(fixture)
    }

    static func draft(
        patient: PatientID = DemoData.patients[0], assignedTo: UserID? = DemoData.doctor,
        urgency: UrgencyLevel = .urgent
    ) -> AlertDraft {
        AlertDraft(patient: patient, assignedTo: assignedTo, urgency: urgency, room: "ER-12", reason: "triage")
    }

    // MARK: The store, on a loop of its own for each call

    func store<Value: Sendable>(
        _ body: @escaping @Sendable (Store) async throws -> Value
    ) async throws -> Value {
        let settings = database.settings(.hub)
        let vault = vault
        return try await onLoop { reactor in
            var limits = Pool.Limits()
            limits.connections = 1
            let pool = Pool(reactor: reactor, settings: settings, limits: limits)
            pool.start()
            defer { pool.close() }
            try await pool.waitUntilAvailable(within: .seconds(10))
            return try await body(Store(pool: pool, vault: vault))
        }
    }

    func seed() async throws {
        let settings = database.settings(.owner)
        let vault = vault
        try await onLoop { reactor in
            let pool = Pool(reactor: reactor, settings: settings)
            pool.start()
            defer { pool.close() }
            try await pool.waitUntilAvailable(within: .seconds(10))
            try await DemoData.seed(pool, vault: vault)
        }
    }

    func raise(
        patient: PatientID = DemoData.patients[0], assignedTo: UserID? = DemoData.doctor,
        urgency: UrgencyLevel = .urgent, idempotency: IdempotencyKey? = nil
    ) async throws -> RaisedAlert {
        let draft = Self.draft(patient: patient, assignedTo: assignedTo, urgency: urgency)
        return try await store { try await $0.alerts.raise(draft, idempotency: idempotency, Self.staff) }
    }

    func advance(
        _ alert: AlertID, _ input: EscalationInput, as actor: TenantContext.Actor = .hub
    ) async throws -> EscalationStore.Advance {
        let context = TenantContext(
            clinic: DemoData.clinic, actor: actor, ipAddress: actor == .hub ? nil : "192.0.2.7")
        return try await store { try await $0.escalations.advance(alert, input, context) }
    }

    func runTimers() async throws -> TimerRun {
        try await store { try await $0.escalations.runDueTimers(limit: 10) }
    }

    func claimMessage() async throws -> ClaimedMessage? {
        try await store { try await $0.messages.claim(limit: 1) { _ in .use("twilio") } }.messages.first
    }

    /// All that is ready, by the first gateway that comes to mind.
    func claim() async throws -> [ClaimedMessage] {
        try await store { try await $0.messages.claim(limit: 100) { _ in .use("twilio") } }.messages
    }

    @discardableResult
    func record(_ outcome: SubmissionOutcome, of message: ClaimedMessage) async throws -> EscalationStore.Advance? {
        try await store { try await $0.messages.record(outcome, of: message) }
    }

    func callback(_ report: DeliveryState, _ message: ClaimedMessage) async throws -> CallbackStore.Applied {
        let callback = DeliveryCallback(
            gateway: message.gateway, eventKey: "\(message.attempt):\(report.rawValue)", attempt: message.attempt,
            report: report, rawHash: SHA256.hash([1]))
        guard let applied = try await store({ try await $0.callbacks.apply(callback) }) else {
            throw StoreError.notFound(.attempt)
        }
        return applied
    }

    // MARK: SQL

    func superuserConnection() throws -> BlockingConnection {
        try BlockingConnection(database.settings(.superuser))
    }

    /// Runs SQL past every policy.
    @discardableResult
    func superuser(_ sql: String) throws -> Rows { try superuserConnection().query(sql) }

    /// Runs SQL under the hub's own login, as that clinic.
    func asHub(in clinic: ClinicID?, role: String = "ADMIN", _ sql: String) throws -> Rows {
        let connection = try BlockingConnection(database.settings(.hub))
        _ = try connection.query(
            "SELECT set_config('app.current_clinic_id', $1, false), set_config('app.current_role', $2, false)",
            [.text(clinic?.description ?? ""), .text(role)])
        return try connection.query(sql)
    }

    /// The SQLSTATE with which the hub's login is refused; nil if it is not.
    func stateOfRefusal(in clinic: ClinicID, _ sql: String) -> String? {
        do {
            _ = try asHub(in: clinic, sql)
            return nil
        } catch {
            return (error as? DatabaseError)?.sqlState
        }
    }

    /// Brings the alert's timer to now, and the end of its step with it.
    func makeDue(_ alert: AlertID) throws {
        try superuser(
            """
            UPDATE escalations SET due_at = clock_timestamp(), step_ends_at = clock_timestamp(), claimed_until = NULL
            WHERE alert_id = '\(alert)'
            """)
    }

    /// Rules, quiet hours, a schedule with an override, notices and a test plan of one clinic.
    private func fillReach(_ context: TenantContext, _ doctor: UserID) async throws {
        try await store { store in
            let contacts = try await store.contacts.contacts(of: doctor, context)
            let rules = contacts.map { NotificationRule(contact: $0.id, after: .zero) }
            try await store.preferences.set(PerUrgency(all: rules), of: doctor, context)
            let night = WeeklyWindow(days: [.monday], from: .midnight, to: .midnight)
            try await store.preferences.set(QuietHours(zone: "UTC", windows: [night]), of: doctor, context)
            let start = CalendarDate(daysSince1970: 20_000)
            let layer = DutyLayer(
                name: "days", people: [doctor], shift: .days(1), startsOn: start, handOver: .midnight,
                endsOn: start.advanced(byDays: 1))
            let definition = ScheduleDefinition(name: "fill", zone: "UTC", layers: [layer])
            let schedule = try await store.schedules.create(definition, context)
            let (_, now) = try await store.schedules.calendars(context)
            _ = try await store.schedules.override(
                schedule.id, by: doctor, from: now, to: now.advanced(by: .seconds(60)), context)
            _ = try await store.notices.settle(try await store.reach.report(context).notices, context)
            let plan = ContactTestStore.Plan(isEnabled: true, weekday: .monday, time: .midnight)
            try await store.contactTests.set(plan, context)
        }
    }

    /// A form that was uploaded, read and rejected, of one clinic.
    private func fillIntake(_ context: TenantContext) async throws {
        let form = IntakeFormID.random()
        let draft = UploadDraft(
            form: form, type: .png, filename: nil, storageKey: "\(context.clinic)/\(form)", sizeBytes: 1,
            contentDigest: [1], patient: nil, idempotencyKey: nil)
        try await store { store in
            _ = try await store.intake.register(draft, context)
            for job in try await store.jobs.claim(.ocrProcessing, limit: 5, lease: .seconds(60)).jobs {
                guard let order = try await store.intake.begin(job, model: "fill") else { continue }
                _ = try await store.intake.complete(order, FormReading(RecognizedText([])))
            }
            _ = try await store.intake.settle(form, .rejected, context)
        }
    }

    /// Leaves at least one row of each clinic in every table.
    func fillEveryTable() async throws {
        for (clinic, doctor, patient) in [
            (DemoData.clinic, DemoData.doctor, DemoData.patients[0]),
            (DemoData.otherClinic, DemoData.otherDoctor, DemoData.otherPatient),
        ] {
            let context = TenantContext(clinic: clinic, actor: .user(doctor, .doctor))
            try await store { store in
                try await store.square.set(SquareAccount(token: "t", locations: ["L-\(clinic)"]), context)
                try await store.intake.announce("\(clinic)/\(IntakeFormID.random())", in: clinic)
            }
            for table in ["intake_forms", "billing_display_cache"] {
                try superuser("INSERT INTO \(table) (clinic_id, patient_id) VALUES ('\(clinic)', '\(patient)')")
            }
            try await fillReach(context, doctor)
            try await fillIntake(context)
            try await store { store in
                var draft = AlertDraft(patient: patient, assignedTo: doctor, urgency: .critical)
                draft.repetitionKey = "k"
                let key = IdempotencyKey(key: "k", requestHash: [1])
                let raised = try await store.alerts.raise(draft, idempotency: key, context)
                let window = MaintenanceStore.Draft(
                    source: nil, suppresses: nil, until: raised.createdAt.advanced(by: .seconds(60)))
                _ = try await store.maintenance.begin(window, by: doctor, context)
                _ = try await store.monitors.add(
                    MonitorStore.Draft(source: "ocr", everySeconds: 60, graceSeconds: 0, urgency: .low), context)
                let receipt = Receipt(seq: 1, user: doctor, session: .random(), stage: .rendered)
                _ = try await store.events.keep([receipt], context)
                _ = try await store.revocations.revoke(.user(doctor), context)
                _ = try await store.keys.create(
                    name: "fill", scopes: [.createAlerts], lasting: .seconds(60), APIKeySecret(), context,
                    now: raised.createdAt)
                for message in try await store.messages.claim(limit: 1, choose: { _ in .use("twilio") }).messages {
                    let callback = DeliveryCallback(
                        gateway: "twilio", eventKey: message.attempt.description, attempt: message.attempt,
                        report: .sent, rawHash: [1])
                    _ = try await store.callbacks.apply(callback)
                    _ = try await store.links.make(for: message)
                }
            }
        }
    }
}
