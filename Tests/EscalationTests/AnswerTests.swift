import Clinic
import Testing

@testable import Escalation

@Suite("Planner: answers")
struct AnswerTests {
    @Test("an acknowledgement ends the paging", arguments: [0, 1, 2, 3])
    func acknowledged(_ steps: Int) {
        var scene = Scene.raised()
        for step in 0..<steps { scene.takeTimer(at: 1_000 * (step + 1)) }
        let generation = scene.state.generation
        #expect(scene.take(.acknowledged(by: Scene.doctor), at: 9_000) == .applied)
        #expect(scene.last.statuses == [.acknowledged])
        #expect(scene.last.events == [.acknowledged(doctor: Scene.doctor)])
        #expect(scene.last.kinds == [.acknowledged])
        #expect(scene.last.disarms)
        #expect(scene.last.pages.isEmpty)
        #expect(scene.last.armedAt == nil)
        #expect(scene.state.phase == .answered(dueAt: nil, unacceptAt: nil))
        #expect(scene.state.generation == generation + 1)
    }

    @Test("a delivered alert is acknowledged as well")
    func fromDelivered() {
        var scene = Scene.raised()
        scene.take(.delivered(to: Scene.doctor), at: 1)
        #expect(scene.take(.acknowledged(by: Scene.doctor), at: 2) == .applied)
        #expect(scene.state.status == .acknowledged)
    }

    @Test("the first acknowledgement wins; a second changes nothing")
    func twice() {
        var scene = Scene.raised()
        scene.take(.acknowledged(by: Scene.doctor), at: 1)
        let before = scene.state
        #expect(scene.take(.acknowledged(by: Scene.backup), at: 2) == .alreadySo)
        #expect(scene.state == before)
        #expect(scene.last.effects.isEmpty)
    }

    @Test("the timer armed before an acknowledgement is stale after it")
    func fence() {
        var scene = Scene.raised()
        let generation = scene.state.generation
        scene.take(.acknowledged(by: Scene.doctor), at: 1)
        #expect(scene.take(.timerDue(generation: generation), at: 15) == .stale)
        #expect(scene.takeTimer(at: 15) == .stale)
        #expect(scene.last.effects.isEmpty)
    }

    @Test("after an acknowledgement nobody escalates or declines, and receipts change nothing")
    func afterwards() {
        var scene = Scene.raised()
        scene.take(.acknowledged(by: Scene.doctor), at: 1)
        #expect(scene.take(.escalateNow(by: Scene.admin), at: 2) == .refused(.alreadyAcknowledged))
        #expect(scene.take(.declined(by: Scene.backup), at: 2) == .refused(.alreadyAcknowledged))
        #expect(scene.take(.delivered(to: Scene.doctor), at: 2) == .alreadySo)
        #expect(scene.take(.contactsFailed(user: Scene.doctor, step: 1, generation: 1), at: 2) == .stale)
        #expect(scene.state.status == .acknowledged)
    }

    @Test("an alert that was not raised is neither acknowledged nor escalated nor declined")
    func notRaised() {
        var scene = Scene()
        #expect(scene.take(.acknowledged(by: Scene.doctor)) == .refused(.notRaised))
        #expect(scene.take(.escalateNow(by: Scene.doctor)) == .refused(.notRaised))
        #expect(scene.take(.declined(by: Scene.doctor)) == .refused(.notRaised))
        #expect(scene.take(.delivered(to: Scene.doctor)) == .alreadySo)
        #expect(scene.takeTimer(at: 0) == .stale)
    }

    @Test("close ends everything", arguments: [false, true])
    func closed(_ isAcknowledged: Bool) {
        var scene = Scene.raised()
        if isAcknowledged { scene.take(.acknowledged(by: Scene.doctor), at: 1) }
        #expect(scene.take(.closed(by: Scene.admin), at: 2) == .applied)
        #expect(scene.last.effects.first == .disarmTimer)
        #expect(scene.last.statuses == [.closed])
        #expect(scene.last.events == [.closed])
        #expect(scene.state.phase == .ended(at: Scene.time(2)))
        #expect(scene.take(.closed(by: Scene.admin), at: 3) == .alreadySo)
        #expect(scene.take(.acknowledged(by: Scene.doctor), at: 3) == .refused(.alreadyClosed))
        #expect(scene.take(.escalateNow(by: Scene.doctor), at: 3) == .refused(.alreadyClosed))
        #expect(scene.take(.declined(by: Scene.doctor), at: 3) == .refused(.alreadyClosed))
        #expect(scene.takeTimer(at: 15) == .stale)
    }

    @Test("a decline of the only person calls the next one at once")
    func declined() {
        var scene = Scene.raised()
        #expect(scene.take(.declined(by: Scene.doctor), at: 2) == .applied)
        #expect(scene.last.paged == [Scene.backup])
        #expect(scene.last.kinds == [.declined, .escalated, .paged])
        #expect(scene.last.reason(of: .escalated) == .declined)
        #expect(scene.state.generation == 2)
    }

    @Test("a decline of one of two leaves the step to the other, until that one declines too")
    func oneOfTwo() {
        var scene = Scene.raised()
        scene.takeTimer(at: 15)
        scene.takeTimer(at: 75)
        let generation = scene.state.generation
        scene.take(.declined(by: Scene.admin), at: 80)
        #expect(scene.last.kinds == [.declined])
        #expect(scene.state.generation == generation)
        #expect(scene.take(.declined(by: Scene.admin), at: 81) == .alreadySo)
        scene.take(.declined(by: Scene.otherAdmin), at: 82)
        #expect(scene.last.events == [.declined(by: Scene.otherAdmin), .exhausted])
    }

    @Test("who was not paged cannot decline")
    func notPaged() {
        var scene = Scene.raised()
        #expect(scene.take(.declined(by: Scene.backup), at: 2) == .refused(.notPaged))
    }
}
