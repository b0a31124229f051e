/// The planner's answer: the state to store, what to do, and what to tell whoever brought the input.
package struct EscalationPlan: Equatable, Sendable {
    package var state: EscalationState
    package var effects: [EscalationEffect]
    package var outcome: Outcome

    package init(state: EscalationState, effects: [EscalationEffect], outcome: Outcome) {
        self.state = state
        self.effects = effects
        self.outcome = outcome
    }

    /// What became of the input.
    package enum Outcome: Hashable, Sendable {
        /// Something changed; store it.
        case applied
        /// What it asks for is so already (a second acknowledgement): answer success, nothing changed.
        case alreadySo
        /// It belongs to a generation of the past: drop it, nothing changed.
        case stale
        /// It is not possible in this state (an acknowledgement of a closed alert): answer a conflict.
        case refused(Refusal)
    }

    /// Why an input is not possible.
    package enum Refusal: String, Hashable, Sendable {
        case notRaised = "NOT_RAISED"
        case alreadyAcknowledged = "ALREADY_ACKNOWLEDGED"
        case alreadyClosed = "ALREADY_CLOSED"
        case notPaged = "NOT_PAGED"
        /// The alert's urgency allows no snooze.
        case snoozeNotAllowed = "SNOOZE_NOT_ALLOWED"
        /// Not more than zero, or more than is left of what the policy allows.
        case snoozeTooLong = "SNOOZE_TOO_LONG"
        /// Closed too long ago; raise a new alert.
        case reopenTooLate = "REOPEN_TOO_LATE"
    }
}
