import Clinic

/// What the hub notices: timers, receipts, failures, people and screens that are gone, repetitions.
extension Planning {
    mutating func raise() -> EscalationPlan.Outcome {
        guard case .new = state.phase else { return .alreadySo }
        record(.raised)
        enterStep(after: 0, reason: nil)
        return .applied
    }

    mutating func timerDue(_ generation: Int64) -> EscalationPlan.Outcome {
        guard generation == state.generation, let dueAt = state.phase.dueAt else { return .stale }
        guard now >= dueAt else {
            // The timer was moved back, or the clock: it was taken from its row, so it must be put back.
            add(.armTimer(at: dueAt))
            return .applied
        }
        switch state.phase {
        case .running(_, let stepEndsAt):
            if now >= stepEndsAt { advance(.timer) } else { timerDueInStep(until: stepEndsAt) }
        case .snoozed:
            resume(.snoozeOver)
        case .exhausted:
            alarm(.timer)
        case .answered(_, let unacceptAt):
            if let unacceptAt, now >= unacceptAt {
                unaccept(.notHandled, by: nil)
            } else {
                remind(until: unacceptAt)
            }
        case .new, .ended:
            return .stale
        }
        return .applied
    }

    mutating func delivered(to user: UserID) -> EscalationPlan.Outcome {
        guard state.status.isUnanswered, state.phase != .new else { return .alreadySo }
        let stands = stand(user, as: .delivered, from: [.paged, .failed])
        let isFirstOfDoctor = user == state.assignedDoctor && state.status == .pending
        guard stands || isFirstOfDoctor else { return .alreadySo }
        if isFirstOfDoctor { setStatus(.delivered) }
        record(.delivered, user: user)
        if isFirstOfDoctor { add(.emit(.delivered(doctor: user))) }
        if stands, case .running(let dueAt, let stepEndsAt) = state.phase, dueAt < stepEndsAt {
            // The receipt came in time: the step gets its whole wait. Same step, same generation.
            enter(.running(dueAt: nextDue(before: stepEndsAt), stepEndsAt: stepEndsAt))
        }
        return .applied
    }

    mutating func contactsFailed(_ user: UserID, step: Int, generation: Int64) -> EscalationPlan.Outcome {
        guard generation == state.generation, step == state.step, state.status.isUnanswered else { return .stale }
        guard stand(user, as: .failed, from: [.paged]) else { return .alreadySo }
        record(.contactsFailed, user: user)
        advanceIfHopeless(.contactsFailed, .contactsFailed)
        return .applied
    }

    mutating func contactGone(_ user: UserID, _ why: Unreachable) -> EscalationPlan.Outcome {
        guard state.status.isUnanswered, stand(user, as: .failed, from: [.paged, .delivered]) else {
            return .alreadySo
        }
        record(.contactGone, user: user, reason: TimelineEntry.Reason(why))
        advanceIfHopeless(why.trigger, TimelineEntry.Reason(why))
        return .applied
    }

    mutating func scheduleEmpty(_ schedule: ScheduleID) -> EscalationPlan.Outcome {
        guard state.status.isUnanswered else { return .alreadySo }
        let gone = state.people.filter { $0.target == .schedule(schedule) && $0.standing.isHopeful }
        guard !gone.isEmpty else { return .alreadySo }
        for person in gone {
            stand(person.user, as: .failed, from: [.paged, .delivered])
            record(.contactGone, user: person.user, reason: .offDuty)
        }
        advanceIfHopeless(.offDuty, .offDuty)
        return .applied
    }

    /// Only for the first page, so that a clinic without screens does not run through its whole policy at once.
    mutating func noLiveScreen() -> EscalationPlan.Outcome {
        guard case .running = state.phase, state.status == .pending, policy.advanceNowOn.contains(.noLiveScreen),
            !state.people.contains(where: { $0.standing == .delivered })
        else { return .alreadySo }
        advance(.noLiveScreen)
        return .applied
    }

    mutating func repeated(_ urgency: UrgencyLevel) -> EscalationPlan.Outcome {
        switch state.phase {
        case .new: return .refused(.notRaised)
        case .ended: return .refused(.alreadyClosed)
        case .running, .snoozed, .exhausted, .answered: break
        }
        record(.raisedAgain)
        guard urgency > state.urgency, policy.dedup.onRepeat == .raiseUrgencyIfHigherElseCount else { return .applied }
        state.urgency = urgency
        add(.setUrgency(urgency))
        record(.urgencyRaised)
        add(.emit(.urgencyRaised(to: urgency)))
        switch state.phase {
        case .running, .snoozed: enterStep(after: max(state.step, 1) - 1, reason: .urgencyRaised)
        case .exhausted: alarm(.urgencyRaised)
        case .answered:
            // Whoever accepted something milder is told at once, and has the time that the new urgency gives.
            remind(until: policy.afterAccept.unaccept[urgency].map { now.advanced(by: max($0, Self.shortestWait)) })
        case .new, .ended: break
        }
        return .applied
    }
}
