package import Clinic

/// What follows an attempt: taken, to be tried again and when, or the end. Pure.
package struct RetryPolicy: Equatable, Sendable {
    /// Attempts before a message is a dead letter, and the person counts as not reached by it.
    package var attempts: Int
    /// The wait after each attempt; the last one repeats.
    package var backoff: [Duration]
    /// A gateway that asks to be left alone for longer is asked again after this.
    package var longestWait = Duration.seconds(300)
    /// What a callback is given to end the doubt about a message that is not urgent; then its gateway is asked.
    package var doubt = Duration.seconds(30)

    package init(
        attempts: Int = 5, backoff: [Duration] = [.seconds(1), .seconds(5), .seconds(15), .seconds(60)]
    ) {
        self.attempts = attempts
        self.backoff = backoff
    }

    /// What the store is to make of a gateway's answer to attempt `number`, counted from 1.
    ///
    /// - Parameters:
    ///   - hasOther: whether another gateway that is working could take the message.
    ///   - hasUntried: whether one of those has not been tried for it.
    ///   - jitter: what each wait is multiplied by, so that many do not come back at once.
    package func submission(
        _ outcome: SubmitOutcome, number: Int, urgency: UrgencyLevel, hasOther: Bool = false, hasUntried: Bool = false,
        jitter: Double
    ) -> SubmissionOutcome {
        let isLast = number >= attempts
        let delay = wait(after: number, urgency: urgency, hasOther: hasOther) * jitter
        switch outcome {
        case .accepted(let providerID): return .accepted(providerID: providerID)
        case .rejected(let error):
            return .rejected(
                code: error.code,
                retryAfter: isLast ? nil : wait(error.errorClass, delay, hasOther: hasOther, hasUntried: hasUntried))
        case .unknown(let code):
            // A text that may have been sent is sent again where silence is worse than two texts.
            let retry = urgency >= .urgent ? delay : max(delay, doubt * jitter)
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
    private func wait(after number: Int, urgency: UrgencyLevel, hasOther: Bool) -> Duration {
        if number <= 1, hasOther, urgency >= .urgent { return .zero }
        guard let last = backoff.last else { return .seconds(1) }
        return backoff.indices.contains(number - 1) ? backoff[number - 1] : last
    }
}
