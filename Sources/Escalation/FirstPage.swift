package import Clinic

/// The plan of a raise whose first step pages the assigned doctor and nobody else, with times relative to the raise. Pure.
///
/// It lets the database decide, in the one statement that writes the alert, between this plan (the doctor has a
/// contact) and a timer that is due at once (nobody to page: the engine begins the policy with the whole roster).
package struct FirstPage: Sendable {
    package let state: EscalationState
    package let doctor: UserID
    package let template: TextTemplate
    package let answerWithin: Duration?
    package let dueAfter: Duration
    package let stepEndsAfter: Duration
    /// Whether quiet hours do not hold the page back.
    package let ignoresQuietHours: Bool

    /// nil where the first step needs more than the assigned doctor, or the policy leaves the urgency to the screens.
    package init?(of urgency: UrgencyLevel, assignedTo doctor: UserID?, policy: EscalationPolicy) {
        guard let doctor, let first = policy.steps.first(where: { $0.wait[urgency] != nil }),
            first.targets == [.assignedDoctor], Loudness(policy, urgency).wantsMessages
        else { return nil }
        let origin = Timestamp(microseconds: 0)
        let plan = Planner.plan(
            EscalationState(urgency: urgency, assignedDoctor: doctor), .raised, policy: policy,
            roster: Roster([.assignedDoctor: [doctor]]), now: origin)
        guard case .running(let dueAt, let stepEndsAt) = plan.state.phase, plan.state.status == .pending else {
            return nil
        }
        var page: Page?
        for effect in plan.effects {
            switch effect {
            case .page(let one) where page == nil && one.recipients.map(\.user) == [doctor]: page = one
            case .record, .armTimer: break
            case .page, .disarmTimer, .setStatus, .setUrgency, .emit: return nil
            }
        }
        guard let page else { return nil }
        ignoresQuietHours = !Loudness(policy, urgency).keepsQuiet
        state = plan.state
        self.doctor = doctor
        template = page.template
        answerWithin = page.answerWithin
        dueAfter = dueAt.duration(since: origin)
        stepEndsAfter = stepEndsAt.duration(since: origin)
    }
}
