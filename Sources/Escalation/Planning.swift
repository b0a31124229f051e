import Clinic

/// One run of the planner: the state being changed and the effects gathered so far.
struct Planning {
    private(set) var state: EscalationState
    private(set) var effects: [EscalationEffect] = []
    private let policy: EscalationPolicy
    private let roster: Roster
    private let now: Timestamp

    /// A repeat of zero or less would make the alarm spin; what a stored policy says is held to this at least.
    private static let shortestWait = Duration.seconds(1)

    init(state: EscalationState, policy: EscalationPolicy, roster: Roster, now: Timestamp) {
        self.state = state
        self.policy = policy
        self.roster = roster
        self.now = now
    }

    /// Changes the state by the input and says what became of it.
    mutating func take(_ input: EscalationInput) -> EscalationPlan.Outcome {
        switch input {
        case .raised: raise()
        case .timerDue(let generation): timerDue(generation)
        case .escalateNow(let user): escalateNow(by: user)
        case .delivered(let user): delivered(to: user)
        case .contactsFailed(let user, let step, let generation):
            contactsFailed(user, step: step, generation: generation)
        case .acknowledged(let user): acknowledge(by: user)
        case .declined(let user): decline(by: user)
        case .closed(let user): close(by: user)
        }
    }

    // Inputs

    private mutating func raise() -> EscalationPlan.Outcome {
        guard case .new = state.phase else { return .alreadySo }
        record(.raised)
        enterStep(after: 0, reason: nil)
        return .applied
    }

    private mutating func timerDue(_ generation: Int64) -> EscalationPlan.Outcome {
        guard generation == state.generation, let dueAt = state.phase.dueAt else { return .stale }
        guard now >= dueAt else {
            // The timer was moved back, or the clock: it was taken from its row, so it must be put back.
            effects.append(.armTimer(at: dueAt))
            return .applied
        }
        switch state.phase {
        case .running(_, let stepEndsAt):
            advance(now < stepEndsAt ? .receiptTimeout : .timer)
        case .exhausted:
            alarm(.timer)
        case .new, .answered, .ended:
            return .stale
        }
        return .applied
    }

    private mutating func escalateNow(by user: UserID) -> EscalationPlan.Outcome {
        switch state.phase {
        case .new: return .refused(.notRaised)
        case .answered: return .refused(.alreadyAcknowledged)
        case .ended: return .refused(.alreadyClosed)
        case .running: advance(.manual, by: user)
        case .exhausted: alarm(.manual, by: user)
        }
        return .applied
    }

    private mutating func delivered(to user: UserID) -> EscalationPlan.Outcome {
        guard state.status.isUnanswered, state.phase != .new else { return .alreadySo }
        let stands = stand(user, as: .delivered, from: [.paged, .failed])
        let isFirstOfDoctor = user == state.assignedDoctor && state.status == .pending
        guard stands || isFirstOfDoctor else { return .alreadySo }
        if isFirstOfDoctor { setStatus(.delivered) }
        record(.delivered, user: user)
        if isFirstOfDoctor { effects.append(.emit(.delivered(doctor: user))) }
        if stands, case .running(let dueAt, let stepEndsAt) = state.phase, dueAt < stepEndsAt {
            // The receipt came in time: the step gets its whole wait. Same step, same generation.
            state.phase = .running(dueAt: stepEndsAt, stepEndsAt: stepEndsAt)
            effects.append(.armTimer(at: stepEndsAt))
        }
        return .applied
    }

    private mutating func contactsFailed(
        _ user: UserID, step: Int, generation: Int64
    ) -> EscalationPlan.Outcome {
        guard generation == state.generation, step == state.step, state.status.isUnanswered else { return .stale }
        guard stand(user, as: .failed, from: [.paged]) else { return .alreadySo }
        record(.contactsFailed, user: user)
        advanceIfHopeless(.contactsFailed)
        return .applied
    }

    private mutating func acknowledge(by user: UserID) -> EscalationPlan.Outcome {
        switch state.phase {
        case .new: return .refused(.notRaised)
        case .answered: return .alreadySo
        case .ended: return .refused(.alreadyClosed)
        case .running, .exhausted:
            end(as: .acknowledged, phase: .answered)
            record(.acknowledged, user: user)
            effects.append(.emit(.acknowledged(doctor: user)))
            return .applied
        }
    }

    private mutating func decline(by user: UserID) -> EscalationPlan.Outcome {
        switch state.phase {
        case .new: return .refused(.notRaised)
        case .answered: return .refused(.alreadyAcknowledged)
        case .ended: return .refused(.alreadyClosed)
        case .running, .exhausted: break
        }
        guard let person = state.people.first(where: { $0.user == user }) else { return .refused(.notPaged) }
        guard person.standing != .declined else { return .alreadySo }
        stand(user, as: .declined, from: [.paged, .delivered, .failed])
        record(.declined, user: user)
        advanceIfHopeless(.declined)
        return .applied
    }

    private mutating func close(by user: UserID) -> EscalationPlan.Outcome {
        switch state.phase {
        case .ended: return .alreadySo
        case .new, .running, .exhausted, .answered:
            end(as: .closed, phase: .ended)
            record(.closed, user: user)
            effects.append(.emit(.closed))
            return .applied
        }
    }

    // Steps

