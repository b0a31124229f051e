package import Clinic
import Escalation

/// What a callback is going to change, found under its locks.
struct CallbackEffect {
    let attempt: AttemptID
    let isReceived: Bool
    let rises: Bool
    let failure: FailureEffect?
    /// nil where the report is no news for the escalation.
    let input: EscalationInput?

    var isNews: Bool { isReceived && rises }
}

extension SimulatedDatabase {
    /// `find_attempt`, `find_attempt_by_provider_id`: where both ids are named they must not belong to different attempts.
    package func attempt(of word: GatewayWord) -> AttemptID? {
        guard let attempt = word.attempt else { return word.providerID.flatMap { owner(of: $0, word.gateway) } }
        guard isOf(word.gateway, attempt) else { return nil }
        guard let providerID = word.providerID else { return attempt }
        if let known = self[attempt].providerID, known != providerID { return nil }
        return owner(of: providerID, word.gateway).map { $0 == attempt } ?? true ? attempt : nil
    }

    private func isOf(_ gateway: String, _ attempt: AttemptID) -> Bool {
        attempt.low < UInt64(attempts.count) && self[attempt].gateway == gateway
    }

    /// What `match_callbacks` asks of a kept callback.
    func isMatched(_ word: GatewayWord) -> Bool {
        word.attempt.map { isOf(word.gateway, $0) } ?? (attempt(of: word) != nil)
    }

    /// What `receive_callback`, `raise_attempt_rank` and the statement of the report's kind are going to find.
    func effect(of word: GatewayWord, on attempt: AttemptID) -> CallbackEffect {
        let row = self[attempt]
        let message = self[row.message]
        let isReceived = !received.contains(word)
        let rises = row.state.rank < word.report.rank
        var failure: FailureEffect?
        if word.report.isFailure {
            let hasOther = message.attempts.contains { $0 != attempt && !self[$0].state.isFailure }
            let moves = (message.state == .submitting || message.state == .submitted) && !hasOther
            failure = others(besides: message, moved: moves)
        }
        let isGivenUp = failure.map { $0.moved && !$0.isHopeful } ?? false
        let input = EscalationInput(
            word.report, to: message.user, step: message.step, generation: message.generation, isGivenUp: isGivenUp)
        return CallbackEffect(
            attempt: attempt, isReceived: isReceived, rises: rises, failure: failure,
            input: isReceived && rises ? input : nil)
    }

    /// The same statements' writing.
    func apply(_ word: GatewayWord, _ effect: CallbackEffect) {
        if effect.isReceived { received.insert(word) }
        if effect.rises {
            change(effect.attempt) {
                $0.state = word.report
                $0.providerID = $0.providerID ?? word.providerID
            }
        }
        let message = self[self[effect.attempt].message]
        if word.report.isReceipt {
            guard message.state != .delivered else { return }
            change(message.id) {
                $0.state = .delivered
                $0.deadAt = nil
            }
        } else if let failure = effect.failure {
            if failure.moved { die(message.id, as: .dead) }
            hasten(failure)
        } else if !self[effect.attempt].state.isFailure {
            submitted(message.id)
        }
    }

    /// `match_callbacks`: kept callbacks whose attempt is known by now.
    package func matched(limit: Int = 100) -> [GatewayWord] {
        guard hasMatched else { return [] }
        return Array(kept.map(\.word).filter { isMatched($0) }.prefix(limit))
    }

    /// `release_callback`.
    package func release(_ word: GatewayWord) { forgetKept([word]) }

    /// `forget_callbacks`.
    package func forgetOldCallbacks() {
        forgetKept(kept.prefix { now.duration(since: $0.at) > .seconds(86_400) }.map(\.word))
    }

    // MARK: Dead letters

    /// Why a dead letter is not sent once more.
    package enum ReplayRefusal: Error, Sendable { case noDeadLetter, answered, closed, personIsBeingTold }

    /// `replay_dead_letter`, under `lock_dead_letter`.
    package func replay(_ id: MessageID) throws(ReplayRefusal) {
        let row = self[id]
        guard row.deadAt != nil else { throw .noDeadLetter }
        let state = self[row.alert].state
        switch state.phase {
        case .running, .exhausted: break
        case .ended: throw .closed
        case .new, .snoozed, .answered: throw .answered
        }
        let twin = messages(of: row.alert).map { self[$0] }.contains {
            $0.id != id && $0.user == row.user && $0.generation == state.generation && $0.kind == row.kind
                && $0.contact == row.contact
        }
        guard !twin else { throw .personIsBeingTold }
        change(id) {
            $0.state = .queued
            $0.generation = state.generation
            $0.step = state.step
            $0.notBefore = now
            $0.expiresAt = now.advanced(by: .seconds(300))
            $0.triesBefore = $0.attempts.count
            $0.deadAt = nil
            $0.replays += 1
        }
    }
}
