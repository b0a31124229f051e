import Clinic
import Testing

@testable import Escalation

/// What becomes of every input in every state. `so`: it is so already; else the phase, step and status that it leads to,
/// or why it is refused.
@Suite("Planner: every input in every state")
struct TableTests {
    private static let phases = [
        "new", "running", "delivered", "escalated", "snoozed", "exhausted", "answered", "ended",
    ]
    private static let late = 1_000

    private static var policy: EscalationPolicy {
        var policy = EscalationPolicy.demo(id: PolicyID(high: 0, low: 1))
        policy.steps[1].targets = [.schedule(Scene.schedule)]
        policy.advanceNowOn = Set(AdvanceTrigger.allCases)
        policy.afterAccept.remind = PerUrgency(all: .seconds(100))
        policy.afterAccept.unaccept = PerUrgency(all: .seconds(300))
        return policy
    }

    /// A scene in each of the states, and a second at which its timer is not due yet.
    private static func scene(_ name: String) -> (scene: Scene, early: Int) {
        var roster = Scene.everybody
        roster[.schedule(Scene.schedule)] = [Scene.backup]
        var scene = Scene(policy: policy, roster: roster)
        guard name != "new" else { return (scene, 0) }
        scene.take(.raised)
        switch name {
        case "running": return (scene, 1)
        case "delivered":
            scene.take(.delivered(to: Scene.doctor), at: 1)
            return (scene, 2)
        case "exhausted":
            for second in [15, 75, 135] { scene.takeTimer(at: second) }
            return (scene, 136)
        default: scene.takeTimer(at: 15)
        }
        switch name {
        case "snoozed": scene.take(.snoozed(by: Scene.backup, for: .seconds(100)), at: 20)
        case "answered": scene.take(.acknowledged(by: Scene.backup), at: 20)
        case "ended": scene.take(.closed(by: Scene.admin), at: 20)
        default: break
        }
        return (scene, 21)
    }

    /// The person that the state is about: who was paged, who accepted, or the doctor.
    private static func person(_ state: EscalationState) -> UserID {
        state.people.first?.user ?? state.acceptedBy ?? Scene.doctor
    }

    private struct Row {
        let name: String
        let input: @Sendable (EscalationState) -> EscalationInput
        var isEarly = false
        /// In the order of `phases`.
        let outcomes: [String]
    }

    private static let notRaised = "NOT_RAISED"
    private static let acknowledged = "ALREADY_ACKNOWLEDGED"
    private static let closed = "ALREADY_CLOSED"