    /// Goes on if nobody of the current step can answer any more; an exhausted alert keeps to its alarm.
    private mutating func advanceIfHopeless(_ reason: TimelineEntry.Reason) {
        guard case .running = state.phase, !state.people.contains(where: \.standing.isHopeful) else { return }
        advance(reason)
    }

    private mutating func advance(_ reason: TimelineEntry.Reason, by user: UserID? = nil) {
        enterStep(after: state.step, reason: reason, by: user)
    }

    /// Enters the next step that has somebody to page, in this loop or the next, or finds that there is none.
    ///
    /// Looks at each step at most once and the current one last, so it ends even where the loops do not.
    private mutating func enterStep(after current: Int, reason: TimelineEntry.Reason?, by user: UserID? = nil) {
        let count = policy.steps.count
        var number = current
        var loop = state.loop
        for _ in 0..<count {
            number &+= 1
            if number > count || number < 1 {
                let allowed = policy.loops[state.urgency]
                guard allowed < 0 || loop < allowed else { break }
                number = 1
                loop &+= 1
            }
            let step = policy.steps[number - 1]
            guard let wait = step.wait[state.urgency] else { continue }
            let recipients = roster.recipients(of: step.targets)
            if recipients.isEmpty {
                record(.skipped, step: number, reason: .nobodyReachable)
                continue
            }
            begin(number, loop: loop, recipients: recipients, wait: max(wait, Self.shortestWait), reason, by: user)
            return
        }
        state.loop = loop
        alarm(reason ?? .nobodyReachable, by: user)
    }

    private mutating func begin(
        _ number: Int, loop: Int, recipients: [Recipient], wait: Duration, _ reason: TimelineEntry.Reason?,
        by user: UserID?
    ) {
        state.step = number
        state.loop = loop
        state.generation &+= 1
        state.people = recipients.map { PagedPerson(user: $0.user, standing: .paged) }
        let stepEndsAt = now.advanced(by: wait)
        let receiptWait = policy.receiptTimeout[state.urgency].map { max($0, Self.shortestWait) }
        let dueAt = min(stepEndsAt, now.advanced(by: receiptWait ?? wait))
        state.phase = .running(dueAt: dueAt, stepEndsAt: stepEndsAt)

        let isFirst = number == 1 && loop == 0
        if !isFirst {
            setStatus(.escalated)
            record(.escalated, user: user, reason: reason ?? .nobodyReachable)
            effects.append(.emit(.escalated(step: number)))
        }
        let template: TextTemplate = isFirst ? (state.urgency == .critical ? .critical : .page) : .backup
        page(recipients, template: template, answerWithin: wait)
        effects.append(.armTimer(at: dueAt))
    }

    /// The end of the policy: tells the dashboards and whoever can be reached, and arms the next alarm.
    private mutating func alarm(_ reason: TimelineEntry.Reason, by user: UserID? = nil) {
        let wait = max(policy.exhaustedRepeat, Self.shortestWait)
        let dueAt = now.advanced(by: wait)
        state.generation &+= 1
        state.phase = .exhausted(dueAt: dueAt)
        setStatus(.escalated)
        record(.exhausted, user: user, reason: reason)
        effects.append(.emit(.exhausted))
        var recipients = roster.recipients(of: policy.exhaustedTargets)
        if recipients.isEmpty { recipients = roster.recipients(of: policy.targets) }
        state.people = recipients.map { PagedPerson(user: $0.user, standing: .paged) }
        if !recipients.isEmpty { page(recipients, template: .exhausted, answerWithin: nil) }
        effects.append(.armTimer(at: dueAt))
    }

    private mutating func end(as status: AlertStatus, phase: EscalationPhase) {
        state.generation &+= 1
        state.phase = phase
        state.people = []
        effects.append(.disarmTimer)
        setStatus(status)
    }

    // Effects

    private mutating func page(_ recipients: [Recipient], template: TextTemplate, answerWithin: Duration?) {
        effects.append(
            .page(
                Page(
                    recipients: recipients, step: state.step, loop: state.loop, template: template,
                    answerWithin: answerWithin)))
        for recipient in recipients {
            record(.paged, user: recipient.user, reason: recipient.target.reason)
        }
    }

    private mutating func setStatus(_ status: AlertStatus) {
        guard status != state.status else { return }
        state.status = status
        effects.append(.setStatus(status))
    }

    /// Notes what became of a person's page; false if nobody of that name stands at one of the places given.
    @discardableResult
    private mutating func stand(
        _ user: UserID, as standing: PagedPerson.Standing, from places: [PagedPerson.Standing]
    ) -> Bool {
        guard let index = state.people.firstIndex(where: { $0.user == user && places.contains($0.standing) })
        else { return false }
        state.people[index].standing = standing
        return true
    }

    private mutating func record(
        _ kind: TimelineEntry.Kind, step: Int? = nil, user: UserID? = nil, reason: TimelineEntry.Reason? = nil
    ) {
        effects.append(
            .record(
                TimelineEntry(
                    kind: kind, status: state.status, step: step ?? state.step, user: user, reason: reason)))
    }
}

extension EscalationTarget {
    fileprivate var reason: TimelineEntry.Reason {
        switch self {
        case .assignedDoctor: .assignedDoctor
        case .backupOfAssigned: .backupOfAssigned
        case .role: .role
        }
    }
}
