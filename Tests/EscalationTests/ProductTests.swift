import Clinic
import Testing

@testable import Escalation

/// Every state that columns can hold, the impossible ones too, under every input: nothing traps, what is not possible
/// changes nothing, and from a state that can be, an alert moves by legal statuses only and never ends in silence.
@Suite("Planner: the whole product of states and inputs")
struct ProductTests {
    private static let now = Scene.time(1_000)
    private static let moments = [Scene.time(0), now, Scene.time(2_000)]
    private static let stranger = UserID(high: 9, low: 9)

    private static let policies: [EscalationPolicy] = {
        let demo = EscalationPolicy.demo(id: PolicyID(high: 0, low: 1))
        var eager = EscalationPolicy.standard(id: PolicyID(high: 0, low: 2))
        eager.steps[1].targets = [.schedule(Scene.schedule)]
        eager.advanceNowOn = Set(AdvanceTrigger.allCases)
        var empty = demo
        empty.steps = []
        empty.onExhausted.targets = []
        return [demo, eager, empty]
    }()

    private static let rosters: [Roster] = {
        var everybody = Scene.everybody
        everybody[.schedule(Scene.schedule)] = [Scene.backup]
        var reachable = Roster(everybody)
        reachable.isSeenOnScreens = false
        return [reachable, Roster([:])]
    }()

    private static let phases: [EscalationPhase] =
        [.new, .ended(at: Scene.time(0)), .ended(at: now), .answered(dueAt: nil, unacceptAt: nil)]
        + moments.flatMap { moment in
            [
                .running(dueAt: moment, stepEndsAt: moment), .running(dueAt: moment, stepEndsAt: Scene.time(2_000)),
                .snoozed(until: moment), .exhausted(dueAt: moment), .answered(dueAt: moment, unacceptAt: moment),
            ]
        }

    private static let crowds: [[PagedPerson]] =
        [[]]
        + [PagedPerson.Standing.paged, .declined].map { standing in
            [
                PagedPerson(user: Scene.doctor, standing: standing, target: .assignedDoctor),
                PagedPerson(user: Scene.backup, standing: .failed, target: .schedule(Scene.schedule)),
            ]
        }

    private static func inputs(_ state: EscalationState) -> [EscalationInput] {
        let generations = [state.generation, .min, .max]
        let people = [Scene.doctor, stranger]
        let spans: [Duration] = [.seconds(-1), .seconds(60), .seconds(Int64.max)]
        return [.raised, .noLiveScreen, .scheduleEmpty(Scene.schedule)]
            + generations.map { .timerDue(generation: $0) }
            + [UrgencyLevel.low, .critical].map { .repeated(urgency: $0) }
            + spans.map { .snoozed(by: Scene.doctor, for: $0) }
            + people.flatMap { user -> [EscalationInput] in
                [
                    .delivered(to: user), .contactGone(user: user, why: .optedOut), .escalateNow(by: user),
                    .contactsFailed(user: user, step: state.step, generation: state.generation),
                    .contactsFailed(user: user, step: state.step &+ 1, generation: state.generation),
                    .acknowledged(by: user), .workingOnIt(by: user), .declined(by: user), .closed(by: user),
                    .reopened(by: user),
                ]
            }
    }

    /// Whether a state can come about: the status is one of its phase.
    private static func isPossible(_ state: EscalationState) -> Bool {
        switch state.phase {
        case .new: state.status == .pending && state.people.isEmpty && state.acceptedBy == nil
        case .running, .snoozed: state.status.isUnanswered && state.acceptedBy == nil
        case .exhausted: state.status == .escalated && state.acceptedBy == nil
        case .answered: state.status == .acknowledged && state.acceptedBy != nil
        case .ended: state.status == .closed
        }
    }

    @Test("each pair has an answer", arguments: [UrgencyLevel.urgent, .critical], phases.indices)
    func pairs(_ urgency: UrgencyLevel, _ phase: Int) {
        var plans = 0
        var broken: Set<String> = []
        for status in AlertStatus.allCases {
            for step in [1, Int.max] {
                for crowd in Self.crowds {
                    for acceptor in [nil, Scene.doctor] {
                        let state = EscalationState(
                            urgency: urgency, assignedDoctor: Scene.doctor, status: status, phase: Self.phases[phase],
                            step: step, loop: 0, generation: 7, people: crowd, acceptedBy: acceptor)
                        let isPossible = Self.isPossible(state)
                        // What is impossible must be survived; one policy and roster say whether it is.
                        let policies = isPossible ? Self.policies : [Self.policies[1]]
                        for policy in policies {
                            for roster in isPossible ? Self.rosters : [Self.rosters[0]] {
                                for input in Self.inputs(state) {
                                    let plan = Planner.plan(
                                        state, input, policy: policy, roster: roster, now: Self.now)
                                    plans += 1
                                    broken.formUnion(Self.faults(plan, of: input, in: state, isPossible: isPossible))
                                }
                            }
                        }
                    }
                }
            }
        }
        #expect(plans > 1_500)
        #expect(broken.sorted() == [])
    }

    private static func faults(
        _ plan: EscalationPlan, of input: EscalationInput, in before: EscalationState, isPossible: Bool
    ) -> [String] {
        let after = plan.state
        var faults: [String] = []
        func must(_ claim: String, _ holds: Bool) {
            if !holds { faults.append("\(claim): \(input) in \(before.phase.name) \(before.status.rawValue)") }
        }
        must("generations rise", after.generation >= before.generation)
        guard plan.outcome == .applied else {
            must("what is not applied changes nothing", plan.effects.isEmpty && after == before)
            return faults
        }
        guard isPossible else { return faults }
        must("a possible state stays possible", Self.isPossible(after) || after.phase == .new)
        var status = before.status
        for next in plan.statuses {
            must("\(status.rawValue) to \(next.rawValue) is legal", status.transition(to: next) == .moves)
            status = next
        }
        must("the status is written", status == after.status)
        must("who is unanswered has a timer", !after.status.isUnanswered || after.phase.dueAt != nil)
        must("a closed alert has none", after.status != .closed || after.phase.dueAt == nil)
        must(
            "nobody is paged for what is closed or put off",
            plan.pages.isEmpty || !["ENDED", "SNOOZED"].contains(after.phase.name))
        must("every change is in the story", !plan.entries.isEmpty || plan.statuses.isEmpty)
        return faults
    }
}
