import Clinic
import Gateways
import Store

/// What follows an attempt: taken, to be tried again and when, or the end. Pure.
struct RetryPolicy: Equatable {
    /// Attempts before a message is given up, and the person counts as not reached.
    var attempts = 5
    /// The wait after each attempt; the last one repeats.
    var backoff: [Duration] = [.seconds(1), .seconds(5), .seconds(15), .seconds(60)]
    /// A gateway that asks to be left alone for longer is asked again after this.
    var longestWait = Duration.seconds(300)

    /// What the store is to make of a gateway's answer to attempt `number`, counted from 1.
    ///
    /// - Parameter jitter: what each wait is multiplied by, so that many do not come back at once.
    func submission(
        _ outcome: SubmitOutcome, number: Int, urgency: UrgencyLevel, jitter: Double
    ) -> SubmissionOutcome {
        let delay = number < attempts ? wait(after: number) * jitter : nil
        switch outcome {
        case .accepted(let providerID): return .accepted(providerID: providerID)
        case .rejected(let error):
            guard error.errorClass.isRetryable, let delay else { return .rejected(code: error.code, retryAfter: nil) }
            guard case .rateLimited(let wanted?) = error.errorClass else {
                return .rejected(code: error.code, retryAfter: delay)
            }
            return .rejected(code: error.code, retryAfter: min(max(wanted, delay), longestWait))
        case .unknown(let code):
            // A text that may have been sent is sent again where silence is worse than two texts.
            return .unknown(code: code, retryAfter: urgency >= .urgent ? delay : nil)
        }
    }

    private func wait(after number: Int) -> Duration {
        guard let last = backoff.last else { return .seconds(1) }
        return backoff.indices.contains(number - 1) ? backoff[number - 1] : last
    }
}
