import Clinic
import Database
import Escalation
import HubProtocol
import Testing

@testable import Store

@Suite("Escalation in the database")
struct EscalationStoreTests {
    @Test("A due timer pages the backup, arms the next timer and tells the screens, once")
    func timerEscalates() async throws {
        try await StoreFixture.withStore { fixture in
            let raised = try await fixture.raise()
            try fixture.makeDue(raised.id)
            let fired = try #require(try await fixture.runTimers().fired.first)
            #expect(fired.clinic == DemoData.clinic)
            #expect(try await fixture.runTimers().fired.isEmpty, "it fires once")
            let advance = fired.advance
            #expect(advance.status == .escalated)
            #expect(advance.messageCount == 1)
            guard
                case .alertEscalated(raised.id, step: 2, at: _, nextStepAt: let next?)? =
                    advance.committed?.events.first?.event, let dueAt = advance.dueAt
            else { return #expect(Bool(false), "alert:escalated is told") }
            // The wire has milliseconds.
            #expect(next.microseconds / 1000 == dueAt.microseconds / 1000)
            #expect(try await fixture.advance(raised.id, .timerDue(generation: 1)).outcome == .stale)
            let states = try fixture.superuser("SELECT step, state FROM messages ORDER BY step")
            #expect(try states.map { try $0.string("state") } == ["CANCELLED", "QUEUED"])
            let alert = try fixture.superuser("SELECT status, escalated_at FROM alerts")[0]
            #expect(try alert.string("status") == "ESCALATED")
            #expect(try alert.optionalTimestamp("escalated_at") != nil)
        }
    }

    @Test("A timer from before an acknowledgement does nothing after it")
    func fencedTimer() async throws {
        try await StoreFixture.withStore { fixture in
            let raised = try await fixture.raise()
            try fixture.makeDue(raised.id)
            let acknowledged = try await fixture.advance(raised.id, .acknowledged(by: DemoData.doctor))
            #expect(acknowledged.status == .acknowledged)
            #expect(acknowledged.dueAt == nil)
            #expect(try await fixture.advance(raised.id, .timerDue(generation: 1)).outcome == .stale)
            #expect(try await fixture.runTimers() == TimerRun())
            #expect(try fixture.superuser("SELECT FROM messages WHERE state <> 'CANCELLED'").count == 0)
            let row = try fixture.superuser(
                "SELECT acknowledged_by::text AS by, acknowledged_at FROM escalations JOIN alerts ON id = alert_id")[0]
            #expect(try row.string("by") == DemoData.doctor.description)
            #expect(try row.optionalTimestamp("acknowledged_at") != nil)
        }
    }

    @Test("Two acknowledgements at once: one applies, the other finds it so")
    func twoAcknowledgements() async throws {
        try await StoreFixture.withStore { fixture in
            let alert = try await fixture.raise().id
            let outcomes = try await withThrowingTaskGroup(of: EscalationPlan.Outcome.self) { group in
                for doctor in [DemoData.doctor, DemoData.backupDoctor] {
                    group.addTask { try await fixture.advance(alert, .acknowledged(by: doctor)).outcome }
                }
                var outcomes: [EscalationPlan.Outcome] = []
                for try await outcome in group { outcomes.append(outcome) }
                return outcomes
            }
            #expect(Set(outcomes) == [.applied, .alreadySo])
            #expect(try fixture.superuser("SELECT FROM clinic_events WHERE type = 'alert:acknowledged'").count == 1)
        }
    }

    @Test("A decline calls the backup at once; a decline by somebody who was not paged is refused")
    func decline() async throws {
        try await StoreFixture.withStore { fixture in
            let alert = try await fixture.raise().id
            await #expect(throws: StoreError.refused(.notPaged)) {
                try await fixture.advance(alert, .declined(by: DemoData.admin))
            }
            let advance = try await fixture.advance(alert, .declined(by: DemoData.doctor))
            #expect(advance.status == .escalated)
            #expect(advance.messageCount == 1)
            let kinds = try fixture.superuser("SELECT kind FROM alert_timeline ORDER BY id")
            #expect(try kinds.map { try $0.string("kind") } == ["RAISED", "PAGED", "DECLINED", "ESCALATED", "PAGED"])
        }
    }

