import Clinic
import Database
import Escalation
import Testing
import Wire

@testable import Store

@Suite("Whom a policy means, and how they are told")
struct RosterTests {
    private static let doctor = TenantContext(clinic: DemoData.clinic, actor: .user(DemoData.doctor, .doctor))
    private static let admin = TenantContext(clinic: DemoData.clinic, actor: .user(DemoData.admin, .admin))

    /// Gives the clinic another active policy.
    private func use(_ policy: EscalationPolicy, _ fixture: StoreFixture) throws {
        var json = JSONWriter()
        policy.write(to: &json)
        let connection = try fixture.superuserConnection()
        _ = try connection.query(
            "UPDATE escalation_policies SET is_active = FALSE WHERE clinic_id = '\(DemoData.clinic)'")
        _ = try connection.query(
            """
            INSERT INTO escalation_policies (id, clinic_id, version, name, document, is_active)
            VALUES ($1, $2, 2, 'test', $3::jsonb, TRUE)
            """, [.text(DemoData.policy.description), .text(DemoData.clinic.description), .text(json.text)])
    }

    /// A verified contact of the doctor.
    private func add(_ fixture: StoreFixture, _ text: String, _ kind: ContactKind) async throws -> ContactID {
        let address = try #require(ContactAddress(text, kind: kind))
        let id = try await fixture.store {
            try await $0.contacts.add(address, kind: kind, label: "", to: DemoData.doctor, Self.doctor).id
        }
        _ = try fixture.superuser("UPDATE contact_methods SET verified_at = clock_timestamp() WHERE id = '\(id)'")
        _ = try fixture.superuser("DELETE FROM messages WHERE purpose = 'VERIFY'")
        return id
    }

    /// The alert's messages as `SMS 0 101`: kind, seconds until it may go out, the person's last digits. To the nearest ten
    /// seconds: the plan's own moment is a little before the row's.
    private func messages(_ fixture: StoreFixture) throws -> [String] {
        try fixture.superuser(
            """
            SELECT channel, round(EXTRACT(EPOCH FROM not_before - created_at), -1)::bigint AS after,
                right(user_id::text, 3) AS person
            FROM messages WHERE alert_id IS NOT NULL
            """
        ).map { "\(try $0.string("channel")) \(try $0.int("after")) \(try $0.string("person"))" }.sorted()
    }

    @Test("A doctor with one contact is paged in the raise itself, by that contact")
    func one() async throws {
        try await StoreFixture.withStore { fixture in
            #expect(try await fixture.raise().hasMessage)
            let row = try fixture.superuser(
                "SELECT m.contact_id, c.from_directory FROM messages m JOIN contact_methods c ON c.id = m.contact_id")[
                    0]
            #expect(try row.bool("from_directory"))
            #expect(try messages(fixture) == ["SMS 0 101"])
        }
    }

    @Test("A doctor with several is paged by the timer that is due at once, by kinds and own rules")
    func several() async throws {
        try await StoreFixture.withStore { fixture in
            let push = try await add(fixture, "push-token-0123456789", .push)
            let first = try await fixture.raise()
            #expect(!first.hasMessage)
            #expect(try await fixture.runTimers().fired.map(\.alert) == [first.id])
            #expect(try messages(fixture) == ["PUSH 0 101", "SMS 0 101"])
            _ = try fixture.superuser("DELETE FROM messages")
            let contacts = try await fixture.store { try await $0.contacts.contacts(of: DemoData.doctor, Self.doctor) }
            let phone = try #require(contacts.first { $0.kind == .sms }).id
            var rules = PerUrgency<[NotificationRule]>(all: [])
            rules.urgent = [
                NotificationRule(contact: push, after: .seconds(10)),
                NotificationRule(contact: phone, after: .seconds(40)),
            ]
            rules.critical = [NotificationRule(contact: phone, after: .zero)]
            let wanted = rules
            try await fixture.store { try await $0.preferences.set(wanted, of: DemoData.doctor, Self.doctor) }
            _ = try await fixture.raise()
            _ = try await fixture.runTimers()
            #expect(try messages(fixture) == ["PUSH 0 101", "SMS 30 101"])
            _ = try fixture.superuser("DELETE FROM messages")
            // The others' next steps may be due by now on a loaded machine.
            _ = try fixture.superuser("UPDATE escalations SET due_at = due_at + INTERVAL '1 hour'")
            // CRITICAL uses every contact at once, whatever the rules say.
            _ = try await fixture.raise(urgency: .critical)
            _ = try await fixture.runTimers()
            #expect(try messages(fixture) == ["PUSH 0 101", "SMS 0 101"])
        }
    }

