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
            var scene = Scene(
                policy: randomPolicy(&random), urgency: pick(UrgencyLevel.allCases, &random),
                roster: randomRoster(&random), doctor: Bool.random(using: &random) ? Scene.doctor : nil)
            var entered: [Int64: Int] = [:]
            var second = 0
            scene.take(.raised)
            check(before: EscalationState(urgency: scene.state.urgency, assignedDoctor: nil), scene, &entered)
            for _ in 0..<60 {
                second += Int.random(in: 0...200, using: &random)
                if Int.random(in: 0..<10, using: &random) == 0 { scene.roster = Roster(randomRoster(&random)) }
                let before = scene.state
                let input = randomInput(before, &random)
                scene.take(input, at: second)
                check(before: before, scene, &entered)
                if isOfThePast(input, before) { #expect(scene.last.outcome == .stale) }
            }
        }
    }

    private func check(before: EscalationState, _ scene: Scene, _ entered: inout [Int64: Int]) {
        let plan = scene.last
        let after = scene.state
        if before.status == .acknowledged || before.status == .closed || !after.status.isUnanswered {
            #expect(plan.pages.isEmpty)
            #expect(plan.armedAt == nil)
            #expect(after.phase.dueAt == nil)
        }
        for page in plan.pages {
            #expect(entered.updateValue(page.step, forKey: after.generation) == nil)
            #expect(!page.recipients.isEmpty)
            #expect(Set(page.recipients.map(\.user)).count == page.recipients.count)
        }
        #expect(after.generation >= before.generation)
        if after.step != before.step || after.status.isUnanswered != before.status.isUnanswered {
            #expect(after.generation > before.generation)
        }
        if after.status.isUnanswered {
            // Never silent: an unanswered alert has a timer, and it is the one that was armed last.
            #expect(after.phase.dueAt != nil)
            if let armedAt = plan.armedAt { #expect(armedAt == after.phase.dueAt) }
            if after.phase.dueAt != before.phase.dueAt { #expect(plan.armedAt != nil) }
        }
        if after.status != before.status {
            #expect(before.status.transition(to: after.status) == .moves)
            #expect(plan.statuses.last == after.status)
        }
        if plan.outcome != .applied {
            #expect(plan.effects.isEmpty)
            #expect(after == before)
        }
    }

    private func isOfThePast(_ input: EscalationInput, _ state: EscalationState) -> Bool {
        switch input {
        case .timerDue(let generation), .contactsFailed(_, _, let generation): generation != state.generation
        default: false
        }
    }

    private func randomInput(_ state: EscalationState, _ random: inout SplitMix) -> EscalationInput {
        let user = pick([Scene.doctor, Scene.backup, Scene.admin, Scene.otherAdmin], &random)
        let generation = state.generation - Int64.random(in: 0...1, using: &random)
        switch Int.random(in: 0..<20, using: &random) {
        case 0: return .raised
        case 1: return .escalateNow(by: user)
        case 2...5: return .delivered(to: user)
        case 6...8: return .contactsFailed(user: user, step: state.step, generation: generation)
        case 9: return .acknowledged(by: user)
        case 10...11: return .declined(by: user)
        case 12: return Int.random(in: 0..<4, using: &random) == 0 ? .closed(by: user) : .raised
        default: return .timerDue(generation: generation)
        }
    }

    private func randomRoster(_ random: inout SplitMix) -> [EscalationTarget: [UserID]] {
        Scene.everybody.mapValues { users in users.filter { _ in Int.random(in: 0..<4, using: &random) > 0 } }
    }

    private func randomPolicy(_ random: inout SplitMix) -> EscalationPolicy {
        var policy = EscalationPolicy.demo(id: PolicyID(high: 0, low: 1))
        let targets: [EscalationTarget] = [.assignedDoctor, .backupOfAssigned, .role(.admin), .role(.doctor)]
        policy.steps = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            EscalationStep(
                targets: targets.filter { _ in Bool.random(using: &random) },
                wait: PerUrgency(all: pick([nil, .seconds(0), .seconds(15), .seconds(90)], &random)))
        }
        policy.loops = PerUrgency(all: Int.random(in: -1...2, using: &random))
        policy.receiptTimeout = PerUrgency(all: pick([nil, .seconds(0), .seconds(10), .seconds(1_000)], &random))
        policy.exhaustedRepeat = .seconds(Int.random(in: -1...100, using: &random))
        return policy
    }

    private func pick<Value>(_ values: [Value], _ random: inout SplitMix) -> Value {
        values[Int.random(in: 0..<values.count, using: &random)]
    }
}

/// A small generator that gives the same numbers for the same seed everywhere.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
