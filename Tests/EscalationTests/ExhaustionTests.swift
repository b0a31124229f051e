import Clinic
import Testing

@testable import Escalation

@Suite("Planner: loops and the end of the policy")
struct ExhaustionTests {
    private var exhausted: Scene {
        var scene = Scene.raised()
        scene.takeTimer(at: 15)
        scene.takeTimer(at: 75)
        scene.takeTimer(at: 135)
        return scene
    }

    @Test("after the last step the alarm goes to screens and admins, and is armed again")
    func alarm() {
        let scene = exhausted
        #expect(scene.last.events == [.exhausted])
        #expect(scene.last.paged == [Scene.admin, Scene.otherAdmin])
        #expect(scene.last.pages.first?.template == .exhausted)
        #expect(scene.last.armedAt == Scene.time(195))
        #expect(scene.last.reason(of: .exhausted) == .timer)
        #expect(scene.state.phase == .exhausted(dueAt: Scene.time(195)))
        #expect(scene.state.status == .escalated)
    }

    @Test("the alarm is repeated until a human acts")
    func repeated() {
        var scene = exhausted
        for round in 1...5 {
            let generation = scene.state.generation
            scene.takeTimer(at: 135 + round * 60)
            #expect(scene.last.events == [.exhausted])
            #expect(scene.last.paged == [Scene.admin, Scene.otherAdmin])
            #expect(scene.last.armedAt == Scene.time(195 + round * 60))
            #expect(scene.state.generation == generation + 1)
        }
        scene.take(.acknowledged(by: Scene.admin), at: 500)
        #expect(scene.last.disarms)
    }

    @Test("an exhausted alert is alarmed at once when somebody escalates it")
    func manual() {
        var scene = exhausted
        scene.take(.escalateNow(by: Scene.doctor), at: 140)
        #expect(scene.last.events == [.exhausted])
        #expect(scene.last.reason(of: .exhausted) == .manual)
        #expect(scene.last.armedAt == Scene.time(200))
    }

    @Test("an exhausted alert keeps its alarm when everybody declines or fails")
    func hopeless() {
        var scene = exhausted
        scene.take(.declined(by: Scene.admin), at: 140)
        scene.take(
            .contactsFailed(user: Scene.otherAdmin, step: scene.state.step, generation: scene.state.generation),
            at: 141)
        #expect(scene.last.kinds == [.contactsFailed])
        #expect(scene.state.phase == .exhausted(dueAt: Scene.time(195)))
    }

    @Test("with nobody reachable at all the alert is exhausted as it is raised")
    func nobody() {
        let scene = Scene.raised(roster: [:])
        #expect(scene.last.kinds == [.raised, .skipped, .skipped, .skipped, .exhausted])
        #expect(scene.last.events == [.exhausted])
        #expect(scene.last.pages.isEmpty)
        #expect(scene.last.armedAt == Scene.time(60))
        #expect(scene.state.status == .escalated)
    }

    @Test("the alarm goes to whoever is there when its own targets are not")
    func fallback() {
        var scene = exhausted
        scene.roster = Roster([.assignedDoctor: [Scene.doctor]])
        scene.takeTimer(at: 195)
        #expect(scene.last.paged == [Scene.doctor])
    }

    @Test("the steps are gone through again as often as the policy says")
    func loops() {
        var policy = EscalationPolicy.demo(id: PolicyID(high: 0, low: 1))
        policy.loops.urgent = 1
        var scene = Scene.raised(policy: policy)
        for second in [15, 75] { scene.takeTimer(at: second) }
        scene.takeTimer(at: 135)
        #expect(scene.last.paged == [Scene.doctor])
        #expect(scene.last.pages.first?.template == .backup)
        #expect(scene.last.events == [.escalated(step: 1)])
        #expect(scene.state.loop == 1)
        for second in [150, 210] { scene.takeTimer(at: second) }
        scene.takeTimer(at: 270)
        #expect(scene.last.events == [.exhausted])
    }

    @Test("loops without end never end")
    func endless() {
        var policy = EscalationPolicy.demo(id: PolicyID(high: 0, low: 1))
        policy.loops.urgent = -1
        var scene = Scene.raised(policy: policy)
        for round in 1...300 {
            scene.takeTimer(at: round * 1_000)
            #expect(scene.last.pages.count == 1)
        }
        #expect(scene.state.loop == 100)
    }

    @Test("loops without end and nobody to reach stop at the alarm")
    func endlessNobody() {
        var policy = EscalationPolicy.demo(id: PolicyID(high: 0, low: 1))
        policy.loops.urgent = -1
        #expect(Scene.raised(policy: policy, roster: [:]).last.events == [.exhausted])
    }

    @Test("a policy without steps, waits or a repeat still alarms, a second apart at least")
    func broken() {
        var policy = EscalationPolicy.demo(id: PolicyID(high: 0, low: 1))
        policy.steps = []
        policy.onExhausted.repeatEvery = .zero
        let scene = Scene.raised(policy: policy)
        #expect(scene.last.events == [.exhausted])
        #expect(scene.last.armedAt == Scene.time(1))
    }

    @Test("a stored step out of range is survived", arguments: [Int.min, -1, 4, 1_000, Int.max])
    func brokenState(_ step: Int) {
        var scene = Scene.raised()
        scene.state.step = step
        scene.state.loop = Int.max
        scene.policy.loops.urgent = -1
        scene.takeTimer(at: 15)
        #expect(scene.last.armedAt != nil)
    }
}
