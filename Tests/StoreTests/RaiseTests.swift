import Clinic
import Database
import Escalation
import HubProtocol
import Testing

@testable import Store

@Suite("Raising an alert")
struct RaiseTests {
    @Test("Alert, event, timer, message, story and audit row are one transaction")
    func oneTransaction() async throws {
        try await StoreFixture.withStore { fixture in
            let raised = try await fixture.raise()
            let transactions = try fixture.superuser(
                """
                SELECT xmin::text AS x FROM alerts UNION SELECT xmin::text FROM escalations
                UNION SELECT xmin::text FROM messages UNION SELECT xmin::text FROM alert_timeline
                UNION SELECT xmin::text FROM clinic_events UNION SELECT xmin::text FROM audit_logs
                """)
            #expect(transactions.count == 1)
            let event = try #require(raised.committed?.events.first)
            #expect(event.seq == 1)
            #expect(
                event.event
                    == .alertNew(alert: raised.id, urgency: .urgent, room: "ER-12", patientName: PHI("J. Doe")))
            let row = try fixture.superuser(
                """
                SELECT e.phase, e.step, e.generation, e.due_at - a.created_at = INTERVAL '15 s' AS is_due_in_time,
                    a.status, m.template, m.generation = e.generation AS is_current
                FROM escalations e JOIN alerts a ON a.id = e.alert_id JOIN messages m ON m.alert_id = a.id
                """)[0]
            #expect(try row.string("phase") == "RUNNING")
            #expect(try row.int64("step") == 1)
            #expect(try row.bool("is_due_in_time"))
            #expect(try row.bool("is_current"))
            #expect(try row.string("status") == "PENDING")
            let story = try fixture.superuser("SELECT kind FROM alert_timeline ORDER BY id")
            #expect(try story.map { try $0.string("kind") } == ["RAISED", "PAGED"])
        }
    }

    @Test("No patient name stands in clear in any row")
    func sealed() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.raise()
            let event = try fixture.superuser("SELECT payload::text AS p, patient_name FROM clinic_events")[0]
            #expect(try !event.string("p").contains("Doe"))
            let name = try event.bytes("patient_name")
            #expect(try fixture.vault.openName(name, of: DemoData.patients[0]) == PHI("J. Doe"))
        }
    }

    @Test(
        "Without a doctor to page the timer is due at once, and the engine begins the policy", arguments: [true, false])
    func nobodyToPage(hasDoctor: Bool) async throws {
        try await StoreFixture.withStore { fixture in
            _ = try fixture.superuser("UPDATE users SET phone_e164 = NULL WHERE id = '\(DemoData.doctor)'")
            let raised = try await fixture.raise(assignedTo: hasDoctor ? DemoData.doctor : nil)
            #expect(!raised.hasMessage)
            #expect(raised.dueAt == raised.createdAt)
            let advance = try #require(try await fixture.runTimers().fired.first).advance
            #expect(advance.outcome == .applied)
            #expect(advance.status == .escalated)
            let message = try fixture.superuser("SELECT user_id::text AS u FROM messages")
            // With an assigned doctor his backup is next; with none, the clinic's admins are.
            let expected = hasDoctor ? DemoData.backupDoctor : DemoData.admin
            #expect(try message.map { try $0.string("u") } == [expected.description])
            let raisedLines = try fixture.superuser("SELECT FROM alert_timeline WHERE kind = 'RAISED'")
            #expect(raisedLines.count == 1)
        }
    }

    @Test("An unknown or foreign patient or doctor is refused by its field, and nothing stays")
    func invalidReferences() async throws {
        try await StoreFixture.withStore { fixture in
            let foreign = DemoData.otherPatient
            await #expect(throws: StoreError.invalidReference(.patientId)) { try await fixture.raise(patient: foreign) }
            await #expect(throws: StoreError.invalidReference(.assignedTo)) {
                try await fixture.raise(assignedTo: DemoData.otherDoctor)
            }
            await #expect(throws: StoreError.invalidReference(.assignedToNotActiveDoctor)) {
                try await fixture.raise(assignedTo: DemoData.admin)
            }
            _ = try fixture.superuser("UPDATE users SET is_active = FALSE WHERE id = '\(DemoData.doctor)'")
            await #expect(throws: StoreError.invalidReference(.assignedToNotActiveDoctor)) { try await fixture.raise() }
            for table in ["alerts", "escalations", "messages", "alert_timeline", "clinic_events", "audit_logs"] {
                #expect(try fixture.superuser("SELECT FROM \(table)").count == 0, "\(table)")
            }
            #expect(try fixture.superuser("SELECT FROM clinic_channels WHERE head_seq > 0").count == 0)
        }
    }

    @Test("Concurrent raises on several loops give sequence numbers without gaps, in commit order")
    func concurrent() async throws {
        try await StoreFixture.withStore { fixture in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        try await fixture.store { store in
                            for _ in 0..<20 {
                                _ = try await store.alerts.raise(StoreFixture.draft(), StoreFixture.staff)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let events = try fixture.superuser("SELECT seq FROM clinic_events ORDER BY seq")
            #expect(try events.map { try $0.int64("seq") } == Array(1...60))
            let disorder = try fixture.superuser(
                """
                SELECT FROM (SELECT seq, created_at, lag(created_at) OVER (ORDER BY seq) AS before FROM clinic_events) e
                WHERE created_at < before
                """)
            #expect(disorder.count == 0)
            let page = try await fixture.store { try await $0.events.events(after: 0, limit: 100, StoreFixture.staff) }
            #expect(page.events.map(\.seq) == Array(1...60))
        }
    }

    @Test("The same key and request give the first answer again; another request is a conflict")
    func idempotency() async throws {
        try await StoreFixture.withStore { fixture in
            let key = IdempotencyKey(key: "k1", requestHash: [1, 2, 3])
            let first = try await fixture.raise(idempotency: key)
            let second = try await fixture.raise(idempotency: key)
            #expect(!first.isReplay)
            #expect(second.isReplay)
            #expect(second.id == first.id)
            #expect(second.createdAt == first.createdAt)
            #expect(try fixture.superuser("SELECT FROM alerts").count == 1)
            await #expect(throws: StoreError.idempotencyConflict) {
                try await fixture.raise(idempotency: IdempotencyKey(key: "k1", requestHash: [9]))
            }
        }
    }

    @Test("A hundred requests at once with one key raise one alert")
    func idempotencyRace() async throws {
        try await StoreFixture.withStore { fixture in
            let key = IdempotencyKey(key: "race", requestHash: [1])
            let ids = try await withThrowingTaskGroup(of: AlertID.self) { group in
                for _ in 0..<100 { group.addTask { try await fixture.raise(idempotency: key).id } }
                var ids: Set<AlertID> = []
                for try await id in group { ids.insert(id) }
                return ids
            }
            #expect(ids.count == 1)
            #expect(try fixture.superuser("SELECT FROM clinic_events").count == 1)
        }
    }

    @Test("A policy that was replaced meanwhile is read anew before it is frozen onto the alert")
    func newPolicyVersion() async throws {
        try await StoreFixture.withStore { fixture in
            try await fixture.store { store in
                _ = try await store.alerts.raise(StoreFixture.draft(), StoreFixture.staff)
                _ = try fixture.superuser(
                    """
                    UPDATE escalation_policies SET is_active = FALSE WHERE clinic_id = '\(DemoData.clinic)';
                    """)
                _ = try fixture.superuser(
                    """
                    INSERT INTO escalation_policies (id, clinic_id, version, name, document, is_active)
                    SELECT id, clinic_id, 2, name, document, TRUE FROM escalation_policies
                    WHERE clinic_id = '\(DemoData.clinic)'
                    """)
                _ = try await store.alerts.raise(StoreFixture.draft(), StoreFixture.staff)
            }
            let versions = try fixture.superuser("SELECT policy_version AS v FROM escalations ORDER BY policy_version")
            #expect(try versions.map { try $0.int64("v") } == [1, 2])
        }
    }

    @Test("A clinic without a policy gets the standard one")
    func standardPolicy() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try fixture.superuser("DELETE FROM escalation_policies")
            _ = try await fixture.raise()
            let row = try fixture.superuser("SELECT name, is_active FROM escalation_policies")[0]
            #expect(try row.string("name") == "clinic-default")
            #expect(try row.bool("is_active"))
        }
    }
}
