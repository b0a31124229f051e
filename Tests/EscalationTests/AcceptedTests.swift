import Clinic
import Testing

@testable import Escalation

@Suite("Planner: accepted is not handled")
struct AcceptedTests {
    private static var policy: EscalationPolicy {
        var policy = EscalationPolicy.demo(id: PolicyID(high: 0, low: 1))
        policy.afterAccept.remind = PerUrgency(all: .seconds(100))
        policy.afterAccept.unaccept = PerUrgency(all: .seconds(250))
        return policy
    }

    private var accepted: Scene {
        var scene = Scene.raised(policy: Self.policy)
        scene.take(.acknowledged(by: Scene.doctor), at: 10)
        return scene
    }

    @Test("who accepted is reminded, alone, again and again")
    func reminded() {
        var scene = accepted
        #expect(scene.last.armedAt == Scene.time(110))
        for second in [110, 210] {
            let generation = scene.state.generation
            scene.takeTimer(at: second)
            #expect(scene.last.paged == [Scene.doctor])
            #expect(scene.last.pages.first?.template == .stillOpen)
            #expect(scene.last.reason(of: .paged) == .acceptor)
            #expect(scene.last.events == [.reminded(doctor: Scene.doctor)])
            #expect(scene.state.status == .acknowledged)
            #expect(scene.state.generation == generation + 1)
        }
        #expect(scene.last.armedAt == Scene.time(260))
    }

    @Test("what is not handled in time is taken back, and the next step is called")
    func takenBack() {
        var scene = accepted
        for second in [110, 210] { scene.takeTimer(at: second) }
        scene.takeTimer(at: 260)
        #expect(scene.last.paged == [Scene.backup])
        #expect(scene.last.statuses == [.escalated])
        #expect(scene.last.events == [.unaccepted(doctor: Scene.doctor), .escalated(step: 2)])
        #expect(scene.last.reason(of: .unaccepted) == .notHandled)
        #expect(scene.state.acceptedBy == nil)
    }

    @Test("a word of progress begins the time anew")
    func progress() {
        var scene = accepted
        scene.take(.workingOnIt(by: Scene.doctor), at: 200)
        #expect(scene.last.armedAt == Scene.time(300))
        #expect(scene.state.phase == .answered(dueAt: Scene.time(300), unacceptAt: Scene.time(450)))
    }

    @Test("who accepted may give it back, where the policy allows that", arguments: [true, false])
    func handedBack(_ isAllowed: Bool) {
        var scene = accepted
        scene.policy.afterAccept.handoffAllowed = isAllowed
        let outcome = scene.take(.declined(by: Scene.doctor), at: 20)
        #expect(outcome == (isAllowed ? .applied : .refused(.alreadyAcknowledged)))
        #expect(scene.state.step == (isAllowed ? 2 : 1))
        #expect(scene.last.reason(of: .unaccepted) == (isAllowed ? .handedBack : nil))
    }

    @Test("the policy goes on where it says", arguments: AfterAcceptRules.Resume.allCases)
    func resume(_ resume: AfterAcceptRules.Resume) {
        var scene = Scene.raised(policy: Self.policy)
        scene.policy.afterAccept.resume = resume
        scene.takeTimer(at: 15)
        scene.take(.acknowledged(by: Scene.backup), at: 20)
        scene.takeTimer(at: 1_000)
        #expect(scene.state.step == [.nextStep: 3, .sameStep: 2, .firstStep: 1][resume])
        #expect(scene.state.status == .escalated)
    }

    @Test("all snoozes together stay within the limit; what was not used is given back")
    func snoozes() {
        var scene = Scene.raised(policy: Self.policy)
        #expect(scene.take(.snoozed(by: Scene.doctor, for: .seconds(600)), at: 0) == .applied)
        #expect(scene.take(.snoozed(by: Scene.doctor, for: .seconds(600)), at: 100) == .applied)
        #expect(scene.state.snoozed == .seconds(700))
        #expect(scene.last.armedAt == Scene.time(700))
        #expect(scene.take(.snoozed(by: Scene.doctor, for: .seconds(201)), at: 700) == .refused(.snoozeTooLong))
        #expect(scene.take(.snoozed(by: Scene.doctor, for: .seconds(200)), at: 700) == .applied)
    }

    @Test("a CRITICAL alert is not put off")
    func critical() {
        var scene = Scene.raised(policy: Self.policy, urgency: .critical)
        #expect(scene.take(.snoozed(by: Scene.doctor, for: .seconds(1)), at: 1) == .refused(.snoozeNotAllowed))
    }

    @Test("a closed alert begins anew within the time for it, and not after")
    func reopened() {
        var scene = accepted
        scene.take(.closed(by: Scene.admin), at: 20)
        var late = scene
        #expect(late.take(.reopened(by: Scene.admin), at: 20 + 3_601) == .refused(.reopenTooLate))
        #expect(scene.take(.reopened(by: Scene.admin), at: 20 + 3_600) == .applied)
        #expect(scene.last.statuses == [.pending])
        #expect(scene.last.events == [.reopened])
        #expect(scene.last.paged == [Scene.doctor])
        #expect(scene.last.pages.first?.template == .page)
        #expect(scene.state.acceptedBy == nil)
    }

    @Test("silent people of a step are paged again while it lasts")
    func repeatedPage() {
        var scene = Scene(policy: Self.policy)
        scene.policy.steps[0].wait = PerUrgency(all: .seconds(120))
        scene.policy.urgencies.urgent.repeatStep = .seconds(50)
        scene.take(.raised)
        #expect(scene.last.armedAt == Scene.time(50))
        for second in [50, 100] {
            scene.takeTimer(at: second)
            #expect(scene.last.paged == [Scene.doctor])
            #expect(scene.last.kinds == [.repeated, .paged])
            #expect(scene.state.step == 1)
        }
        #expect(scene.last.armedAt == Scene.time(120))
        scene.takeTimer(at: 120)
        #expect(scene.last.paged == [Scene.backup])
    }

    @Test("who a step means and cannot be reached stands in the story, with the reason")
    func unreachable() {
        var scene = Scene(policy: Self.policy)
        scene.roster = Roster(candidates: [
            .assignedDoctor: [Candidate(user: Scene.doctor, reach: .unreachable(.optedOut))],
            .backupOfAssigned: [Candidate(user: Scene.backup, reach: .contacts([.text]))],
        ])
        scene.take(.raised)
        #expect(scene.last.kinds == [.raised, .unreachable, .skipped, .escalated, .paged])
        #expect(scene.last.reason(of: .unreachable) == .optedOut)
        #expect(scene.last.entries.first { $0.kind == .unreachable }?.user == Scene.doctor)
    }
}
