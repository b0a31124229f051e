import Clinic

/// The way up the policy: steps, repeats, loops, the alarm at its end.
extension Planning {
    /// How long the clinic's screens have to confirm a new alert.
    static let screenWait = Duration.seconds(3)

    /// When the screens must have confirmed the first page; nil where that is not asked, or not any more.
    private var screensDueAt: Timestamp? {
        guard state.status == .pending, state.loop == 0, policy.advanceNowOn.contains(.noLiveScreen),
            !state.people.contains(where: { $0.standing == .delivered })
        else { return nil }
        return stepBegan?.advanced(by: Self.screenWait)
    }

    /// When the running step was entered.
    private var stepBegan: Timestamp? {
        guard case .running(_, let stepEndsAt) = state.phase, policy.steps.indices.contains(state.step - 1),
            let wait = policy.steps[state.step - 1].wait[state.urgency]
        else { return nil }
        return stepEndsAt.advanced(by: .zero - max(wait, Self.shortestWait))
    }

    /// When a receipt must have come; nil where none is asked for.
    private var receiptDueAt: Timestamp? {
        guard awaitsReceipt, let wait = policy.urgencies[state.urgency].receiptTimeout else { return nil }
        return (stepBegan ?? now).advanced(by: max(wait, Self.shortestWait))
    }

    /// What the timer of a running step is due for before the step's end.
    mutating func timerDueInStep(until stepEndsAt: Timestamp) {
        if let screensDueAt, now >= screensDueAt, !roster.isSeenOnScreens { return advance(.noLiveScreen) }
        if let receiptDueAt {
            if now >= receiptDueAt { return advance(.receiptTimeout) }
            return enter(.running(dueAt: nextDue(before: stepEndsAt), stepEndsAt: stepEndsAt))
        }
        repeatStep(until: stepEndsAt)
    }

    /// Whether the step that is running ends if no receipt comes.
    var awaitsReceipt: Bool {
        policy.urgencies[state.urgency].receiptTimeout != nil && policy.advanceNowOn.contains(.receiptTimeout)
            && !state.people.contains { $0.standing == .delivered } && !state.people.isEmpty
    }

    /// Goes on if nobody of the current step can answer any more and the policy wants that; an exhausted alert keeps to
    /// its alarm, a snoozed one to its snooze.
    mutating func advanceIfHopeless(_ trigger: AdvanceTrigger, _ reason: TimelineEntry.Reason) {
        guard case .running = state.phase, !state.people.contains(where: \.standing.isHopeful),
            policy.advanceNowOn.contains(trigger)
        else { return }
        advance(reason)
    }

    mutating func advance(_ reason: TimelineEntry.Reason, by user: UserID? = nil) {
        enterStep(after: state.step, reason: reason, by: user)
    }

    /// Goes on where the policy says that it does after an acceptance or a snooze.
    mutating func resume(_ reason: TimelineEntry.Reason, by user: UserID? = nil) {
        switch policy.afterAccept.resume {
        case .nextStep: enterStep(after: state.step, reason: reason, by: user)
        case .sameStep: enterStep(after: max(state.step, 1) - 1, reason: reason, by: user)
        case .firstStep: enterStep(after: 0, reason: reason, by: user)
        }
    }

    /// Enters the next step that has somebody to page, in this loop or the next, or finds that there is none.
    ///
    /// Looks at each step at most once and the current one last, so it ends even where the loops do not.
    mutating func enterStep(after current: Int, reason: TimelineEntry.Reason?, by user: UserID? = nil) {
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
            for (user, why) in roster.unreachable(of: step.targets) {
                record(.unreachable, step: number, user: user, reason: TimelineEntry.Reason(why))
            }
            if recipients.isEmpty && step.skipIfEmpty {
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
        let isFirst = number == 1 && loop == 0 && reason == nil
        state.step = number
        state.loop = loop
        state.generation &+= 1
        state.people = recipients.map { PagedPerson(user: $0.user, standing: .paged, target: $0.target) }
        if !isFirst {
            setStatus(.escalated)
            record(.escalated, user: user, reason: reason ?? .nobodyReachable)
            add(.emit(.escalated(step: number)))
        }
        if !recipients.isEmpty {
            let first: TextTemplate = state.urgency == .critical ? .critical : .page
            page(recipients, template: isFirst ? first : .backup, answerWithin: wait)
        }
        let stepEndsAt = now.advanced(by: wait)
        state.phase = .running(dueAt: stepEndsAt, stepEndsAt: stepEndsAt)
        enter(.running(dueAt: nextDue(before: stepEndsAt), stepEndsAt: stepEndsAt))
    }

    /// Pages once more whoever of the step has not answered; the step itself goes on.
    private mutating func repeatStep(until stepEndsAt: Timestamp) {
        let hopeful = Set(state.people.filter(\.standing.isHopeful).map(\.user))
        let targets = policy.steps.indices.contains(state.step - 1) ? policy.steps[state.step - 1].targets : []
        let recipients = roster.recipients(of: targets).filter { hopeful.contains($0.user) }
        if policy.urgencies[state.urgency].repeatStep != nil, !recipients.isEmpty {
            state.generation &+= 1
            record(.repeated)
            page(recipients, template: .backup, answerWithin: stepEndsAt.duration(since: now))
        }
        enter(.running(dueAt: nextDue(before: stepEndsAt), stepEndsAt: stepEndsAt))
    }

    /// When the timer of a running step is due next: for its receipts, for its next page, or at its end.
    func nextDue(before stepEndsAt: Timestamp) -> Timestamp {
        guard !state.people.isEmpty else { return stepEndsAt }
        var next = stepEndsAt
        if let screensDueAt, now < screensDueAt { next = min(next, screensDueAt) }
        if let receiptDueAt {
            next = min(next, max(receiptDueAt, now))
        } else if let wait = policy.urgencies[state.urgency].repeatStep {
            next = min(next, now.advanced(by: max(wait, Self.shortestWait)))
        }
        return next
    }

    /// The end of the policy: tells the dashboards and whoever can be reached, and arms the next alarm.
    mutating func alarm(_ reason: TimelineEntry.Reason, by user: UserID? = nil) {
        state.generation &+= 1
        setStatus(.escalated)
        record(.exhausted, user: user, reason: reason)
        add(.emit(.exhausted))
        var recipients = roster.recipients(of: policy.onExhausted.targets)
        if recipients.isEmpty { recipients = roster.recipients(of: policy.targets) }
        state.people = recipients.map { PagedPerson(user: $0.user, standing: .paged, target: $0.target) }
        if !recipients.isEmpty { page(recipients, template: .exhausted, answerWithin: nil) }
        enter(.exhausted(dueAt: now.advanced(by: max(policy.onExhausted.repeatEvery, Self.shortestWait))))
    }
}