    @Test("Who opted out, or never verified, is passed over at once")
    func unreachable() async throws {
        for change in ["verified_at = NULL", "opted_out_at = now(), opted_out_by = 'REPLY'"] {
            try await StoreFixture.withStore { fixture in
                _ = try fixture.superuser(
                    "UPDATE contact_methods SET \(change) WHERE user_id = '\(DemoData.doctor)'")
                let raised = try await fixture.raise()
                #expect(!raised.hasMessage)
                let run = try await fixture.runTimers()
                #expect(run.fired.map(\.advance.status) == [.escalated])
                #expect(try messages(fixture) == ["SMS 0 102"])
            }
        }
    }

    @Test("Quiet hours hold back what is not loud, and nothing else")
    func quiet() async throws {
        try await StoreFixture.withStore { fixture in
            let always = WeeklyWindow(days: Set(Weekday.allCases), from: .midnight, to: .midnight)
            try await fixture.store {
                try await $0.preferences.set(
                    QuietHours(zone: "UTC", windows: [always]), of: DemoData.doctor, Self.doctor)
            }
            #expect(try await fixture.raise(urgency: .critical).hasMessage)
            #expect(try await fixture.raise(urgency: .urgent).hasMessage)
            _ = try fixture.superuser("DELETE FROM messages")
            #expect(try await !fixture.raise(urgency: .moderate).hasMessage)
            _ = try await fixture.runTimers()
            // As long as the standard policy lets it: eight hours.
            #expect(try messages(fixture) == ["SMS 28800 101"])
        }
    }

    @Test("What the policy leaves to the screens sends nothing, and waits like any other step")
    func screens() async throws {
        try await StoreFixture.withStore { fixture in
            let alert = try await fixture.raise(urgency: .low).id
            let run = try await fixture.runTimers()
            #expect(run.fired.map(\.advance.status) == [.pending])
            #expect(try messages(fixture) == [])
            let row = try fixture.superuser(
                "SELECT phase, step, people::text AS people FROM escalations WHERE alert_id = '\(alert)'")[0]
            #expect(try row.string("phase") == "RUNNING" && row.int("step") == 1)
            #expect(try row.string("people").contains(DemoData.doctor.description))
        }
    }

    @Test("A schedule means whoever is on call at the moment, by its layers or an override, and nobody in a gap")
    func schedule() async throws {
        try await StoreFixture.withStore { fixture in
            var policy = EscalationPolicy.demo(id: DemoData.policy)
            policy.version = 2
            policy.steps = [
                EscalationStep(targets: [.schedule(DemoData.schedule)], wait: PerUrgency(all: .seconds(60))),
                EscalationStep(targets: [.role(.admin)], wait: PerUrgency(all: .seconds(60))),
            ]
            try use(policy, fixture)
            let (calendars, now) = try await fixture.store {
                try await $0.schedules.calendars(of: DemoData.schedule, Self.admin)
            }
            let duty = try #require(calendars.first?.calendar.duty(at: now))
            let person = duty.person == DemoData.doctor ? "101" : "102"
            _ = try await fixture.raise()
            _ = try await fixture.runTimers()
            #expect(try messages(fixture) == ["SMS 0 \(person)"])
            let reason = try fixture.superuser(
                "SELECT detail->>'reason' AS reason FROM alert_timeline WHERE kind = 'PAGED'")
            #expect(try reason.map { try $0.string("reason") } == ["SCHEDULE"])
            _ = try fixture.superuser("DELETE FROM messages")
            let other = duty.person == DemoData.doctor ? DemoData.backupDoctor : DemoData.doctor
            _ = try await fixture.store {
                try await $0.schedules.override(
                    DemoData.schedule, by: other, from: now, to: now.advanced(by: .seconds(600)), Self.admin)
            }
            _ = try await fixture.raise(patient: DemoData.patients[1])
            _ = try await fixture.runTimers()
            #expect(try messages(fixture) == ["SMS 0 \(person == "101" ? "102" : "101")"])
            _ = try fixture.superuser("DELETE FROM messages; ")
            _ = try fixture.superuser("DELETE FROM schedule_overrides")
            _ = try fixture.superuser(
                """
                UPDATE oncall_schedules SET definition = jsonb_set(definition, '{layers,0,endsOn}', '"2026-01-06"')
                WHERE id = '\(DemoData.schedule)'
                """)
            _ = try await fixture.raise(patient: DemoData.patients[2])
            _ = try await fixture.runTimers()
            #expect(try messages(fixture) == ["SMS 0 104"])
        }
    }
}
