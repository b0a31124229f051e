package import Clinic

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
    }
}

/// Who can be reached for each target at this moment, as the shell found it: active people with a contact.
package struct Roster: Equatable, Sendable {
    private let people: [EscalationTarget: [UserID]]

    /// A target that is missing resolves to nobody.
    package init(_ people: [EscalationTarget: [UserID]]) {
        self.people = people
    }

    /// The people of these targets in order, nobody twice; the first target that finds a person is the reason.
    package func recipients(of targets: [EscalationTarget]) -> [Recipient] {
        var seen: Set<UserID> = []
        return targets.flatMap { target in
            (people[target] ?? []).compactMap { user in
                seen.insert(user).inserted ? Recipient(user: user, target: target) : nil
            }
        }
    }
}
