package import Clinic

/// What the dispatcher hands to a gateway: one message to one address, once.
package struct GatewayAttempt: Equatable, Sendable {
    /// Committed before the call; it stands in the callback's URL, so a callback that overtakes the answer finds its row.
    package let id: AttemptID
    /// The same for every attempt at one message: what a receiver knows a repetition by.
    package let message: MessageID
    package let to: ContactAddress
    /// The text, made by a `TextTemplate`: no patient data.
    package let text: String
    /// What the text calls the alert, nil where it is about none; an app finds the alert by it once its owner has
    /// logged in.
    package let code: AlertCode?
    /// How loud a phone gets; and how long the gateway may keep trying, where `validity` does not say.
    package let urgency: UrgencyLevel
    /// When it is handed over: signatures name it.
    package let at: Timestamp
    /// The weekly test: whatever can arrive unnoticed is to. What reports its delivery does so all the same.
    package let isSilent: Bool
    /// How long the gateway may keep trying, as the alert's policy wants it; nil where it says nothing.
    package let validity: Duration?

    package init(
        id: AttemptID, message: MessageID, to: ContactAddress, text: String, code: AlertCode?, urgency: UrgencyLevel,
        at: Timestamp, isSilent: Bool = false, validity: Duration? = nil
    ) {
        self.id = id
        self.message = message
        self.to = to
        self.text = text
        self.code = code
        self.urgency = urgency
        self.at = at
        self.isSilent = isSilent
        self.validity = validity
    }

    /// How long the gateway may keep trying: 5 s to 10 hours, which all vendors take. The escalation has moved on by then; the
    /// vendors' own limits of hours would let last night's text arrive in the morning.
    package var validitySeconds: Int {
        if let validity { return Int(min(max(validity.components.seconds, 5), 36_000)) }
        return switch urgency {
        case .critical: 120
        case .urgent: 300
        case .moderate: 1_800
        case .low: 14_400
        }
    }
}
