import Clinic
import Database
import Escalation
import HubProtocol
import Testing

@testable import Store

@Suite("Repetitions, inhibition and maintenance")
struct FloodTests {
    private func draft(
        _ urgency: UrgencyLevel = .moderate, type: String? = "TRIAGE", key: String? = nil, source: String? = "ocr"
    ) -> AlertDraft {
        var draft = StoreFixture.draft(urgency: urgency)
        draft.type = type
        draft.repetitionKey = key
        draft.source = source
        return draft
    }

    private func raise(_ fixture: StoreFixture, _ draft: AlertDraft) async throws -> Raising {
        try await fixture.store { try await $0.alerts.raiseOrRepeat(draft, StoreFixture.staff) }
    }

    private func id(_ raising: Raising) throws -> AlertID {
        guard case .raised(let raised) = raising else { throw StoreError.notFound(.alert) }
        return raised.id
    }

    @Test("The same alert again is counted, and a higher urgency is taken over; after its close another is raised")
    func repeated() async throws {
        try await StoreFixture.withStore { fixture in
            let first = try id(try await raise(fixture, draft()))
            guard case .repeated(let second) = try await raise(fixture, draft(.critical)) else {
                return #expect(Bool(false), "it is counted")
            }
            #expect(second.id == first)
            #expect(second.count == 2)
            #expect(second.urgency == .critical)
            let told = second.advance.committed?.events.map(\.event.kind) ?? []
            #expect(told.contains(.alertRepeated) && told.contains(.alertUrgencyRaised))
            guard case .repeated(let third) = try await raise(fixture, draft()) else {
                return #expect(Bool(false), "it is counted")
            }
            #expect(third.count == 3)
            #expect(try fixture.superuser("SELECT urgency_level FROM alerts")[0].string("urgency_level") == "CRITICAL")
            #expect(try fixture.superuser("SELECT FROM alerts").count == 1)
            _ = try await fixture.advance(first, .closed(by: DemoData.admin))
            #expect(try id(try await raise(fixture, draft())) != first)
        }
    }

    @Test("Two at once raise one; another type, another patient or no type at all are alerts of their own")
    func keys() async throws {
        try await StoreFixture.withStore { fixture in
            let raisings = try await withThrowingTaskGroup(of: Raising.self) { group in
                for _ in 0..<4 { group.addTask { try await raise(fixture, draft(key: "form-1")) } }
                var raisings: [Raising] = []
                for try await raising in group { raisings.append(raising) }
                return raisings
            }
            #expect(raisings.compactMap { try? id($0) }.count == 1)
            #expect(try fixture.superuser("SELECT FROM alerts").count == 1)
            _ = try id(try await raise(fixture, draft(type: "OTHER")))
            _ = try id(try await raise(fixture, draft(type: nil)))
            _ = try id(try await raise(fixture, draft(type: nil)))
        }
    }

    @Test("An open CRITICAL holds a LOW of the same patient back: shown, nobody called; its close lets it go")
    func inhibited() async throws {
        try await StoreFixture.withStore { fixture in
            let critical = try await fixture.raise(urgency: .critical).id
            _ = try await fixture.claimMessage()
            let raised = try await fixture.raise(urgency: .low)
            #expect(raised.committed?.events.map(\.event.kind) == [.alertNew, .alertInhibited])
            #expect(try await fixture.claimMessage() == nil)
            let record = try await fixture.store { try await $0.alerts.record(raised.id, StoreFixture.staff) }
            #expect(record.hold == .inhibited)
            #expect(record.heldBy == critical)
            #expect(record.snoozedUntil != nil, "its timer is armed")
            let other = try await fixture.raise(patient: DemoData.patients[1], urgency: .low).id
            #expect(try await fixture.store { try await $0.alerts.record(other, StoreFixture.staff) }.hold == nil)
            _ = try await fixture.advance(critical, .closed(by: DemoData.admin))
            let run = try await fixture.runTimers()
            let released = try #require(run.fired.first { $0.alert == raised.id })
            #expect(released.advance.committed?.events.map(\.event.kind).contains(.alertReleased) == true)
            #expect(try await fixture.store { try await $0.alerts.record(raised.id, StoreFixture.staff) }.hold == nil)
        }
    }

