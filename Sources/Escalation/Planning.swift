import Clinic

/// One run of the planner: the state being changed and the effects gathered so far.
struct Planning {
    var state: EscalationState
    private(set) var effects: [EscalationEffect] = []
    let policy: EscalationPolicy
    let roster: Roster
    let now: Timestamp

    /// A wait of zero or less would make a timer spin; what a stored policy says is held to this at least.
    static let shortestWait = Duration.seconds(1)

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
        case .delivered(let user): delivered(to: user)
        case .contactsFailed(let user, let step, let generation):
            contactsFailed(user, step: step, generation: generation)
        case .contactGone(let user, let why): contactGone(user, why)
        case .scheduleEmpty(let schedule): scheduleEmpty(schedule)
        case .noLiveScreen: noLiveScreen()
        case .repeated(let urgency): repeated(urgency)
        case .escalateNow(let user): escalateNow(by: user)
        case .acknowledged(let user): acknowledge(by: user)
        case .workingOnIt(let user): workingOnIt(by: user)
        case .declined(let user): decline(by: user)
        case .snoozed(let user, let duration): snooze(by: user, for: duration)
        case .closed(let user): close(by: user)
        case .reopened(let user): reopen(by: user)
        }
    }

    // Effects

    mutating func add(_ effect: EscalationEffect) { effects.append(effect) }

    /// Moves to a phase and sets the one timer to its time.
    mutating func enter(_ phase: EscalationPhase) {
        state.phase = phase
        add(phase.dueAt.map { .armTimer(at: $0) } ?? .disarmTimer)
    }

    mutating func page(_ recipients: [Recipient], template: TextTemplate, answerWithin: Duration?) {
        add(
            .page(
                Page(
                    recipients: recipients, step: state.step, loop: state.loop, template: template,
                    answerWithin: answerWithin)))
        for recipient in recipients {
            record(.paged, user: recipient.user, reason: TimelineEntry.Reason(recipient.target))
        }
    }

    mutating func setStatus(_ status: AlertStatus) {
        guard status != state.status else { return }
        state.status = status
        add(.setStatus(status))
    }

    mutating func record(
        _ kind: TimelineEntry.Kind, step: Int? = nil, user: UserID? = nil, reason: TimelineEntry.Reason? = nil
    ) {
        add(
            .record(
                TimelineEntry(
                    kind: kind, status: state.status, step: step ?? state.step, user: user, reason: reason)))
    }

    /// Notes what became of a person's page; false if nobody of that name stands at one of the places given.
    @discardableResult
    mutating func stand(
        _ user: UserID, as standing: PagedPerson.Standing, from places: [PagedPerson.Standing]
    ) -> Bool {
        guard let index = state.people.firstIndex(where: { $0.user == user && places.contains($0.standing) })
        else { return false }
        state.people[index].standing = standing
        return true
    }
}
