import Clinic
import Escalation

/// What must hold of alerts, by their committed plans.
extension Observer {
    func raised(_ row: EscalationRow) {
        count { $0.alerts += 1 }
        var story = Story(policy: row.policy, state: row.state)
        if case .new = row.state.phase {
            story.promises.append(promise("a new alert's policy begins", row.id, dueAt: now))
            stories[row.id] = story
        } else {
            stories[row.id] = story
            entered(row.id, row.state, at: now)
            stories[row.id]?.generationsPaged = [row.state.generation]
        }
    }

    func advanced(
        _ alert: AlertID, _ before: EscalationState, _ after: EscalationState, _ effects: [EscalationEffect],
        _ input: EscalationInput
    ) {
        guard let known = stories[alert] else { return fail(alert, "a plan of an alert that was never raised") }
        count { $0.plans += 1 }
        must(before == known.state, alert, "a plan is of the state that was committed last")
        must(after.generation >= before.generation, alert, "generations only rise")
        checkStatuses(alert, before, after, effects)
        let isRepetition = effects.contains {
            if case .record(let entry) = $0 { entry.kind == .repeated } else { false }
        }
        let pages = effects.compactMap { if case .page(let page) = $0 { page } else { nil } }
        stories[alert]?.state = after
        let moved = after.generation != before.generation
        if moved {
            for promise in known.promises where !isRepetition && promise.keptAt == nil { promise.keptAt = now }
            stories[alert]?.pageDueAt = known.promises.filter { $0.keptAt == now }.map(\.dueAt).filter { $0 < now }
                .min()
            if !isRepetition {
                stories[alert]?.promises = []
                entered(alert, after, at: now)
            }
        }
        for page in pages {
            must(moved, alert, "a page is of a new generation")
            must(
                stories[alert]?.generationsPaged.insert(after.generation).inserted ?? false, alert,
                "no step is taken twice in a generation")
            checkPage(page, alert, after)
        }
        if after.people.contains(where: { $0.standing == .delivered }) { keep(known.receipt) }
        if case .exhausted = after.phase, moved {
            count { $0.alarms += 1 }
            must(effects.contains(.emit(.exhausted)), alert, "the end of a policy is told on the screens")
        }
        if after.status.isUnanswered { must(after.phase.dueAt != nil, alert, "an unanswered alert has a timer") }
    }

    private func keep(_ promise: Promise?) {
        if let promise, promise.keptAt == nil { promise.keptAt = now }
    }

    private func checkPage(_ page: Page, _ alert: AlertID, _ state: EscalationState) {
        let users = page.recipients.map(\.user)
        must(!users.isEmpty && Set(users).count == users.count, alert, "a page has people, and nobody twice")
        switch state.phase {
        case .running, .exhausted: break
        case .answered: must(users == [state.acceptedBy], alert, "an accepted alert pages only who accepted it")
        case .new, .snoozed, .ended: fail(alert, "a page of an alert that is \(state.phase.name)")
        }
    }

    private func checkStatuses(
        _ alert: AlertID, _ before: EscalationState, _ after: EscalationState, _ effects: [EscalationEffect]
    ) {
        var status = before.status
        for case .setStatus(let next) in effects {
            must(Self.follow(status).contains(next), alert, "\(status.rawValue) may become \(next.rawValue)")
            status = next
        }
        must(status == after.status, alert, "the status that is written is the state's")
    }

    /// The statuses that may follow, as README and Protocol tell them.
    private static func follow(_ status: AlertStatus) -> [AlertStatus] {
        switch status {
        case .pending: [.delivered, .acknowledged, .escalated, .closed]
        case .delivered: [.acknowledged, .escalated, .closed]
        case .escalated: [.acknowledged, .closed]
        case .acknowledged: [.escalated, .closed]
        case .closed: [.pending]
        }
    }

    // MARK: What a phase promises, by the policy

    private func entered(_ alert: AlertID, _ state: EscalationState, at now: Timestamp) {
        guard let policy = stories[alert]?.policy else { return }
        var promises: [Promise] = []
        func add(_ what: @autoclosure () -> String, after wait: Duration?) -> Promise? {
            guard let wait else { return nil }
            let promise = promise(what(), alert, dueAt: now.advanced(by: max(wait, .seconds(1))))
            promises.append(promise)
            return promise
        }
        stories[alert]?.receipt = nil
        switch state.phase {
        case .running:
            let step = policy.steps[state.step - 1]
            _ = add("step \(state.step) ends", after: step.wait[state.urgency] ?? .zero)
            if policy.advanceNowOn.contains(.receiptTimeout), !state.people.isEmpty {
                let wait = policy.urgencies[state.urgency].receiptTimeout
                stories[alert]?.receipt = add("step \(state.step) ends for want of a receipt", after: wait)
            }
        case .exhausted: _ = add("the alarm is repeated", after: policy.onExhausted.repeatEvery)
        case .answered:
            _ = add("the acceptance is taken back", after: policy.afterAccept.unaccept[state.urgency])
            _ = add("who accepted is reminded", after: policy.afterAccept.remind[state.urgency])
        case .snoozed(let until): promises.append(promise("the snooze ends", alert, dueAt: until))
        case .new, .ended: break
        }
        stories[alert]?.promises = promises
    }
}
