package import Clinic
package import Escalation

/// What a plan needs of one alert, read under its lock: `EscalationSnapshot`.
package struct AlertSnapshot: Sendable {
    package let alert: AlertID
    package let state: EscalationState
    package let policy: EscalationPolicy
    package let now: Timestamp
    let people: [MeantPerson]
    let onDuty: [ScheduleID: UserID]
    let isSeenOnScreens: Bool

    /// As `EscalationSnapshot.roster` and `EscalationStore.apply`.
    package func plan(_ input: EscalationInput) -> EscalationPlan {
        var urgency = state.urgency
        if case .repeated(let wanted) = input { urgency = max(urgency, wanted) }
        var roster = Roster(
            people, onDuty: onDuty, doctor: state.assignedDoctor, acceptor: state.acceptedBy, policy: policy,
            urgency: urgency, now: now, zone: { _ in TimeZoneRules.utc })
        roster.isSeenOnScreens = isSeenOnScreens
        return Planner.plan(state, input, policy: policy, roster: roster, now: now)
    }
}

/// A due timer: `TimerStore.Due`.
package struct DueTimer: Sendable {
    package let alert: AlertID
    package let input: EscalationInput
    package let dueAt: Timestamp
}

extension SimulatedDatabase {
    /// `raise_alert`: a doctor with one contact and nothing else to heed is paged here, whoever has more by the engine.
    package func raise(
        urgency: UrgencyLevel, assignedTo doctor: UserID?, policy: EscalationPolicy
    ) -> (alert: AlertID, hasMessage: Bool, dueAt: Timestamp) {
        let alert = AlertID(high: 0, low: UInt64(alerts.count))
        if let doctor, let first = FirstPage(of: urgency, assignedTo: doctor, policy: policy),
            let person = people.first(where: { $0.user == doctor }), person.isActive,
            person.profile.contacts.count == 1, let contact = person.profile.contacts.first,
            contact.obstacle == nil, first.ignoresQuietHours || person.profile.quietHours == nil
        {
            var state = first.state
            let dueAt = now.advanced(by: first.dueAfter)
            state.phase = .running(dueAt: dueAt, stepEndsAt: now.advanced(by: first.stepEndsAfter))
            insert(EscalationRow(id: alert, policy: policy, state: state, raisedAt: now))
            write(
                to: doctor, by: PlannedContact(kind: contact.kind, contact: contact.id),
                of: alert, state, answerWithin: first.answerWithin)
            return (alert, true, dueAt)
        }
        let state = EscalationState(urgency: urgency, assignedDoctor: doctor)
        insert(EscalationRow(id: alert, policy: policy, state: state, raisedAt: now))
        return (alert, false, now)
    }

    /// `read_escalation` and `read_roster`.
    package func snapshot(_ alert: AlertID) -> AlertSnapshot {
        let row = self[alert]
        var meant: [MeantPerson] = []
        func add(_ person: PersonRow, _ target: EscalationTarget?, isAcceptor: Bool = false) {
            meant.append(
                MeantPerson(
                    target: target, isAcceptor: isAcceptor, user: person.user, isActive: person.isActive,
                    profile: person.profile))
        }
        for person in people where person.user == row.state.assignedDoctor { add(person, .assignedDoctor) }
        if let doctor = row.state.assignedDoctor {
            for person in people where person.isBackupOf == doctor { add(person, .backupOfAssigned) }
        }
        for person in people where person.user == row.state.acceptedBy { add(person, nil, isAcceptor: true) }
        var duty: [ScheduleID: UserID] = [:]
        for target in row.policy.targets {
            switch target {
            case .role(let role):
                for person in people where person.role == role && person.isActive && person.profile.obstacle == nil {
                    add(person, target)
                }
            case .schedule(let schedule):
                for person in people where person.role == .doctor { add(person, nil) }
                duty[schedule] = onDuty[schedule]
            case .assignedDoctor, .backupOfAssigned: break
            }
        }
        return AlertSnapshot(
            alert: alert, state: row.state, policy: row.policy, now: now, people: meant, onDuty: duty,
            isSeenOnScreens: row.isSeenOnScreens)
    }

