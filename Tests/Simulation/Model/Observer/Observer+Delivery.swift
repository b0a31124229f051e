import Clinic
import Escalation

/// What must hold of messages, attempts and texts.
extension Observer {
    /// A hub that dies between an attempt's commit and its outcome is found out by the lease, and by the next look.
    private static let lease = Duration.seconds(30)

    // MARK: Messages

    func saw(_ old: MessageRow?, _ new: MessageRow) {
        messages[new.id] = new
        guard let old else { return written(new) }
        if new.state != .queued, let promise = firstAttempts.removeValue(forKey: new.id) { promise.keptAt = now }
        guard old.state != new.state else { return }
        must(old.state != .delivered, new.alert, "what was delivered stays so (message \(new.id.low))")
        switch new.state {
        case .dead, .expired:
            count { $0.deadLetters += 1 }
            must(new.deadAt != nil, new.alert, "a message that nobody got is listed as a dead letter")
        case .queued:
            let isReplay = new.replays > old.replays
            must(isReplay || isGivenBack(old), new.alert, "only what was tried or is replayed is queued again")
        case .cancelled:
            must(
                old.state == .queued || isGivenBack(old), new.alert, "only what waits or is given back is cancelled")
        case .submitted: checkSubmitted(new)
        case .submitting, .delivered: break
        }
    }

    /// What was tried and is not under way by any attempt.
    private func isGivenBack(_ row: MessageRow) -> Bool {
        guard row.state == .submitted else { return row.state == .submitting }
        return row.attempts.allSatisfy { attempts[$0].map { $0.state.isFailure || $0.state == .unknown } ?? false }
    }

    /// Whoever counts a message as sent tries it no more.
    private func checkSubmitted(_ row: MessageRow) {
        must(
            row.attempts.contains { attempts[$0].map { !$0.state.isFailure } ?? false }, row.alert,
            "a message that counts as sent has an attempt that may arrive (message \(row.id.low))")
    }

    private func written(_ row: MessageRow) {
        count { $0.messages += 1 }
        guard let story = stories[row.alert] else { return fail(row.alert, "a message without an alert") }
        must(row.generation == story.state.generation, row.alert, "a message is of its alert's generation")
        guard row.urgency == .critical else { return }
        let delay = row.notBefore.duration(since: now)
        // A page that was late has used up its slack; a later way counts from the page as it was.
        let dueAt = delay > .zero ? row.notBefore : story.pageDueAt ?? now
        firstAttempts[row.id] = promise(
            "user \(row.user.low) is called (message \(row.id.low))", row.alert, dueAt: dueAt)
    }

    // MARK: Attempts

    func saw(_ old: AttemptRow?, _ new: AttemptRow) {
        attempts[new.id] = new
        guard let message = messages[new.message] else { return fail(nil, "an attempt without a message") }
        guard let old else { return begun(new, of: message) }
        must(new.state.rank >= old.state.rank, message.alert, "an attempt's rank only rises")
        if old.outcome != nil { must(new.outcome != nil, message.alert, "an outcome is not forgotten") }
        guard new.leaseUntil == nil else { return }
        for promise in [leases.removeValue(forKey: new.id), orphans.removeValue(forKey: new.id)] {
            promise?.keptAt = now
        }
    }

    /// What a dead hub had begun is taken over by another, long before its lease ends.
    func died(_ holder: Int) {
        for id in leases.keys.sorted() {
            guard let row = attempts[id], row.holder == holder, let message = messages[row.message] else { continue }
            orphans[id] = promise(
                "attempt \(id.low) of a dead hub is taken over", message.alert, dueAt: now, slack: .seconds(2))
        }
    }

    private func begun(_ row: AttemptRow, of message: MessageRow) {
        count { $0.attempts += 1 }
        guard let state = stories[message.alert]?.state else { return fail(nil, "an attempt without an alert") }
        let name = "attempt \(row.id.low) of message \(message.id.low)"
        // The begin of a page is the commit of its attempt.
        switch state.phase {
        case .running, .exhausted: break
        case .answered:
            must(message.user == state.acceptedBy, message.alert, "no page begins after an acknowledgement (\(name))")
        case .ended, .snoozed, .new:
            fail(message.alert, "a page begins although the alert is \(state.phase.name) (\(name))")
        }
        must(
            message.generation == state.generation, message.alert,
            "no page of a generation begins when it is over (\(name))")
        for earlier in message.attempts where earlier != row.id {
            guard let outcome = attempts[earlier]?.outcome else {
                // A dead letter may be replayed while the call that its gateway has reported as failed is still to end.
                let isReported = message.replays > 0 && attempts[earlier]?.state.isFailure ?? false
                must(isReported, message.alert, "no message is tried twice at a time (\(name))")
                continue
            }
            must(
                outcome == .unknown || outcome == .rejected || message.replays > 0, message.alert,
                "what was accepted is not sent again (\(name))")
        }
        leases[row.id] = promise(
            "\(name) comes to something", message.alert, dueAt: now.advanced(by: Self.lease), slack: .seconds(2))
    }

    func callBegan(_ attempt: AttemptID) {
        guard let row = attempts[attempt], let message = messages[row.message] else {
            return fail(nil, "a gateway is called before its attempt is committed")
        }
        if stories[message.alert]?.state.generation != message.generation { count { $0.crossings += 1 } }
    }

    // MARK: Gateways

    func took(_ attempt: AttemptID, _ providerID: String) {
        guard let row = attempts[attempt], let message = messages[row.message] else { return }
        providers[providerID] = attempt
        count { $0.texts += 1 }
        // A text may overtake one that was on its way before it; it is the newest that needs the reason.
        let texts = (taken[message.id] ?? []) + [attempt]
        taken[message.id] = texts
        guard texts.count > 1 else { return }
        count { $0.duplicates += 1 }
        let unexplained = texts.filter { attempts[$0]?.outcome != .unknown }
        must(
            unexplained.allSatisfy { $0 == texts.max() } || message.replays > 0, message.alert,
            "a message is sent again only where an outcome was unknown (message \(message.id.low))")
    }

    // MARK: The end

    func checkEnd() {
        for (word, at) in heard {
            guard let attempt = word.attempt ?? word.providerID.flatMap({ providers[$0] }), let row = attempts[attempt],
                word.attempt != nil || row.providerID == word.providerID
            else { continue }
            must(
                row.state.rank >= word.report.rank, messages[row.message]?.alert,
                "what a gateway said and was thanked for at \(at) is kept (\(word.report.rawValue) of \(attempt.low))")
        }
        for id in messages.keys.sorted() {
            guard let row = messages[id], let state = stories[row.alert]?.state else { continue }
            switch row.state {
            case .delivered, .cancelled: break
            case .submitted: checkSubmitted(row)
            case .dead, .expired: must(row.deadAt != nil, row.alert, "message \(id.low) is listed as dead")
            case .submitting:
                let lease = row.attempts.last.flatMap { attempts[$0]?.leaseUntil }
                must(
                    lease.map { $0.advanced(by: .seconds(2)) > now } ?? false, row.alert,
                    "message \(id.low) is not lost under way")
            case .queued:
                must(
                    row.expiresAt.advanced(by: .seconds(2)) > now, row.alert,
                    "message \(id.low) ends when it is too old")
                must(
                    row.generation == state.generation, row.alert,
                    "message \(id.low) of a generation that is over waits no more")
            }
        }
        for alert in stories.keys.sorted() {
            guard let state = stories[alert]?.state, let dueAt = state.phase.dueAt else { continue }
            must(dueAt.advanced(by: .seconds(2)) > now, alert, "no timer is overdue when all is calm")
        }
    }
}
