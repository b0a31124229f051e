package import Clinic

/// What follows an attempt: taken, to be tried again and when, or the end. Pure.
package struct RetryPolicy: Equatable, Sendable {
    /// Attempts before a message is a dead letter, and the person counts as not reached by it.
    package var attempts: Int
    /// The wait after each attempt; the last one repeats.
    package var backoff: [Duration]
    /// A gateway that asks to be left alone for longer is asked again after this.
    package var longestWait = Duration.seconds(300)
    /// The part of a wait that chance adds or takes, 0 to 1.
    package var jitter = 0.2

    package init(
        attempts: Int = 5, backoff: [Duration] = [.seconds(1), .seconds(5), .seconds(15), .seconds(60)]
    ) {
        self.attempts = attempts
        self.backoff = backoff
    }

    /// The same for a message of these rules: never more attempts than the hub's.
    package func following(_ rules: DeliveryRules) -> RetryPolicy {
        var own = self
        own.attempts = min(attempts, rules.attempts ?? attempts)
        own.backoff = rules.backoff ?? backoff
        own.jitter = rules.jitter ?? jitter
        return own
    }

    /// What a wait is multiplied by, so that many do not come back at once. `chance`: 0 up to 1, drawn by the caller.
    package func factor(chance: Double) -> Double { 1 - jitter + 2 * jitter * chance }

    /// What the store is to make of a gateway's answer to attempt `number`, counted from 1.
    ///
    /// - Parameters:
    ///   - hasOther: whether another gateway that is working could take the message.
    ///   - hasUntried: whether one of those has not been tried for it.
    ///   - doubt: how long a message waits at least whose fate nobody knows (`DeliveryRules.doubt`).
    ///   - factor: what each wait is multiplied by.
    package func submission(
        _ outcome: SubmitOutcome, number: Int, urgency: UrgencyLevel, doubt: Duration, hasOther: Bool = false,
        hasUntried: Bool = false, factor: Double
    ) -> SubmissionOutcome {
        let isLast = number >= attempts
        let delay = wait(after: number, isUrgent: urgency >= .urgent, hasOther: hasOther) * factor
        switch outcome {
        case .accepted(let providerID): return .accepted(providerID: providerID)
        case .rejected(let error):
            return .rejected(
                code: error.code,
                retryAfter: isLast ? nil : wait(error.errorClass, delay, hasOther: hasOther, hasUntried: hasUntried))
        case .unknown(let code):
            // A text that may have been sent is sent again at once where silence is worse than two texts.
            let again = wait(after: number, isUrgent: doubt == .zero, hasOther: hasOther) * factor
            let retry = max(again, doubt * factor)
            return .unknown(code: code, retryAfter: isLast ? nil : retry)
        }
    }

    private func wait(
        _ errorClass: DeliveryError.Class, _ delay: Duration, hasOther: Bool, hasUntried: Bool
    ) -> Duration? {
        switch errorClass {
        case .permanentAddress, .optedOut: nil
        // This gateway would say the same again; one that was not asked may not.
        case .permanentContent, .configuration: hasUntried ? .zero : nil
        case .transient: delay
        // The other gateway did not ask for patience.
        case .rateLimited(let wanted): hasOther ? delay : min(max(wanted ?? delay, delay), longestWait)
        }
    }

    /// Whoever is called urgently is tried by the other gateway at once, the first time.
    private func wait(after number: Int, isUrgent: Bool, hasOther: Bool) -> Duration {
        if number <= 1, hasOther, isUrgent { return .zero }
        guard let last = backoff.last else { return .seconds(1) }
        return backoff.indices.contains(number - 1) ? backoff[number - 1] : last
    }
}
