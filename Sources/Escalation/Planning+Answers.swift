import Clinic

/// What people do: accept, report, pass on, put off, close, re-open.
extension Planning {
    mutating func escalateNow(by user: UserID) -> EscalationPlan.Outcome {
        switch state.phase {
        case .new: return .refused(.notRaised)
        case .answered: return .refused(.alreadyAcknowledged)
        case .ended: return .refused(.alreadyClosed)
        case .running: advance(.manual, by: user)
        case .snoozed: resume(.manual, by: user)
        case .exhausted: alarm(.manual, by: user)
        }
        return .applied
    }

    mutating func acknowledge(by user: UserID) -> EscalationPlan.Outcome {
        switch state.phase {
        case .new: return .refused(.notRaised)
        case .answered: return .alreadySo
        case .ended: return .refused(.alreadyClosed)
        case .running, .snoozed, .exhausted:
            accept(by: user)
            setStatus(.acknowledged)
            record(.acknowledged, user: user)
            add(.emit(.acknowledged(doctor: user)))
            return .applied
        }
    }

    mutating func workingOnIt(by user: UserID) -> EscalationPlan.Outcome {
        guard case .answered = state.phase else { return acknowledge(by: user) }
        guard user == state.acceptedBy else { return .refused(.alreadyAcknowledged) }
        accept(by: user)
        record(.workingOnIt, user: user)
        return .applied
    }

    mutating func decline(by user: UserID) -> EscalationPlan.Outcome {
        switch state.phase {
        case .new: return .refused(.notRaised)
        case .ended: return .refused(.alreadyClosed)
        case .answered:
            guard user == state.acceptedBy, policy.afterAccept.handoffAllowed else {
                return .refused(.alreadyAcknowledged)
            }
            unaccept(.handedBack, by: user)
            return .applied
        case .running, .snoozed, .exhausted: break
        }
        guard let person = state.people.first(where: { $0.user == user }) else { return .refused(.notPaged) }
        guard person.standing != .declined else { return .alreadySo }
        stand(user, as: .declined, from: [.paged, .delivered, .failed])
        record(.declined, user: user)
        add(.emit(.declined(by: user)))
        advanceIfHopeless(.declined, .declined)
        return .applied
    }

    mutating func snooze(by user: UserID, for duration: Duration) -> EscalationPlan.Outcome {
        var spent = state.snoozed
        switch state.phase {
        case .new: return .refused(.notRaised)
        case .answered: return .refused(.alreadyAcknowledged)
        case .ended: return .refused(.alreadyClosed)
        case .snoozed(let until): spent -= max(until.duration(since: now), .zero)
        case .running, .exhausted: break
        }
        let limit = policy.snooze.max[state.urgency] ?? .zero
        guard limit > .zero else { return .refused(.snoozeNotAllowed) }
        guard duration > .zero, duration <= limit, spent <= limit - duration else { return .refused(.snoozeTooLong) }
        state.snoozed = max(spent, .zero) + duration
        state.generation &+= 1
        let until = now.advanced(by: duration)
        enter(.snoozed(until: until))
        record(.snoozed, user: user)
        add(.emit(.snoozed(by: user, until: until)))
        return .applied
    }

    mutating func close(by user: UserID?) -> EscalationPlan.Outcome {
        if case .ended = state.phase { return .alreadySo }
        state.generation &+= 1
        state.people = []
        enter(.ended(at: now))
        setStatus(.closed)
        record(.closed, user: user, reason: user == nil ? .stale : nil)
        add(.emit(.closed))
        return .applied
    }

    mutating func reopen(by user: UserID) -> EscalationPlan.Outcome {
        switch state.phase {
        case .new: return .refused(.notRaised)
        case .running, .snoozed, .exhausted, .answered: return .alreadySo
        case .ended(let at):
            guard now.duration(since: at) <= policy.reopen else { return .refused(.reopenTooLate) }
            state.acceptedBy = nil
            state.step = 0
            state.loop = 0
            setStatus(.pending)
            record(.reopened, user: user)
            add(.emit(.reopened))
            enterStep(after: 0, reason: nil)
            return .applied
        }
    }

    // Accepted is not handled

    /// Makes the alert this person's, from now on.
    private mutating func accept(by user: UserID) {
        state.generation &+= 1
        state.people = []
        state.acceptedBy = user
        let rules = policy.afterAccept
        let unacceptAt = rules.unaccept[state.urgency].map { now.advanced(by: max($0, Self.shortestWait)) }
        enter(.answered(dueAt: nextReminder(before: unacceptAt), unacceptAt: unacceptAt))
    }

    /// Tells who accepted that the alert is still open, and arms the next reminder.
    mutating func remind(until unacceptAt: Timestamp?) {
        state.generation &+= 1
        enter(.answered(dueAt: nextReminder(before: unacceptAt), unacceptAt: unacceptAt))
        guard let user = state.acceptedBy else { return }
        record(.reminded, user: user)
        add(.emit(.reminded(doctor: user)))
        guard let recipient = roster.recipient(user) else { return }
        page([recipient], template: .stillOpen, answerWithin: unacceptAt?.duration(since: now))
    }

    /// Nobody has the alert any more: the policy goes on.
    mutating func unaccept(_ reason: TimelineEntry.Reason, by user: UserID?) {
        let doctor = state.acceptedBy
        setStatus(.escalated)
        record(.unaccepted, user: user ?? doctor, reason: reason)
        state.acceptedBy = nil
        add(.emit(.unaccepted(doctor: doctor)))
        resume(reason, by: user)
    }

    private func nextReminder(before unacceptAt: Timestamp?) -> Timestamp? {
        let reminder = policy.afterAccept.remind[state.urgency].map { now.advanced(by: max($0, Self.shortestWait)) }
        guard let reminder, let unacceptAt else { return reminder ?? unacceptAt }
        return min(reminder, unacceptAt)
    }
}
