package import Clinic
package import Escalation

/// A message whose turn it is: `WaitingMessage`.
package struct WaitingRow: Sendable {
    package let message: MessageRow
    /// The gateways of its attempts so far, in order.
    package let tried: [String]
    /// The last attempt, where nobody knows what became of it.
    package let doubtful: AttemptID?
    package let isContactGone: Bool
    /// What the alert's policy says about it.
    package let rules: DeliveryRules
    /// What stands for the address.
    package var address: ContactID? { message.contact }
}

/// A message that was claimed, with its attempt: `ClaimedMessage`.
package struct ClaimedRow: Sendable {
    package let waiting: WaitingRow
    package let attempt: AttemptID
    package let gateway: String

    package static let noGateway = "none"

    package var message: MessageID { waiting.message.id }
    package var urgency: UrgencyLevel { waiting.message.urgency }
    package var number: Int { waiting.tried.count + 1 }
    package var round: Int { max(1, number - waiting.message.triesBefore) }
    package var triedGateways: Set<String> { Set(waiting.tried + [gateway]) }
}

/// What a claim makes of a waiting message.
package enum ClaimChoice: Sendable {
    case take(String)
    case postpone(Duration)
}

/// What a failure leaves of a message and a person.
struct FailureEffect {
    let moved: Bool
    let isHopeful: Bool
    let hastened: MessageID?
}

extension SimulatedDatabase {
    // MARK: Claim

    /// `look_at_messages`: what may be sent now, most urgent first. `lock` says whether message and alert were free.
    package func ready(limit: Int, lock: (MessageRow) -> Bool) -> [WaitingRow] {
        let ready = queued.map { self[$0] }.filter { row in
            row.notBefore <= now && row.expiresAt > now && (skipsFence || isCurrent(row))
        }
        let sorted = ready.sorted { ($1.urgency.rank, $0.notBefore, $0.id) < ($0.urgency.rank, $1.notBefore, $1.id) }
        var found: [WaitingRow] = []
        for row in sorted where found.count < limit && lock(row) {
            let tried = row.attempts.map { self[$0] }
            found.append(
                WaitingRow(
                    message: row, tried: tried.map(\.gateway),
                    doubtful: tried.last.flatMap { $0.state == .unknown ? $0.id : nil },
                    isContactGone: isGone(row), rules: rules(of: row)))
        }
        return found
    }

    private func rules(of row: MessageRow) -> DeliveryRules {
        DeliveryRules(self[row.alert].policy, row.urgency, kind: row.kind)
    }

    /// The fence: the alert still has the message's generation and waits for somebody.
    func isCurrent(_ row: MessageRow) -> Bool {
        let state = self[row.alert].state
        guard state.generation == row.generation else { return false }
        switch state.phase {
        case .running, .exhausted, .answered: return true
        case .new, .snoozed, .ended: return false
        }
    }

    private func isGone(_ row: MessageRow) -> Bool {
        guard let contact = row.contact, let person = people.first(where: { $0.user == row.user }) else { return false }
        return person.profile.contacts.first { $0.id == contact }.map(\.isOptedOut) ?? true
    }

    /// `count_by_address`: how long ago the number's first tries were, newest first.
    package func ages(of address: ContactID, within window: Duration, count: Int) -> [Duration] {
        var ages: [Duration] = []
        for attempt in firstTries(to: address).reversed() {
            let age = now.duration(since: self[attempt].submittedAt)
            guard age < window, ages.count < count else { break }
            ages.append(age)
        }
        return ages
    }

    /// `take_messages`, `insert_attempts`, `postpone_messages`.
    package func take(
        _ choices: [(row: WaitingRow, choice: ClaimChoice)], lease: Duration, holder: Int? = nil
    ) -> [ClaimedRow] {
        var claimed: [ClaimedRow] = []
        for (row, choice) in choices {
            switch choice {
            case .postpone(let wait): change(row.message.id) { $0.notBefore = now.advanced(by: wait) }
            case .take(let gateway):
                let attempt = AttemptID(high: 0, low: UInt64(attempts.count))
                let taken = ClaimedRow(waiting: row, attempt: attempt, gateway: gateway)
                change(taken.message) {
                    $0.state = .submitting
                    $0.attempts.append(attempt)
                }
                insert(
                    AttemptRow(
                        id: attempt, message: taken.message, gateway: gateway, number: taken.number,
                        submittedAt: now, holder: holder, leaseUntil: now.advanced(by: lease)))
                claimed.append(taken)
            }
        }
        return claimed
    }

    /// `next_message`.
    package func nextMessageIn() -> Duration? {
        queued.map { self[$0] }.filter { $0.expiresAt > now && isCurrent($0) }.map(\.notBefore).min()?.duration(
            since: now)
    }

    // MARK: What an attempt came to

    /// `attempt_accepted`, `message_submitted`.
    package func recordAccepted(_ claimed: ClaimedRow, providerID: String) {
        change(claimed.attempt) {
            if $0.state.rank < DeliveryState.accepted.rank { $0.state = .accepted }
            $0.outcome = $0.outcome ?? .accepted
            $0.providerID = $0.providerID ?? providerID
            $0.leaseUntil = nil
        }
        let row = self[claimed.message]
        let isNewest = row.state == .submitting && row.attempts.count == claimed.number
        if isNewest || !self[claimed.attempt].state.isFailure { submitted(claimed.message) }
    }

