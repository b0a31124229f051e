package import Clinic

extension EscalationInput {
    /// What news of a gateway about a message means to its alert; `nil` where it means nothing.
    ///
    /// - Parameters:
    ///   - user, step, generation: those of the message.
    ///   - isGivenUp: whether the message is dead by this, and no other of the page may still reach the person.
    package init?(_ report: DeliveryState, to user: UserID, step: Int, generation: Int64, isGivenUp: Bool) {
        if report.isReceipt {
            self = .delivered(to: user)
        } else if report.isFailure, isGivenUp {
            self = .contactsFailed(user: user, step: step, generation: generation)
        } else {
            return nil
        }
    }
}
