import Clinic
import Testing

@testable import Escalation

@Suite("Planner: receipts and failures")
struct ReceiptTests {
    @Test("a receipt of the assigned doctor makes a pending alert delivered")
    func delivered() {
        var scene = Scene.raised()
        #expect(scene.take(.delivered(to: Scene.doctor), at: 1) == .applied)
        #expect(scene.last.statuses == [.delivered])
        #expect(scene.last.events == [.delivered(doctor: Scene.doctor)])
        #expect(scene.last.kinds == [.delivered])
        #expect(scene.state.generation == 1)
        #expect(scene.state.phase.dueAt == Scene.time(15))
    }

    @Test("a second receipt changes nothing")
    func twice() {
        var scene = Scene.raised()
        scene.take(.delivered(to: Scene.doctor), at: 1)
        #expect(scene.take(.delivered(to: Scene.doctor), at: 2) == .alreadySo)
        #expect(scene.last.effects.isEmpty)
    }

    @Test("a receipt of anybody else does not")
    func somebodyElse() {
        var scene = Scene.raised()
        #expect(scene.take(.delivered(to: Scene.admin), at: 1) == .alreadySo)
        #expect(scene.state.status == .pending)
    }

    @Test("an alert without an assigned doctor is never delivered")
    func unassigned() {
        var scene = Scene(doctor: nil)
        scene.take(.raised)
        scene.take(.delivered(to: Scene.doctor), at: 1)
        #expect(scene.state.status == .pending)
    }

    @Test("an escalated alert stays escalated, whoever's receipt comes")
    func escalated() {
        var scene = Scene.raised()
        scene.takeTimer(at: 15)
        #expect(scene.take(.delivered(to: Scene.doctor), at: 16) == .alreadySo)
        #expect(scene.take(.delivered(to: Scene.backup), at: 17) == .applied)
        #expect(scene.last.kinds == [.delivered])
        #expect(scene.last.events.isEmpty)
        #expect(scene.state.status == .escalated)
    }

    @Test("a delivered alert is escalated like any other when its time is up")
    func deliveredThenTimer() {
        var scene = Scene.raised()
        scene.take(.delivered(to: Scene.doctor), at: 1)
        scene.takeTimer(at: 15)
        #expect(scene.last.statuses == [.escalated])
        #expect(scene.last.paged == [Scene.backup])
    }

    private var critical: Scene {
        Scene.raised(policy: .standard(id: PolicyID(high: 0, low: 1)), urgency: .critical)
    }

    @Test("where receipts are asked for, the timer is due when the first should have come")
    func receiptTimeout() {
        var scene = critical
        scene.takeTimer(at: 3)
        #expect(scene.last.armedAt == Scene.time(20))
        #expect(scene.state.phase == .running(dueAt: Scene.time(20), stepEndsAt: Scene.time(120)))
        scene.takeTimer(at: 20)
        #expect(scene.last.paged == [Scene.backup])
        #expect(scene.last.reason(of: .escalated) == .receiptTimeout)
    }

    @Test("where no screen of the clinic confirms a new alert, the next is called after 3 s", arguments: [true, false])
    func screens(_ isSeen: Bool) {
        var scene = critical
        #expect(scene.last.armedAt == Scene.time(3))
        scene.roster.isSeenOnScreens = isSeen
        scene.takeTimer(at: 3)
        #expect(scene.last.paged == (isSeen ? [] : [Scene.backup]))
        #expect(scene.last.reason(of: .escalated) == (isSeen ? nil : .noLiveScreen))
        #expect(scene.last.armedAt == Scene.time(isSeen ? 20 : 23))
    }

    @Test("the doctor's own device makes the screens' word needless")
    func screensNotNeeded() {
        var scene = critical
        scene.roster.isSeenOnScreens = false
        scene.take(.delivered(to: Scene.doctor), at: 1)
        scene.takeTimer(at: 3)
        #expect(scene.last.paged.isEmpty)
        #expect(scene.state.step == 1)
    }

    @Test("a receipt in time gives the step its whole wait, in the same generation")
    func receiptInTime() {
        var scene = critical
        scene.policy.urgencies.critical.repeatStep = nil
        scene.take(.delivered(to: Scene.doctor), at: 5)
        #expect(scene.last.armedAt == Scene.time(120))
        #expect(scene.state.generation == 1)
        scene.takeTimer(at: 20)
        #expect(scene.last.effects == [.armTimer(at: Scene.time(120))])
        scene.takeTimer(at: 120)
        #expect(scene.last.reason(of: .escalated) == .timer)
    }

    @Test("when every way to the only person failed, the next is called at once")
    func failed() {
        var scene = Scene.raised()
        #expect(scene.take(.contactsFailed(user: Scene.doctor, step: 1, generation: 1), at: 3) == .applied)
        #expect(scene.last.kinds == [.contactsFailed, .escalated, .paged])
        #expect(scene.last.reason(of: .escalated) == .contactsFailed)
        #expect(scene.last.paged == [Scene.backup])
        #expect(scene.last.armedAt == Scene.time(63))
    }

    @Test("when one of two failed, the other keeps the step")
    func oneOfTwoFailed() {
        var scene = Scene.raised()
        scene.takeTimer(at: 15)
        scene.takeTimer(at: 75)
        let generation = scene.state.generation
        scene.take(.contactsFailed(user: Scene.admin, step: 3, generation: generation), at: 76)
        #expect(scene.last.kinds == [.contactsFailed])
        scene.take(.delivered(to: Scene.admin), at: 77)
        #expect(scene.state.people.first?.standing == .delivered)
        scene.take(.contactsFailed(user: Scene.otherAdmin, step: 3, generation: generation), at: 78)
        #expect(scene.last.kinds == [.contactsFailed])
        #expect(scene.state.step == 3)
    }

    @Test("a failure of another generation, step or person changes nothing")
    func staleFailure() {
        var scene = Scene.raised()
        #expect(scene.take(.contactsFailed(user: Scene.doctor, step: 1, generation: 0), at: 3) == .stale)
        #expect(scene.take(.contactsFailed(user: Scene.doctor, step: 2, generation: 1), at: 3) == .stale)
        #expect(scene.take(.contactsFailed(user: Scene.backup, step: 1, generation: 1), at: 3) == .alreadySo)
        scene.take(.delivered(to: Scene.doctor), at: 4)
        #expect(scene.take(.contactsFailed(user: Scene.doctor, step: 1, generation: 1), at: 5) == .alreadySo)
        #expect(scene.state.step == 1)
    }

    @Test("a phase is read back from its columns")
    func phases() {
        let phases: [EscalationPhase] = [
            .new, .running(dueAt: Scene.time(1), stepEndsAt: Scene.time(2)), .exhausted(dueAt: Scene.time(3)),
            .snoozed(until: Scene.time(4)), .answered(dueAt: Scene.time(5), unacceptAt: Scene.time(6)),
            .answered(dueAt: nil, unacceptAt: nil), .ended(at: Scene.time(7)),
        ]
        for phase in phases {
            let read = EscalationPhase(
                name: phase.name, dueAt: phase.dueAt, stepEndsAt: phase.stepEndsAt, closedAt: phase.endedAt)
            #expect(read == phase)
        }
        #expect(EscalationPhase(name: "RUNNING", dueAt: nil, stepEndsAt: nil, closedAt: nil) == nil)
        #expect(EscalationPhase(name: "running", dueAt: Scene.time(1), stepEndsAt: nil, closedAt: nil) == nil)
    }
}
