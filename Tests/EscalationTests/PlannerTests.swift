import Clinic
import Testing

@testable import Escalation

@Suite("Planner: the way up")
struct PlannerTests {
    @Test("a raised alert pages the assigned doctor and arms the timer")
    func raised() {
        let scene = Scene.raised()
        #expect(scene.last.outcome == .applied)
        #expect(scene.last.paged == [Scene.doctor])
        #expect(scene.last.pages.first?.template == .page)
        #expect(scene.last.pages.first?.answerWithin == .seconds(15))
        #expect(scene.last.armedAt == Scene.time(15))
        #expect(scene.last.events.isEmpty)
        #expect(scene.last.kinds == [.raised, .paged])
        #expect(scene.last.reason(of: .paged) == .assignedDoctor)
        #expect(scene.state.status == .pending)
        #expect(scene.state.step == 1)
        #expect(scene.state.generation == 1)
    }

    @Test("a critical alert has words of its own")
    func critical() {
        #expect(Scene.raised(urgency: .critical).last.pages.first?.template == .critical)
    }

    @Test("raised twice is raised once")
    func raisedTwice() {
        var scene = Scene.raised()
        let before = scene.state
        #expect(scene.take(.raised, at: 1) == .alreadySo)
        #expect(scene.state == before)
        #expect(scene.last.effects.isEmpty)
    }

    @Test("when the time is up the backup is paged and the alert is escalated")
    func timer() {
        var scene = Scene.raised()
        #expect(scene.takeTimer(at: 15) == .applied)
        #expect(scene.last.paged == [Scene.backup])
        #expect(scene.last.pages.first?.template == .backup)
        #expect(scene.last.statuses == [.escalated])
        #expect(scene.last.events == [.escalated(step: 2)])
        #expect(scene.last.armedAt == Scene.time(75))
        #expect(scene.last.reason(of: .escalated) == .timer)
        #expect(scene.last.reason(of: .paged) == .backupOfAssigned)
        #expect(scene.state.generation == 2)
    }

    @Test("the third step pages everybody of the role, without a second status")
    func role() {
        var scene = Scene.raised()
        scene.takeTimer(at: 15)
        scene.takeTimer(at: 75)
        #expect(scene.last.paged == [Scene.admin, Scene.otherAdmin])
        #expect(scene.last.statuses.isEmpty)
        #expect(scene.last.events == [.escalated(step: 3)])
        #expect(scene.last.armedAt == Scene.time(135))
    }

    @Test("a late timer goes one step on, and the step gets its whole time from then")
    func late() {
        var scene = Scene.raised()
        scene.takeTimer(at: 1_000)
        #expect(scene.last.paged == [Scene.backup])
        #expect(scene.last.armedAt == Scene.time(1_060))
    }

    @Test("a timer of another generation changes nothing", arguments: [-1, 0, 2, 99] as [Int64])
    func stale(_ generation: Int64) {
        var scene = Scene.raised()
        let before = scene.state
        #expect(scene.take(.timerDue(generation: generation), at: 15) == .stale)
        #expect(scene.state == before)
        #expect(scene.last.effects.isEmpty)
    }

    @Test("a timer that comes before its time is put back, nobody is paged")
    func early() {
        var scene = Scene.raised()
        let before = scene.state
        scene.takeTimer(at: 14)
        #expect(scene.last.effects == [.armTimer(at: Scene.time(15))])
        #expect(scene.state == before)
    }

    @Test("a member of staff calls the backup at once")
    func manual() {
        var scene = Scene.raised()
        #expect(scene.take(.escalateNow(by: Scene.admin), at: 3) == .applied)
        #expect(scene.last.paged == [Scene.backup])
        #expect(scene.last.reason(of: .escalated) == .manual)
        #expect(scene.last.entries.first { $0.kind == .escalated }?.user == Scene.admin)
        #expect(scene.last.armedAt == Scene.time(63))
    }

    @Test("the timer of the step that was left by hand is stale")
    func manualFence() {
        var scene = Scene.raised()
        scene.take(.escalateNow(by: Scene.admin), at: 3)
        #expect(scene.take(.timerDue(generation: 1), at: 15) == .stale)
    }

    @Test("a step for nobody is passed over at once and recorded")
    func emptyStep() {
        var scene = Scene.raised(roster: [.assignedDoctor: [Scene.doctor], .role(.admin): [Scene.admin]])
        scene.takeTimer(at: 15)
        #expect(scene.last.paged == [Scene.admin])
        #expect(scene.state.step == 3)
        #expect(scene.last.entries.filter { $0.kind == .skipped }.map(\.step) == [2])
        #expect(scene.last.reason(of: .skipped) == .nobodyReachable)
        #expect(scene.last.events == [.escalated(step: 3)])
    }

    @Test("an alert whose doctor cannot be reached begins with the backup, escalated")
    func noDoctor() {
        let scene = Scene.raised(roster: [.backupOfAssigned: [Scene.backup]])
        #expect(scene.last.paged == [Scene.backup])
        #expect(scene.state.status == .escalated)
        #expect(scene.last.reason(of: .escalated) == .nobodyReachable)
        #expect(scene.last.kinds == [.raised, .skipped, .escalated, .paged])
    }

    @Test("an urgency does not take a step that has no wait for it")
    func notTaken() {
        var scene = Scene.raised(policy: .standard(id: PolicyID(high: 0, low: 1)), urgency: .low)
        scene.takeTimer(at: 14_400)
        #expect(scene.last.events == [.exhausted])
        #expect(!scene.last.kinds.contains(.skipped))
    }

    @Test("a person found twice in a step is paged once, for the first reason")
    func twice() {
        var policy = EscalationPolicy.demo(id: PolicyID(high: 0, low: 1))
        policy.steps[0].targets = [.assignedDoctor, .backupOfAssigned, .role(.doctor)]
        let scene = Scene.raised(
            policy: policy,
            roster: [
                .assignedDoctor: [Scene.doctor], .backupOfAssigned: [Scene.doctor], .role(.doctor): [Scene.doctor],
            ]
        )
        #expect(
            scene.last.pages.flatMap(\.recipients) == [Recipient(user: Scene.doctor, target: .assignedDoctor)])
    }
}
