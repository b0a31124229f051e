package import Clinic

/// Decides who is told next and when. Pure and total: every input in every state has an answer, no clock is read,
/// nothing traps on a policy or state that was stored wrongly.
///
/// What holds for every plan:
/// - while an alert is accepted nobody is paged but who accepted it; while it is snoozed or closed nobody is;
/// - a timer or failure of another generation changes nothing;
/// - an alert that was raised and not answered always has a timer, so it never ends in silence;
/// - a step is entered at most once in a generation.
package enum Planner {
    /// The state after the input and the effects to commit with it.
    ///
    /// - Parameters:
    ///   - policy: the version that was frozen onto the alert.
    ///   - roster: who is reachable now for each of `policy.targets`.
    ///   - now: the database's clock.
    package static func plan(
        _ state: EscalationState, _ input: EscalationInput, policy: EscalationPolicy, roster: Roster, now: Timestamp
    ) -> EscalationPlan {
        var planning = Planning(state: state, policy: policy, roster: roster, now: now)
        let outcome = planning.take(input)
        return EscalationPlan(state: planning.state, effects: planning.effects, outcome: outcome)
    }
}

extension EscalationPolicy {
    /// Every target that the policy names, once each: what a roster has to resolve.
    package var targets: [EscalationTarget] {
        var seen: Set<EscalationTarget> = []
        return (steps.flatMap(\.targets) + onExhausted.targets).filter { seen.insert($0).inserted }
    }
}
