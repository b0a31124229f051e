import Clinic

@testable import Escalation

/// One alert under the planner: inputs go in at the times a test says, and what came of them is kept.
struct Scene {
    static let start = Timestamp(microseconds: 1_795_169_730_000_000)
    static let doctor = UserID(high: 0, low: 0x101)
    static let backup = UserID(high: 0, low: 0x102)
    static let admin = UserID(high: 0, low: 0x104)
    static let otherAdmin = UserID(high: 0, low: 0x105)
    static let schedule = ScheduleID(high: 0, low: 0x201)
    static let everybody: [EscalationTarget: [UserID]] = [
        .assignedDoctor: [doctor], .backupOfAssigned: [backup], .role(.admin): [admin, otherAdmin],
    ]

    var policy: EscalationPolicy
    var roster: Roster
    var state: EscalationState
    var last = EscalationPlan(
        state: EscalationState(urgency: .low, assignedDoctor: nil), effects: [], outcome: .alreadySo)

    init(
        policy: EscalationPolicy = .demo(id: PolicyID(high: 0, low: 1)), urgency: UrgencyLevel = .urgent,
        roster: [EscalationTarget: [UserID]] = Scene.everybody, doctor: UserID? = Scene.doctor
    ) {
        self.policy = policy
        self.roster = Roster(roster)
        state = EscalationState(urgency: urgency, assignedDoctor: doctor)
    }

    /// A scene in which the alert was raised at second 0.
    static func raised(
        policy: EscalationPolicy = .demo(id: PolicyID(high: 0, low: 1)), urgency: UrgencyLevel = .urgent,
        roster: [EscalationTarget: [UserID]] = Scene.everybody
    ) -> Scene {
        var scene = Scene(policy: policy, urgency: urgency, roster: roster)
        scene.take(.raised)
        return scene
    }

    /// Plans the input at so many seconds after the start.
    @discardableResult
    mutating func take(_ input: EscalationInput, at seconds: Int = 0) -> EscalationPlan.Outcome {
        last = Planner.plan(state, input, policy: policy, roster: roster, now: Self.time(seconds))
        state = last.state
        return last.outcome
    }

    /// The timer of the present generation, at so many seconds after the start.
    @discardableResult
    mutating func takeTimer(at seconds: Int) -> EscalationPlan.Outcome {
        take(.timerDue(generation: state.generation), at: seconds)
    }

    static func time(_ seconds: Int) -> Timestamp { start.advanced(by: .seconds(seconds)) }
}

extension EscalationPlan {
    var pages: [Page] { effects.compactMap { if case .page(let page) = $0 { page } else { nil } } }
    var paged: [UserID] { pages.flatMap(\.recipients).map(\.user) }
    var events: [EscalationEvent] { effects.compactMap { if case .emit(let event) = $0 { event } else { nil } } }
    var statuses: [AlertStatus] { effects.compactMap { if case .setStatus(let status) = $0 { status } else { nil } } }
    var entries: [TimelineEntry] { effects.compactMap { if case .record(let entry) = $0 { entry } else { nil } } }
    var kinds: [TimelineEntry.Kind] { entries.map(\.kind) }
    var armedAt: Timestamp? {
        effects.compactMap { if case .armTimer(let at) = $0 { at } else { nil } }.last
    }
    var disarms: Bool { effects.contains(.disarmTimer) }

    func reason(of kind: TimelineEntry.Kind) -> TimelineEntry.Reason? {
        entries.first { $0.kind == kind }?.reason
    }
}

/// A small generator that gives the same numbers for the same seed everywhere.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &self)]
    }
}