    private static let rows: [Row] = [
        Row(
            name: "raised", input: { _ in .raised },
            outcomes: ["RUNNING 1 PENDING", "so", "so", "so", "so", "so", "so", "so"]),
        Row(
            name: "timer", input: { .timerDue(generation: $0.generation) },
            outcomes: [
                "stale", "RUNNING 2 ESCALATED", "RUNNING 2 ESCALATED", "RUNNING 3 ESCALATED", "RUNNING 3 ESCALATED",
                "EXHAUSTED 3 ESCALATED", "RUNNING 3 ESCALATED", "stale",
            ]),
        Row(
            name: "timer before its time", input: { .timerDue(generation: $0.generation) }, isEarly: true,
            outcomes: [
                "stale", "RUNNING 1 PENDING", "RUNNING 1 DELIVERED", "RUNNING 2 ESCALATED", "SNOOZED 2 ESCALATED",
                "EXHAUSTED 3 ESCALATED", "ANSWERED 2 ACKNOWLEDGED", "stale",
            ]),
        Row(
            name: "timer of the past", input: { .timerDue(generation: $0.generation - 1) },
            outcomes: Array(repeating: "stale", count: 8)),
        Row(
            name: "receipt of the doctor", input: { _ in .delivered(to: Scene.doctor) },
            outcomes: ["so", "RUNNING 1 DELIVERED", "so", "so", "so", "so", "so", "so"]),
        Row(
            name: "receipt of the backup", input: { _ in .delivered(to: Scene.backup) },
            outcomes: ["so", "so", "so", "RUNNING 2 ESCALATED", "SNOOZED 2 ESCALATED", "so", "so", "so"]),
        Row(
            name: "every contact failed",
            input: { .contactsFailed(user: person($0), step: $0.step, generation: $0.generation) },
            outcomes: [
                "so", "RUNNING 2 ESCALATED", "so", "RUNNING 3 ESCALATED", "SNOOZED 2 ESCALATED",
                "EXHAUSTED 3 ESCALATED", "stale", "stale",
            ]),
        Row(
            name: "a failure of the past",
            input: { .contactsFailed(user: person($0), step: $0.step, generation: $0.generation - 1) },
            outcomes: Array(repeating: "stale", count: 8)),
        Row(
            name: "contact gone", input: { .contactGone(user: person($0), why: .offDuty) },
            outcomes: [
                "so", "RUNNING 2 ESCALATED", "RUNNING 2 ESCALATED", "RUNNING 3 ESCALATED", "SNOOZED 2 ESCALATED",
                "EXHAUSTED 3 ESCALATED", "so", "so",
            ]),
        Row(
            name: "schedule empty", input: { _ in .scheduleEmpty(Scene.schedule) },
            outcomes: ["so", "so", "so", "RUNNING 3 ESCALATED", "SNOOZED 2 ESCALATED", "so", "so", "so"]),
        Row(
            name: "no live screen", input: { _ in .noLiveScreen },
            outcomes: ["so", "RUNNING 2 ESCALATED", "so", "so", "so", "so", "so", "so"]),
        Row(
            name: "raised again", input: { _ in .repeated(urgency: .urgent) },
            outcomes: [
                notRaised, "RUNNING 1 PENDING", "RUNNING 1 DELIVERED", "RUNNING 2 ESCALATED", "SNOOZED 2 ESCALATED",
                "EXHAUSTED 3 ESCALATED", "ANSWERED 2 ACKNOWLEDGED", closed,
            ]),
        Row(
            name: "raised again, more urgent", input: { _ in .repeated(urgency: .critical) },
            outcomes: [
                notRaised, "RUNNING 1 ESCALATED", "RUNNING 1 ESCALATED", "RUNNING 2 ESCALATED", "RUNNING 2 ESCALATED",
                "EXHAUSTED 3 ESCALATED", "ANSWERED 2 ACKNOWLEDGED", closed,
            ]),
        Row(
            name: "escalate now", input: { _ in .escalateNow(by: Scene.admin) },
            outcomes: [
                notRaised, "RUNNING 2 ESCALATED", "RUNNING 2 ESCALATED", "RUNNING 3 ESCALATED", "RUNNING 3 ESCALATED",
                "EXHAUSTED 3 ESCALATED", acknowledged, closed,
            ]),
        Row(
            name: "acknowledged", input: { _ in .acknowledged(by: Scene.doctor) },
            outcomes: [
                notRaised, "ANSWERED 1 ACKNOWLEDGED", "ANSWERED 1 ACKNOWLEDGED", "ANSWERED 2 ACKNOWLEDGED",
                "ANSWERED 2 ACKNOWLEDGED", "ANSWERED 3 ACKNOWLEDGED", "so", closed,
            ]),
        Row(
            name: "at work", input: { _ in .workingOnIt(by: Scene.backup) },
            outcomes: [
                notRaised, "ANSWERED 1 ACKNOWLEDGED", "ANSWERED 1 ACKNOWLEDGED", "ANSWERED 2 ACKNOWLEDGED",
                "ANSWERED 2 ACKNOWLEDGED", "ANSWERED 3 ACKNOWLEDGED", "ANSWERED 2 ACKNOWLEDGED", closed,
            ]),
        Row(
            name: "at work, says another", input: { _ in .workingOnIt(by: Scene.doctor) },
            outcomes: [
                notRaised, "ANSWERED 1 ACKNOWLEDGED", "ANSWERED 1 ACKNOWLEDGED", "ANSWERED 2 ACKNOWLEDGED",
                "ANSWERED 2 ACKNOWLEDGED", "ANSWERED 3 ACKNOWLEDGED", acknowledged, closed,
            ]),
        Row(
            name: "declined", input: { .declined(by: person($0)) },
            outcomes: [
                notRaised, "RUNNING 2 ESCALATED", "RUNNING 2 ESCALATED", "RUNNING 3 ESCALATED", "SNOOZED 2 ESCALATED",
                "EXHAUSTED 3 ESCALATED", "RUNNING 3 ESCALATED", closed,
            ]),
        Row(
            name: "declined by a stranger", input: { _ in .declined(by: UserID(high: 9, low: 9)) },
            outcomes: [
                notRaised, "NOT_PAGED", "NOT_PAGED", "NOT_PAGED", "NOT_PAGED", "NOT_PAGED", acknowledged, closed,
            ]),
        Row(
            name: "snoozed", input: { _ in .snoozed(by: Scene.doctor, for: .seconds(60)) },
            outcomes: [
                notRaised, "SNOOZED 1 PENDING", "SNOOZED 1 DELIVERED", "SNOOZED 2 ESCALATED", "SNOOZED 2 ESCALATED",
                "SNOOZED 3 ESCALATED", acknowledged, closed,
            ]),
        Row(
            name: "snoozed too long", input: { _ in .snoozed(by: Scene.doctor, for: .seconds(901)) },
            outcomes: [notRaised] + Array(repeating: "SNOOZE_TOO_LONG", count: 5) + [acknowledged, closed]),
        Row(
            name: "closed", input: { _ in .closed(by: Scene.admin) },
            outcomes: [
                "ENDED 0 CLOSED", "ENDED 1 CLOSED", "ENDED 1 CLOSED", "ENDED 2 CLOSED", "ENDED 2 CLOSED",
                "ENDED 3 CLOSED", "ENDED 2 CLOSED", "so",
            ]),
        Row(
            name: "re-opened", input: { _ in .reopened(by: Scene.admin) },
            outcomes: [notRaised, "so", "so", "so", "so", "so", "so", "RUNNING 1 PENDING"]),
    ]