    @Test("Escalate now, acknowledge, close: each is told, audited and storied with its actor")
    func wholeStory() async throws {
        try await StoreFixture.withStore { fixture in
            let alert = try await fixture.raise().id
            _ = try await fixture.advance(
                alert, .escalateNow(by: DemoData.admissions), as: .user(DemoData.admissions, .admissions))
            _ = try await fixture.advance(
                alert, .acknowledged(by: DemoData.doctor), as: .user(DemoData.doctor, .doctor))
            let closed = try await fixture.advance(
                alert, .closed(by: DemoData.doctor), as: .user(DemoData.doctor, .doctor))
            #expect(closed.status == .closed)
            await #expect(throws: StoreError.refused(.alreadyClosed)) {
                try await fixture.advance(alert, .acknowledged(by: DemoData.doctor))
            }
            let types = try fixture.superuser("SELECT type FROM clinic_events ORDER BY seq")
            #expect(
                try types.map { try $0.string("type") }
                    == ["alert:new", "alert:escalated", "alert:acknowledged", "alert:closed"])
            let audit = try fixture.superuser(
                "SELECT action || ' ' || actor_role || ' ' || ip_address::text AS line FROM audit_logs ORDER BY id")
            #expect(
                try audit.map { try $0.string("line") } == [
                    "ALERT_CREATED ADMISSIONS 192.0.2.7/32", "ALERT_ESCALATED ADMISSIONS 192.0.2.7/32",
                    "ALERT_ACKNOWLEDGED DOCTOR 192.0.2.7/32", "ALERT_CLOSED DOCTOR 192.0.2.7/32",
                ])
            let detail = try await fixture.store { try await $0.alerts.detail(alert, StoreFixture.staff) }
            #expect(detail.timeline.compactMap(\.status).last == .closed)
            #expect(detail.timeline.first?.kind == "RAISED")
            #expect(detail.alert.closedAt != nil)
            let snapshot = try await fixture.store { try await $0.alerts.snapshot(StoreFixture.staff) }
            #expect(snapshot.alerts.isEmpty)
            #expect(snapshot.position.seq == 4)
        }
    }

    @Test("An alert of another clinic does not exist")
    func foreignAlert() async throws {
        try await StoreFixture.withStore { fixture in
            let alert = try await fixture.raise().id
            let other = TenantContext(clinic: DemoData.otherClinic, actor: .user(DemoData.otherDoctor, .doctor))
            await #expect(throws: StoreError.notFound(.alert)) {
                try await fixture.store {
                    try await $0.escalations.advance(alert, .acknowledged(by: DemoData.otherDoctor), other)
                }
            }
            await #expect(throws: StoreError.notFound(.alert)) {
                try await fixture.store { try await $0.alerts.detail(alert, other) }
            }
        }
    }

    @Test("An unanswered alert goes through its whole policy and keeps alarming at its end")
    func exhausted() async throws {
        try await StoreFixture.withStore { fixture in
            let alert = try await fixture.raise().id
            var statuses: [String] = []
            for _ in 0..<4 {
                try fixture.makeDue(alert)
                #expect(try await fixture.runTimers().fired.count == 1)
                let row = try fixture.superuser("SELECT phase || step AS at FROM escalations")[0]
                statuses.append(try row.string("at"))
            }
            #expect(statuses == ["RUNNING2", "RUNNING3", "EXHAUSTED3", "EXHAUSTED3"])
            let alarms = try fixture.superuser("SELECT FROM clinic_events WHERE type = 'alert:exhausted'")
            #expect(alarms.count == 2)
        }
    }

    @Test("The oldest overdue timer and the next due time are told by the database's clock")
    func overdue() async throws {
        try await StoreFixture.withStore { fixture in
            let alert = try await fixture.raise().id
            // Not the seconds of the policy: they may have passed on a loaded machine.
            _ = try fixture.superuser("UPDATE escalations SET due_at = clock_timestamp() + INTERVAL '1 hour'")
            #expect(try await fixture.store { try await $0.timers.oldestOverdue() } == nil)
            let next = try #require(try await fixture.store { try await $0.timers.nextDueIn() })
            #expect(next > .seconds(1_800) && next <= .seconds(3_600))
            _ = try fixture.superuser(
                "UPDATE escalations SET due_at = clock_timestamp() - INTERVAL '20 s' WHERE alert_id = '\(alert)'")
            let overdue = try #require(try await fixture.store { try await $0.timers.oldestOverdue() })
            #expect(overdue >= .seconds(20))
        }
    }
}
