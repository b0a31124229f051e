package import Clinic

/// What the dispatcher hands to a gateway: one text to one phone, once.
package struct GatewayAttempt: Equatable, Sendable {
    /// Committed before the call; it stands in the callback's URL, so a callback that overtakes the answer finds its row.
    package let id: AttemptID
    package let to: PhoneNumber
    /// The text, made by a `TextTemplate`: no patient data.
    package let text: String
    /// Decides how long the gateway may keep trying.
    package let urgency: UrgencyLevel

    package init(id: AttemptID, to: PhoneNumber, text: String, urgency: UrgencyLevel) {
        self.id = id
        self.to = to
        self.text = text
        self.urgency = urgency
    }
}
