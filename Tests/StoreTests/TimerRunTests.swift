import Clinic
import Database
import Testing

@testable import Store

@Suite("Timers of all clinics")
struct TimerRunTests {
    @Test("Timers of two clinics are run in one transaction, each inside its own clinic")
    func twoClinics() async throws {
        try await StoreFixture.withStore { fixture in
            let first = try await fixture.raise()
            let second = try await fixture.raise(patient: DemoData.patients[1])
            let other = try await fixture.raiseElsewhere()
            for alert in [first.id, second.id, other] { try fixture.makeDue(alert) }
            let run = try await fixture.runTimers()
            #expect(Set(run.fired.map(\.alert)) == [first.id, second.id, other])
            #expect(run.failed.isEmpty)
            for fired in run.fired {
                #expect(fired.advance.status == .escalated)
                #expect(fired.advance.committed?.events.map(\.clinic) == [fired.clinic])
            }
            let events = try fixture.superuser(
                """
                SELECT e.clinic_id = a.clinic_id AS fits, count(*) OVER (PARTITION BY e.clinic_id) AS n
                FROM clinic_events e JOIN alerts a ON a.id = (e.payload->>'alertId')::uuid
                WHERE e.type = 'alert:escalated' ORDER BY n
                """)
            #expect(try events.map { try $0.bool("fits") } == [true, true, true])
            #expect(try events.map { try $0.int("n") } == [1, 2, 2])
            let gaps = try fixture.superuser(
                "SELECT FROM clinic_channels c WHERE head_seq <> (SELECT count(*) FROM clinic_events e WHERE e.clinic_id = c.clinic_id)"
            )
            #expect(gaps.isEmpty)
        }
    }

    @Test("A timer that another hub is running is left to it, and is free the moment that hub's session ends")
    func deadHub() async throws {
        try await StoreFixture.withStore { fixture in
            let alert = try await fixture.raise().id
            try fixture.makeDue(alert)
            do {
                let hub = try fixture.superuserConnection()
                _ = try hub.query("BEGIN")
                _ = try hub.query("SELECT FROM escalations WHERE alert_id = '\(alert)' FOR NO KEY UPDATE")
                let run = try await fixture.runTimers()
                #expect(run.fired.isEmpty)
                #expect(try #require(run.nextDueIn) <= .milliseconds(50), "not only at the next poll")
            }
            var fired = try await fixture.runTimers().fired
            for _ in 0..<3_000 where fired.isEmpty { fired = try await fixture.runTimers().fired }
            #expect(fired.map(\.alert) == [alert])
        }
    }

    @Test("A row that cannot be run rests, and those beside it are run")
    func brokenRow() async throws {
        try await StoreFixture.withStore { fixture in
            let broken = try await fixture.raise(urgency: .critical).id
            let whole = try await fixture.raise(patient: DemoData.patients[1]).id
            try fixture.makeDue(broken)
            try fixture.makeDue(whole)
            try fixture.superuser("UPDATE escalations SET people = '{}' WHERE alert_id = '\(broken)'")
            let run = try await fixture.runTimers()
            #expect(run.fired.map(\.alert) == [whole])
            #expect(run.failed == [TimerRun.Failed(alert: broken, error: .database(.malformed("people")))])
            #expect(try await fixture.runTimers().failed.isEmpty, "it is not tried again at once")
            #expect(try await fixture.store { try await $0.timers.oldestOverdue() } != nil, "it is still overdue")
            try fixture.superuser(
                "UPDATE escalations SET people = '[]', claimed_until = now() WHERE alert_id = '\(broken)'")
            #expect(try await fixture.runTimers().fired.map(\.alert) == [broken])
        }
    }

    @Test("The most urgent are run first, however long the others wait")
    func urgentFirst() async throws {
        try await StoreFixture.withStore { fixture in
            var alerts: [UrgencyLevel: AlertID] = [:]
            for urgency in UrgencyLevel.allCases {
                let alert = try await fixture.raise(urgency: urgency).id
                alerts[urgency] = alert
                try fixture.makeDue(alert)
                try fixture.superuser(
                    """
                    UPDATE escalations SET due_at = due_at - (10 - urgency) * INTERVAL '1 minute'
                    WHERE alert_id = '\(alert)'
                    """)
            }
            for urgency in [UrgencyLevel.critical, .urgent, .moderate, .low] {
                let run = try await fixture.store { try await $0.escalations.runDueTimers(limit: 1) }
                #expect(run.fired.map(\.alert) == [alerts[urgency]])
                #expect(run.isFull)
            }
        }
    }
}

extension StoreFixture {
    /// An alert of the other clinic.
    fileprivate func raiseElsewhere() async throws -> AlertID {
        let context = TenantContext(clinic: DemoData.otherClinic, actor: .user(DemoData.otherDoctor, .doctor))
        let draft = AlertDraft(patient: DemoData.otherPatient, assignedTo: DemoData.otherDoctor, urgency: .urgent)
        return try await store { try await $0.alerts.raise(draft, context).id }
    }
}
