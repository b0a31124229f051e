package import Clinic

/// Who can be reached for each target at this moment, and who cannot and why, as the shell found it.
///
/// The interface between people and planner: whoever knows schedules, contacts, rules and quiet hours resolves each of
/// `policy.targets` to candidates, in the order they are to be named. A target that is missing resolves to nobody.
package struct Roster: Equatable, Sendable {
    private let candidates: [EscalationTarget: [Candidate]]
    private let acceptor: Candidate?
    /// Whether any screen of the clinic has confirmed the alert.
    package var isSeenOnScreens = true

    /// `acceptor` is the person who accepted the alert, if anybody has, who need not stand under a target.
    package init(candidates: [EscalationTarget: [Candidate]], acceptor: Candidate? = nil) {
        self.candidates = candidates
        self.acceptor = acceptor
    }

    /// People who are all reached by one text message at once.
    package init(_ people: [EscalationTarget: [UserID]]) {
        self.init(candidates: people.mapValues { $0.map { Candidate(user: $0, reach: .contacts([.text])) } })
    }

    /// Whom to page for these targets in order, nobody twice; the first target that finds a person is the reason.
    package func recipients(of targets: [EscalationTarget]) -> [Recipient] {
        var seen: Set<UserID> = []
        return targets.flatMap { target in
            (candidates[target] ?? []).compactMap { candidate in
                guard case .contacts(let contacts) = candidate.reach,
                    seen.insert(candidate.user).inserted
                else { return nil }
                return Recipient(user: candidate.user, target: target, contacts: contacts)
            }
        }
    }

    /// Who of these targets cannot be reached by any of them, each with the first reason; nobody twice.
    package func unreachable(of targets: [EscalationTarget]) -> [(user: UserID, why: Unreachable)] {
        var seen = Set(recipients(of: targets).map(\.user))
        return targets.flatMap { target in
            (candidates[target] ?? []).compactMap { candidate in
                guard seen.insert(candidate.user).inserted else { return nil }
                guard case .unreachable(let why) = candidate.reach else { return (candidate.user, .noContact) }
                return (candidate.user, why)
            }
        }
    }

    /// The way to somebody who accepted the alert; `nil` if there is none.
    package func recipient(_ user: UserID) -> Recipient? {
        let known = [acceptor].compactMap { $0 } + candidates.values.flatMap { $0 }
        for candidate in known where candidate.user == user {
            guard case .contacts(let contacts) = candidate.reach, !contacts.isEmpty else { continue }
            return Recipient(user: user, target: nil, contacts: contacts)
        }
        return nil
    }
}

/// One person that a target means now.
package struct Candidate: Hashable, Sendable {
    package var user: UserID
    package var reach: Reach

    package init(user: UserID, reach: Reach) {
        self.user = user
        self.reach = reach
    }

    /// How a person is reached now.
    package enum Reach: Hashable, Sendable {
        /// By these, chosen by the policy's channels for the urgency and the person's own rules; by the screens alone
        /// where there are none.
        case contacts([PlannedContact])
        /// Not at all.
        case unreachable(Unreachable)
    }
}

/// One message that a page becomes: by which way, and how long after the page.
package struct PlannedContact: Hashable, Sendable {
    package var kind: ContactKind
    /// `nil` for the number that stands with the user.
    package var contact: ContactID?
    /// A later way (`thenAfter`), or the end of quiet hours; a message whose generation is over by then is not sent.
    package var after: Duration

    package init(kind: ContactKind, contact: ContactID? = nil, after: Duration = .zero) {
        self.kind = kind
        self.contact = contact
        self.after = after
    }

    /// A text message at once to the number that stands with the user.
    package static let text = PlannedContact(kind: .sms)
}

/// A person to be paged, by which ways, and why it is this one.
package struct Recipient: Hashable, Sendable {
    /// Who.
    package let user: UserID
    /// The target that this person was found by; `nil` for who accepted the alert.
    package let target: EscalationTarget?
    /// Empty for a person whom the policy tells by the screens alone.
    package let contacts: [PlannedContact]

    package init(user: UserID, target: EscalationTarget?, contacts: [PlannedContact] = [.text]) {
        self.user = user
        self.target = target
        self.contacts = contacts
    }
}
