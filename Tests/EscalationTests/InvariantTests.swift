import Clinic
import Testing

@testable import Escalation

/// Random policies, rosters and inputs, among them late, early, stale and repeated ones, from a printed seed.
@Suite("Planner: what holds whatever happens")
struct InvariantTests {
    @Test("no page after an answer, no step twice in a generation, no silent end", arguments: 0..<200 as Range<UInt64>)
    func invariants(_ seed: UInt64) {
        var random = SplitMix(state: seed)
        for _ in 0..<20 {
            let policy = RandomPolicy.make(&random)
            var scene = Scene(
                policy: policy, urgency: random.pick(UrgencyLevel.allCases), roster: [:],
                doctor: Bool.random(using: &random) ? Scene.doctor : nil)
            scene.roster = RandomPolicy.roster(&random)
            var paged: Set<Int64> = []
            var second = 0
            var before = scene.state
            scene.take(.raised)
            if !check(.raised, before, scene, &paged) { return }
            for _ in 0..<60 {
                second += Int.random(in: 0...200, using: &random)
                if Int.random(in: 0..<10, using: &random) == 0 { scene.roster = RandomPolicy.roster(&random) }
                before = scene.state
                let input = RandomPolicy.input(before, &random)
                scene.take(input, at: second)
                if !check(input, before, scene, &paged) { return }
            }
        }
    }

    /// Whether everything holds; the first thing that does not is recorded.
    private func check(
        _ input: EscalationInput, _ before: EscalationState, _ scene: Scene, _ paged: inout Set<Int64>
    ) -> Bool {
        let (plan, after) = (scene.last, scene.state)
        var broken: [String] = []
        func must(_ claim: String, _ holds: Bool) { if !holds { broken.append(claim) } }
        for page in plan.pages {
            must("a generation pages once", paged.insert(after.generation).inserted)
            must("a page has people, nobody twice", Set(page.recipients.map(\.user)).count == page.recipients.count)
            must("a page has people", !page.recipients.isEmpty)
            must("a page is of a new generation", after.generation > before.generation)
        }
        switch after.phase {
        case .answered:
            must("an accepted alert pages only who accepted it", plan.paged.allSatisfy { $0 == after.acceptedBy })
            must("an accepted alert is ACKNOWLEDGED", after.status == .acknowledged && after.acceptedBy != nil)
        case .ended:
            must("a closed alert is silent", plan.pages.isEmpty && after.phase.dueAt == nil && after.status == .closed)
        case .snoozed: must("a snoozed alert is silent", plan.pages.isEmpty)
        case .new, .running, .exhausted: break
        }
        if after.status.isUnanswered { must("an unanswered alert has a timer", after.phase.dueAt != nil) }
        if after.phase.dueAt != before.phase.dueAt {
            must("a changed timer is armed", plan.armedAt == after.phase.dueAt)
            must("no timer is disarmed", after.phase.dueAt != nil || plan.disarms)
        }
        must("generations rise", after.generation >= before.generation)
        if (after.step, after.loop) != (before.step, before.loop) || after.phase.name != before.phase.name {
            must("what is another phase or step is another generation", after.generation > before.generation)
        }
        var status = before.status
        for next in plan.statuses {
            must("\(status) to \(next) is legal", status.transition(to: next) == .moves)
            status = next
        }
        must("the status is written", status == after.status)
        must(
            "snoozes stay within the limit",
            after.snoozed <= max(scene.policy.snooze.max[after.urgency] ?? .zero, before.snoozed))
        if plan.outcome != .applied {
            must("what is not applied changes nothing", plan.effects.isEmpty && after == before)
        }
        switch input {
        case .timerDue(let generation), .contactsFailed(_, _, let generation):
            if generation != before.generation { must("the past is stale", plan.outcome == .stale) }
        default: break
        }
        for claim in broken { Issue.record("\(claim): \(input) in \(before.phase.name) gave \(after.phase.name)") }
        return broken.isEmpty
    }
}