    /// `attempt_ended`, `message_retries`: fenced by the number of the attempt.
    package func recordRetry(_ claimed: ClaimedRow, _ state: DeliveryState, after delay: Duration) {
        end(claimed.attempt, as: state)
        let row = self[claimed.message]
        guard isLeft(row, to: claimed.number) else { return }
        giveBack(row, after: delay)
    }

    /// What `message_dead` of `MessageStore.fail` is going to find.
    func effectOfEnd(_ claimed: ClaimedRow) -> FailureEffect {
        let row = self[claimed.message]
        return others(besides: row, moved: isLeft(row, to: claimed.number))
    }

    /// `attempt_ended`, `message_dead`, `hasten_next_contact`.
    func recordEnd(_ claimed: ClaimedRow, _ state: DeliveryState, _ effect: FailureEffect) {
        end(claimed.attempt, as: state)
        if effect.moved { die(claimed.message, as: .dead) }
        hasten(effect)
    }

    /// `end_doubt`, this attempt's end, `message_found`, `message_retries`: the gateway of the attempt before has the message
    /// after all, unless it has said otherwise meanwhile.
    package func recordFound(_ claimed: ClaimedRow, _ state: DeliveryState, providerID: String) {
        guard let doubtful = claimed.waiting.doubtful else { return }
        if self[doubtful].state.rank < state.rank {
            change(doubtful) {
                $0.state = state
                $0.providerID = $0.providerID ?? providerID
            }
        }
        if self[doubtful].state.isFailure { return recordRetry(claimed, .rejected, after: .zero) }
        end(claimed.attempt, as: .rejected)
        submitted(claimed.message)
    }

    /// Whether a message is where the attempt of this number, which came to nothing, has left it.
    private func isLeft(_ row: MessageRow, to number: Int) -> Bool {
        guard row.attempts.count == number else { return false }
        switch row.state {
        case .submitting: return true
        case .submitted:
            return !row.attempts.map { self[$0] }.contains { attempt in
                let isDoubtful = attempt.state == .submitting || attempt.state == .unknown
                return !attempt.state.isFailure && !(attempt.number == number && isDoubtful)
            }
        case .queued, .delivered, .dead, .cancelled, .expired: return false
        }
    }

    private func end(_ attempt: AttemptID, as state: DeliveryState) {
        change(attempt) {
            if $0.state.rank < DeliveryState.accepted.rank { $0.state = state }
            $0.outcome = $0.outcome ?? state
            $0.leaseUntil = nil
        }
    }

    func submitted(_ message: MessageID) {
        guard self[message].state == .queued || self[message].state == .submitting else { return }
        change(message) { $0.state = .submitted }
    }

    func die(_ message: MessageID, as state: MessageState) {
        change(message) {
            $0.state = state
            $0.deadAt = now
        }
    }

    // MARK: The person's other contacts

    /// `OtherContacts`: whether one of them may still arrive, and which is tried now.
    func others(besides row: MessageRow, moved: Bool) -> FailureEffect {
        let others = messages(of: row.alert).map { self[$0] }.filter {
            $0.user == row.user && $0.generation == row.generation && $0.id != row.id
        }
        let next = others.filter { $0.state == .queued }.min { ($0.notBefore, $0.id) < ($1.notBefore, $1.id) }
        return FailureEffect(
            moved: moved, isHopeful: others.contains { $0.state.isHopeful },
            hastened: next.flatMap { $0.notBefore > now ? $0.id : nil })
    }

    func hasten(_ effect: FailureEffect) {
        guard let next = effect.hastened, self[next].state == .queued else { return }
        change(next) { $0.notBefore = now }
    }

    // MARK: Sweep

    /// `take_over_attempts`: those whose hub is dead or gave no outcome in time. How many messages were taken over.
    ///
    /// - Parameters:
    ///   - looker: whose own attempts are left to their lease.
    ///   - isDead: whether nobody holds this number's lock.
    ///   - lock: says whether a row was free.
    package func takeOver(
        as looker: Int, isDead: (Int) -> Bool, lock: (AttemptID) -> Bool = { _ in true }
    ) -> Int {
        let lost = leased.filter { attempt in
            if let lease = self[attempt].leaseUntil, lease <= now { return true }
            return self[attempt].holder.map { $0 != looker && isDead($0) } ?? false
        }
        var count = 0
        for attempt in lost where lock(attempt) {
            let row = self[attempt]
            change(attempt) {
                if $0.state == .submitting { $0.state = .unknown }
                $0.leaseUntil = nil
                $0.outcome = .unknown
            }
            let message = self[row.message]
            guard isLeft(message, to: row.number) else { continue }
            giveBack(message, after: rules(of: message).doubt)
            count += 1
        }
        return count
    }

    /// A message that its alert has left behind is cancelled where it is given back.
    private func giveBack(_ row: MessageRow, after delay: Duration) {
        let isCurrent = self.isCurrent(row) || skipsFence
        change(row.id) {
            $0.state = isCurrent ? .queued : .cancelled
            $0.notBefore = now.advanced(by: delay)
        }
    }

    /// `expire_messages`.
    package func expireMessages(lock: (MessageID) -> Bool = { _ in true }) {
        for message in queued where self[message].expiresAt <= now && lock(message) {
            if isCurrent(self[message]) {
                die(message, as: .expired)
            } else {
                change(message) { $0.state = .cancelled }
            }
        }
    }
}