    @Test("An inhibited alert can be accepted on the board as any other")
    func acceptedWhileHeld() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.raise(urgency: .critical)
            let low = try await fixture.raise(urgency: .low).id
            #expect(try await fixture.advance(low, .acknowledged(by: DemoData.doctor)).status == .acknowledged)
        }
    }

    @Test("Maintenance holds back what it names, never CRITICAL, and what it held is called for at its end")
    func maintenance() async throws {
        try await StoreFixture.withStore { fixture in
            let admin = TenantContext(clinic: DemoData.clinic, actor: .user(DemoData.admin, .admin))
            let window = try await fixture.store { store in
                let now = try await store.alerts.raise(StoreFixture.draft(), StoreFixture.staff).createdAt
                let draft = MaintenanceStore.Draft(
                    source: "ocr", suppresses: nil, until: now.advanced(by: .seconds(600)))
                return try await store.maintenance.begin(draft, by: DemoData.admin, admin).get().0
            }
            #expect(window.isActive)
            #expect(window.suppresses.contains(.moderate) && !window.suppresses.contains(.critical))
            var moderate = draft(.moderate)
            moderate.patient = DemoData.patients[1]
            let held = try id(try await raise(fixture, moderate))
            let record = try await fixture.store { try await $0.alerts.record(held, StoreFixture.staff) }
            #expect(record.hold == .maintenance)
            #expect(record.snoozedUntil == window.endsAt)
            var other = moderate
            other.source = "intake"
            other.type = "OTHER"
            guard case .raised(let passed) = try await raise(fixture, other) else { throw StoreError.notFound(.alert) }
            let free = try await fixture.store { try await $0.alerts.record(passed.id, StoreFixture.staff) }
            #expect(free.hold == nil, "another producer's alert passes")
            let ended = try await fixture.store { try await $0.maintenance.end(window.id, admin) }
            #expect(ended?.events.map(\.event.kind) == [.clinicMaintenance])
            #expect(try await fixture.store { try await $0.maintenance.end(window.id, admin) } == nil)
            #expect(try await fixture.runTimers().fired.map(\.alert).contains(held))
        }
    }

    @Test("A window that is too long, over already, or would hold back CRITICAL is refused")
    func refusedWindows() async throws {
        try await StoreFixture.withStore { fixture in
            let now = try await fixture.raise().createdAt
            let admin = TenantContext(clinic: DemoData.clinic, actor: .user(DemoData.admin, .admin))
            func begin(_ seconds: Int64, _ suppresses: [UrgencyLevel]?) async throws -> Bool {
                let draft = MaintenanceStore.Draft(
                    source: nil, suppresses: suppresses, until: now.advanced(by: .seconds(seconds)))
                return try await fixture.store { store in
                    let begun = try await store.maintenance.begin(draft, by: DemoData.admin, admin)
                    return (try? begun.get()) != nil
                }
            }
            #expect(try await !begin(-1, nil))
            #expect(try await !begin(86_400, nil))
            #expect(try await !begin(600, [.critical]))
            #expect(try await !begin(600, []))
            #expect(try await begin(600, [.low]))
        }
    }

    @Test("A producer that falls silent raises one alert, and is heard again")
    func silence() async throws {
        try await StoreFixture.withStore { fixture in
            let admin = TenantContext(clinic: DemoData.clinic, actor: .user(DemoData.admin, .admin))
            let monitor = try await fixture.store {
                try await $0.monitors.add(
                    MonitorStore.Draft(source: "ocr-intake", everySeconds: 60, graceSeconds: 10, urgency: .urgent),
                    admin)
            }
            #expect(try await fixture.store { try await $0.monitors.silent() }.isEmpty)
            try fixture.superuser("UPDATE monitors SET due_at = now() - INTERVAL '1 second'")
            let silent = try #require(try await fixture.store { try await $0.monitors.silent() }.first)
            let raisings = try await fixture.store { store in
                [try await store.monitors.raise(silent), try await store.monitors.raise(silent)]
            }
            let alert = try id(raisings[0])
            if case .raised = raisings[1] { #expect(Bool(false), "a second hub counts it") }
            #expect(try await fixture.store { try await $0.monitors.silent() }.isEmpty)
            let listed = try #require(try await fixture.store { try await $0.monitors.list(admin) }.first)
            #expect(listed.alert == alert && listed.silentSince != nil && listed.dueAt == nil)
            #expect(try await fixture.runTimers().fired.map(\.alert) == [alert], "its policy begins")
            let heard = try await fixture.store { try await $0.monitors.hear(monitor.id, admin) }
            #expect(heard.silentSince == nil && heard.dueAt != nil)
            let flow = try await fixture.store { try await $0.patients.flowCounts(admin) }
            #expect(flow.waiting + flow.beingAttended + flow.discharged <= DemoData.patients.count, "it is no patient")
        }
    }

    @Test(
        "Whom a heartbeat names is paged when its producer falls silent, before the steps; by hand there is nobody to name"
    )
    func heartbeatTargets() async throws {
        try await StoreFixture.withStore { fixture in
            let admin = TenantContext(clinic: DemoData.clinic, actor: .user(DemoData.admin, .admin))
            var policy = EscalationPolicy.demo(id: .random())
            policy.steps = [EscalationStep(targets: [.role(.doctor)], wait: PerUrgency(all: .seconds(60)))]
            policy.heartbeats = [
                HeartbeatRule(
                    source: "ocr", every: .seconds(60), grace: .zero, urgency: .urgent, targets: [.role(.admin)])
            ]
            let (written, byHand) = (
                policy,
                MonitorStore.Draft(
                    source: "by-hand", everySeconds: 60, graceSeconds: 0, urgency: .urgent)
            )
            try await fixture.store { store in
                _ = try await store.policies.write(written, admin)
                _ = try await store.policies.activate(written.id, version: 1, admin)
                try await store.monitors.follow(written.heartbeats, admin)
                _ = try await store.monitors.add(byHand, admin)
            }
            try fixture.superuser("UPDATE monitors SET due_at = now() - INTERVAL '1 second'")
            var alerts: [String: AlertID] = [:]
            for silent in try await fixture.store({ try await $0.monitors.silent() }) {
                alerts[silent.source] = try id(try await fixture.store { try await $0.monitors.raise(silent) })
            }
            #expect(try await fixture.runTimers().fired.count == 2)
            func paged(_ source: String) throws -> Set<UserID> {
                let rows = try fixture.superuser(
                    "SELECT DISTINCT user_id FROM messages WHERE alert_id = '\(try #require(alerts[source]))'")
                return Set(try rows.map { try $0.id("user_id") })
            }
            #expect(try paged("ocr") == [DemoData.admin])
            #expect(try !paged("by-hand").contains(DemoData.admin) && paged("by-hand").contains(DemoData.doctor))
            try fixture.makeDue(try #require(alerts["ocr"]))
            #expect(try await fixture.runTimers().fired.map(\.advance.status) == [.escalated])
            #expect(try paged("ocr").contains(DemoData.doctor), "then the steps")
        }
    }

    @Test("A policy in force watches its producers, the next one its own; what people asked for stays")
    func policyHeartbeats() async throws {
        try await StoreFixture.withStore { fixture in
            let admin = TenantContext(clinic: DemoData.clinic, actor: .user(DemoData.admin, .admin))
            @Sendable func rule(_ source: String, every seconds: Int) -> HeartbeatRule {
                HeartbeatRule(
                    source: source, every: .seconds(seconds), grace: .seconds(30), urgency: .urgent,
                    targets: [.role(.admin)])
            }
            @Sendable func follow(_ rules: [HeartbeatRule]) async throws -> [String] {
                try await fixture.store { store in
                    try await store.monitors.follow(rules, admin)
                    return try await store.monitors.list(admin).map { "\($0.source) \($0.everySeconds)" }
                }
            }
            _ = try await fixture.store {
                try await $0.monitors.add(
                    MonitorStore.Draft(source: "by-hand", everySeconds: 60, graceSeconds: 10, urgency: .low), admin)
            }
            for _ in 0..<2 {
                #expect(
                    try await follow([rule("ocr", every: 60), rule("ehr", every: 90)]) == [
                        "by-hand 60", "ehr 90", "ocr 60",
                    ])
            }
            // A producer that is late stays late: the same policy again is no word of it.
            try fixture.superuser("UPDATE monitors SET due_at = now() - INTERVAL '1 second' WHERE source = 'ocr'")
            _ = try await follow([rule("ocr", every: 60)])
            #expect(try await fixture.store { try await $0.monitors.silent() }.count == 1)
            #expect(try await follow([rule("ocr", every: 120)]) == ["by-hand 60", "ocr 120"])
            #expect(try await fixture.store { try await $0.monitors.silent() }.isEmpty)
            #expect(try await follow([]) == ["by-hand 60"])
        }
    }

    @Test("What was accepted and nobody touches is told after a day, and closed where the policy says so, by nobody")
    func stale() async throws {
        try await StoreFixture.withStore { fixture in
            let admin = TenantContext(clinic: DemoData.clinic, actor: .user(DemoData.admin, .admin))
            @Sendable func kinds() async throws -> [NoticeKind] {
                try await fixture.store { try await $0.reach.report(admin).notices.map(\.kind) }
            }
            @Sendable func listed() async throws -> [AlertID] {
                try await fixture.store { store in
                    var filter = AlertStore.Filter()
                    filter.isForReview = true
                    return try await store.alerts.list(filter, limit: 10, admin).alerts.map(\.id)
                }
            }
            try await fixture.store { store in
                var policy = EscalationPolicy.standard(id: .random())
                policy.stale.autoClose = .seconds(3 * 86_400)
                _ = try await store.policies.write(policy, admin)
                _ = try await store.policies.activate(policy.id, version: 1, admin)
            }
            let alert = try await fixture.raise().id
            let untouched = try await fixture.raise(patient: DemoData.patients[1]).id
            for one in [alert, untouched] { _ = try await fixture.advance(one, .acknowledged(by: DemoData.doctor)) }
            #expect(try await kinds() == [])
            #expect(try await listed() == [])
            let age = "UPDATE alert_timeline SET at = at - INTERVAL '2 days' WHERE alert_id = '\(untouched)'"
            try fixture.superuser(age)
            #expect(try await kinds() == [.alertsForReview])
            #expect(try await listed() == [untouched])
            #expect(try await fixture.store { try await $0.stale.toClose(admin) } == [])
            try fixture.superuser(age)
            #expect(try await fixture.store { try await $0.stale.toClose(admin) } == [untouched])
            #expect(try await fixture.store { try await $0.stale.clinics() } == [DemoData.clinic])
            #expect(try await fixture.advance(untouched, .closed(by: nil)).status == .closed)
            #expect(try await kinds() == [])
            let line = try #require(
                try fixture.superuser(
                    "SELECT user_id, detail->>'reason' AS reason FROM alert_timeline WHERE kind = 'CLOSED'"
                ).first)
            #expect(try line.optionalString("user_id") == nil && line.string("reason") == "STALE")
            _ = try await fixture.advance(alert, .closed(by: DemoData.doctor))
            #expect(try await fixture.store { try await $0.stale.clinics() } == [])
        }
    }
}