    @Test("each pair has its outcome", arguments: rows.indices, phases.indices)
    func pair(_ row: Int, _ phase: Int) {
        let row = Self.rows[row]
        var (scene, early) = Self.scene(Self.phases[phase])
        let before = scene.state
        let outcome = scene.take(row.input(before), at: row.isEarly ? early : Self.late)
        let text =
            switch outcome {
            case .applied: "\(scene.state.phase.name) \(scene.state.step) \(scene.state.status.rawValue)"
            case .alreadySo: "so"
            case .stale: "stale"
            case .refused(let refusal): refusal.rawValue
            }
        #expect(text == row.outcomes[phase], "\(row.name) in \(Self.phases[phase])")
        if outcome != .applied { #expect(scene.state == before && scene.last.effects.isEmpty) }
    }

    @Test("no kind of input was left out")
    func complete() {
        // A new case does not compile until it has a number, and the numbers are complete.
        func number(_ input: EscalationInput) -> Int {
            switch input {
            case .raised: 0
            case .timerDue: 1
            case .delivered: 2
            case .contactsFailed: 3
            case .contactGone: 4
            case .scheduleEmpty: 5
            case .noLiveScreen: 6
            case .repeated: 7
            case .escalateNow: 8
            case .acknowledged: 9
            case .workingOnIt: 10
            case .declined: 11
            case .snoozed: 12
            case .closed: 13
            case .reopened: 14
            }
        }
        let state = Self.scene("running").scene.state
        #expect(Set(Self.rows.map { number($0.input(state)) }) == Set(0...14))
        #expect(Self.rows.allSatisfy { $0.outcomes.count == Self.phases.count })
    }
}
