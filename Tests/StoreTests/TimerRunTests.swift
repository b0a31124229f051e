import Clinic
import Database
import Escalation
import HubProtocol
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
            let before = try fixture.superuser("SELECT clock_timestamp()::text AS at")[0].string("at")
            let run = try await fixture.runTimers()
            #expect(run.fired.map(\.alert) == [whole])
            #expect(run.failed == [TimerRun.Failed(alert: broken, error: .database(.malformed("people")))])
            // Its rest is drawn out: on a loaded machine it may have passed before the next look.
            let resting = try fixture.superuser(
                """
                UPDATE escalations SET claimed_until = claimed_until + INTERVAL '1 hour'
                WHERE claimed_until >= timestamptz '\(before)' + INTERVAL '5 s' RETURNING alert_id
                """)
            #expect(try resting.map { try $0.id("alert_id") } == [broken])
            #expect(try await fixture.runTimers().failed.isEmpty, "it is not tried again at once")
            #expect(try await fixture.store { try await $0.timers.oldestOverdue() } != nil, "it is still overdue")
            try fixture.superuser(
                "UPDATE escalations SET people = '[]', claimed_until = now() WHERE alert_id = '\(broken)'")
            #expect(try await fixture.runTimers().fired.map(\.alert) == [broken])
        }
    }

    @Test(
        "A batch that is run one by one, since a row in it cannot be run, comes to the same as one that is run at once")
    func oneByOne() async throws {
        var comesTo: [[String]] = []
        for hasBrokenRow in [false, true] {
            try await StoreFixture.withStore { fixture in
                var alerts = [
                    try await fixture.raise(urgency: .urgent).id, try await fixture.raise(assignedTo: nil).id,
                    try await fixture.raiseElsewhere(),
                    try await fixture.raise(patient: DemoData.patients[1], urgency: .critical).id,
                ]
                // Held back by the CRITICAL one of its patient, until now; and one that nobody answered to the end.
                alerts.append(try await fixture.raise(patient: DemoData.patients[1], urgency: .low).id)
                alerts.append(try await fixture.raise(urgency: .moderate).id)
                for _ in 0..<2 { _ = try await fixture.advance(alerts[5], .escalateNow(by: DemoData.admin)) }
                let held = try fixture.superuser("SELECT alert_id FROM escalations WHERE hold IS NOT NULL")
                #expect(try held.map { try $0.id("alert_id") } == [alerts[4]])
                for alert in alerts { try fixture.makeDue(alert) }
                if hasBrokenRow {
                    let broken = try await fixture.raise(patient: DemoData.patients[2], urgency: .critical).id
                    try fixture.makeDue(broken)
                    try fixture.superuser("UPDATE escalations SET people = '{}' WHERE alert_id = '\(broken)'")
                }
                let run = try await fixture.runTimers()
                #expect(Set(run.fired.map(\.alert)) == Set(alerts) && run.failed.count == (hasBrokenRow ? 1 : 0))
                var lines: [String] = []
                for (number, alert) in alerts.enumerated() {
                    let fired = try #require(run.fired.first { $0.alert == alert })
                    let kinds = fired.advance.committed?.events.map { "\($0.event.kind)" } ?? []
                    lines.append(
                        "\(number) \(fired.advance.outcome) \(fired.advance.status) \(fired.advance.messageCount) \(kinds)"
                    )
                    lines += try fixture.story(of: alert).map { "\(number) \($0)" }
                }
                comesTo.append(lines)
            }
        }
        #expect(comesTo[0] == comesTo[1])
        #expect(comesTo[0].contains { $0.hasPrefix("4") && $0.contains("alertReleased") }, "\(comesTo[0])")
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
    /// All that is stored of an alert but ids and times.
    fileprivate func story(of alert: AlertID) throws -> [String] {
        try superuser(
            """
            SELECT concat_ws(' ', 'escalation', a.status, e.phase, e.step, e.loop, e.generation, e.hold, e.due_at IS NULL,
                e.claimed_until IS NULL, e.people) AS line
            FROM escalations e JOIN alerts a ON a.id = e.alert_id WHERE e.alert_id = '\(alert)'
            UNION ALL
            SELECT concat_ws(' ', 'line', kind, status, step, user_id, detail) FROM (
                SELECT * FROM alert_timeline WHERE alert_id = '\(alert)' ORDER BY id) l
            UNION ALL
            SELECT concat_ws(' ', 'message', user_id, step, generation, channel, template, state) FROM (
                SELECT * FROM messages WHERE alert_id = '\(alert)' ORDER BY user_id, generation) m
            UNION ALL
            SELECT concat_ws(' ', 'event', type) FROM (
                SELECT * FROM clinic_events WHERE payload->>'alertId' = '\(alert)' ORDER BY seq) v
            """
        ).map { try $0.string("line") }
    }

    /// An alert of the other clinic.
    fileprivate func raiseElsewhere() async throws -> AlertID {
        let context = TenantContext(clinic: DemoData.otherClinic, actor: .user(DemoData.otherDoctor, .doctor))
        let draft = AlertDraft(patient: DemoData.otherPatient, assignedTo: DemoData.otherDoctor, urgency: .urgent)
        return try await store { try await $0.alerts.raise(draft, context).id }
    }
}