    /// A screen's receipt: `keep` of `EventStore`.
    package func noteSeen(_ alert: AlertID) { change(alert) { $0.isSeenOnScreens = true } }

    // MARK: Timers

    /// `lock_due_timers`: the most urgent first; `lock` says whether the row was free.
    package func dueTimers(limit: Int, lock: (AlertID) -> Bool) -> [DueTimer] {
        let due = armed.map { self[$0] }.filter { row in
            (timerDue(row).map { $0 <= now } ?? false) && row.claimedUntil.map { $0 <= now } ?? true
        }
        let sorted = due.sorted {
            ($1.state.urgency.rank, timerDue($0)?.microseconds ?? 0, $0.id)
                < ($0.state.urgency.rank, timerDue($1)?.microseconds ?? 0, $1.id)
        }
        var taken: [DueTimer] = []
        for row in sorted where taken.count < limit && lock(row.id) {
            var input = EscalationInput.timerDue(generation: row.state.generation)
            if case .new = row.state.phase { input = .raised }
            taken.append(DueTimer(alert: row.id, input: input, dueAt: timerDue(row) ?? now))
        }
        return taken
    }

    /// `due_at`: an alert whose policy is still to begin is due when it is raised.
    func timerDue(_ row: EscalationRow) -> Timestamp? {
        if case .new = row.state.phase { return row.raisedAt }
        return row.state.phase.dueAt
    }

    /// `next_timer`, after a look that took so many.
    package func nextTimerIn(taken: Int) -> Duration? {
        let due = armed.filter { timer in
            (timerDue(self[timer]).map { $0 <= now } ?? false) && self[timer].claimedUntil.map { $0 <= now } ?? true
        }
        let coming = armed.compactMap { timerDue(self[$0]) }.filter { $0 > now }.min()?.duration(since: now)
        return TimerLook.next(coming: coming, due: due.count, taken: taken)
    }

    /// `put_timer_aside`.
    package func putAside(_ alert: AlertID, for rest: Duration) {
        change(alert) { $0.claimedUntil = now.advanced(by: rest) }
    }

    // MARK: The commit of a plan

    /// The rows that `EscalationCommit` writes beside the alert's own: what `cancel_older_messages` finds.
    func older(than generation: Int64, of alert: AlertID) -> [MessageID] {
        messages(of: alert).filter { self[$0].state == .queued && self[$0].generation < generation }
    }

    /// `EscalationCommit`, in its order. How many messages it wrote.
    @discardableResult
    package func commit(_ plan: EscalationPlan, of alert: AlertID, _ input: EscalationInput) -> Int {
        let before = self[alert].state
        if plan.state.generation != before.generation {
            for message in older(than: plan.state.generation, of: alert) { change(message) { $0.state = .cancelled } }
        }
        change(alert) {
            $0.state = plan.state
            $0.claimedUntil = nil
        }
        journal(.advanced(alert, before: before, after: plan.state, plan.effects, input))
        var count = 0
        for case .page(let page) in plan.effects {
            for recipient in page.recipients {
                for contact in recipient.contacts {
                    write(to: recipient.user, by: contact, of: alert, plan.state, answerWithin: page.answerWithin)
                    count += 1
                }
            }
        }
        return count
    }

    /// `insert_message`: nothing for a person who is not active or a contact that is gone.
    private func write(
        to user: UserID, by contact: PlannedContact, of alert: AlertID, _ state: EscalationState,
        answerWithin: Duration?
    ) {
        guard let person = people.first(where: { $0.user == user }), person.isActive,
            person.profile.contacts.contains(where: { $0.id == contact.contact })
        else { return }
        let validity = MessageValidity.of(
            contact.kind, self[alert].policy.urgencies[state.urgency], answerWithin: answerWithin)
        insert(
            MessageRow(
                id: MessageID(high: 0, low: UInt64(messages.count)), alert: alert, user: user,
                contact: contact.contact, kind: contact.kind, urgency: state.urgency, step: state.step,
                generation: state.generation, notBefore: now.advanced(by: contact.after),
                expiresAt: now.advanced(by: validity + contact.after)))
    }
}
