package import Clinic
package import Escalation

/// Whole operations of Store, each a transaction that nobody else comes between: for the conformance test.
extension SimulatedDatabase {
    /// `EscalationStore.advance`: what became of the input, in words.
    package func advance(_ alert: AlertID, _ input: EscalationInput) -> String {
        let plan = snapshot(alert).plan(input)
        if plan.outcome == .applied { commit(plan, of: alert, input) }
        return Self.text(plan.outcome)
    }

    package static func text(_ outcome: EscalationPlan.Outcome?) -> String {
        switch outcome {
        case .applied: "applied"
        case .alreadySo: "already so"
        case .stale: "stale"
        case .refused(let refusal): "refused \(refusal.rawValue)"
        case nil: "nothing"
        }
    }

    /// `MessageStore.record`: what the escalation made of it, in words.
    package func record(_ outcome: SubmissionOutcome, of claimed: ClaimedRow) -> String {
        switch outcome {
        case .accepted(let providerID): recordAccepted(claimed, providerID: providerID)
        case .rejected(_, .some(let delay)): recordRetry(claimed, .rejected, after: delay)
        case .unknown(_, .some(let delay)): recordRetry(claimed, .unknown, after: delay)
        case .rejected(_, nil): return end(claimed, .rejected)
        case .unknown(_, nil): return end(claimed, .unknown)
        }
        return Self.text(nil)
    }

    private func end(_ claimed: ClaimedRow, _ state: DeliveryState) -> String {
        let row = claimed.waiting.message
        let effect = effectOfEnd(claimed)
        recordEnd(claimed, state, effect)
        guard effect.moved, !effect.isHopeful else { return Self.text(nil) }
        return advance(
            row.alert, .contactsFailed(user: row.user, step: row.step, generation: row.generation))
    }

    /// `CallbackStore.apply`: whether it was news and what the escalation made of it, in words.
    package func receive(_ word: GatewayWord) -> String {
        guard let attempt = attempt(of: word) else {
            keep(word)
            return "kept"
        }
        let effect = effect(of: word, on: attempt)
        let alert = self[self[attempt].message].alert
        apply(word, effect)
        return "news \(effect.isNews) \(effect.input.map { advance(alert, $0) } ?? Self.text(nil))"
    }
}
