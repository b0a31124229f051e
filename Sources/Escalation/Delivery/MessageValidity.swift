package import Clinic

/// How long a message is worth sending: as long as its step waits for an answer, and a text no longer than its policy says.
/// Pure.
package enum MessageValidity {
    private static let shortest = Duration.seconds(60)
    private static let alarm = Duration.seconds(300)

    /// - Parameters:
    ///   - rules: the policy's for the alert's urgency.
    ///   - answerWithin: how long until the next person is called; `nil` where there is none.
    package static func of(_ kind: ContactKind, _ rules: UrgencyRules, answerWithin: Duration?) -> Duration {
        let wait = max(answerWithin ?? alarm, shortest)
        guard kind == .sms, let longest = rules.smsValidity else { return wait }
        return min(wait, longest)
    }
}
