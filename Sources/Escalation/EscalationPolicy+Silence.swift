package import Clinic

extension EscalationPolicy {
    /// The policy as the alert of a silent producer follows it: whom the producer's rule names is paged before the first step,
    /// and has as long as the first step that alerts of the urgency take. Unchanged where no rule names the producer. Pure, so
    /// that the frozen policy comes to the same each time.
    package func afterSilence(of source: String?) -> EscalationPolicy {
        guard let rule = heartbeats.first(where: { $0.source == source }) else { return self }
        var wait = PerUrgency<Duration?>(all: nil)
        for urgency in UrgencyLevel.allCases { wait[urgency] = steps.lazy.compactMap { $0.wait[urgency] }.first }
        var policy = self
        policy.steps.insert(EscalationStep(targets: rule.targets, wait: wait), at: 0)
        return policy
    }
}