/// Policies that people might write, and worse; who can be reached; what happens.
private enum RandomPolicy {
    static let everybody = [Scene.doctor, Scene.backup, Scene.admin, Scene.otherAdmin]
    static let targets: [EscalationTarget] = [
        .assignedDoctor, .backupOfAssigned, .role(.admin), .role(.doctor), .schedule(Scene.schedule),
    ]

    static func make(_ random: inout SplitMix) -> EscalationPolicy {
        var policy = EscalationPolicy.demo(id: PolicyID(high: 0, low: 1))
        policy.steps = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            var step = EscalationStep(
                targets: targets.filter { _ in Bool.random(using: &random) },
                wait: PerUrgency(all: random.pick([nil, .seconds(0), .seconds(15), .seconds(90)])))
            step.skipIfEmpty = Int.random(in: 0..<4, using: &random) > 0
            return step
        }
        policy.loops = PerUrgency(all: Int.random(in: -1...2, using: &random))
        for urgency in UrgencyLevel.allCases {
            policy.urgencies[urgency].receiptTimeout = random.pick([nil, .seconds(0), .seconds(10), .seconds(1_000)])
            policy.urgencies[urgency].repeatStep = random.pick([nil, .seconds(-5), .seconds(20)])
        }
        policy.advanceNowOn = Set(AdvanceTrigger.allCases.filter { _ in Int.random(in: 0..<4, using: &random) > 0 })
        policy.afterAccept.remind = PerUrgency(all: random.pick([nil, .seconds(0), .seconds(30)]))
        policy.afterAccept.unaccept = PerUrgency(all: random.pick([nil, .seconds(-1), .seconds(100)]))
        policy.afterAccept.resume = random.pick(AfterAcceptRules.Resume.allCases)
        policy.afterAccept.handoffAllowed = Bool.random(using: &random)
        policy.onExhausted.repeatEvery = .seconds(Int.random(in: -1...100, using: &random))
        policy.snooze.max = PerUrgency(all: random.pick([nil, .seconds(-1), .seconds(60), .seconds(1_000)]))
        policy.reopen = .seconds(Int.random(in: -1...300, using: &random))
        return policy
    }

    static func roster(_ random: inout SplitMix) -> Roster {
        var candidates: [EscalationTarget: [Candidate]] = [:]
        for target in targets {
            for user in everybody where Bool.random(using: &random) {
                let isReachable = Int.random(in: 0..<4, using: &random) > 0
                candidates[target, default: []].append(
                    Candidate(
                        user: user,
                        reach: isReachable ? .contacts([.text]) : .unreachable(random.pick(Unreachable.allCases))))
            }
        }
        var roster = Roster(candidates: candidates)
        roster.isSeenOnScreens = Bool.random(using: &random)
        return roster
    }

    static func input(_ state: EscalationState, _ random: inout SplitMix) -> EscalationInput {
        let user = random.pick(everybody)
        let generation = state.generation - Int64.random(in: 0...1, using: &random)
        return switch Int.random(in: 0..<30, using: &random) {
        case 0: .raised
        case 1: .escalateNow(by: user)
        case 2...5: .delivered(to: user)
        case 6...8: .contactsFailed(user: user, step: state.step, generation: generation)
        case 9: .acknowledged(by: user)
        case 10: .declined(by: random.pick([user, state.acceptedBy ?? user]))
        case 11: .workingOnIt(by: random.pick([user, state.acceptedBy ?? user]))
        case 12: .snoozed(by: user, for: .seconds(random.pick([-1, 0, 5, 60, Int.max])))
        case 13: .contactGone(user: user, why: random.pick(Unreachable.allCases))
        case 14: .scheduleEmpty(Scene.schedule)
        case 15: .noLiveScreen
        case 16: .repeated(urgency: random.pick(UrgencyLevel.allCases))
        case 17: Bool.random(using: &random) ? .closed(by: user) : .raised
        case 18...19: .reopened(by: user)
        default: .timerDue(generation: generation)
        }
    }
}
