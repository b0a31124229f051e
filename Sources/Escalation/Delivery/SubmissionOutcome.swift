/// What an attempt came to, and what is to follow: the dispatcher's decision, for the store to write down.
package enum SubmissionOutcome: Sendable, Equatable {
    /// The gateway took the message under this id of its own.
    case accepted(providerID: String)
    /// It did not. `retryAfter`: when to try again; nil if that would not help, and then the message is a dead letter and
    /// the person counts as not reached by it.
    case rejected(code: String?, retryAfter: Duration?)
    /// Nobody knows: no answer, or one that does not say. `retryAfter` nil gives it up as `rejected` does; a callback that
    /// comes later still counts.
    case unknown(code: String?, retryAfter: Duration?)
}
