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
    /// Decides how long the gateway may keep trying, and how loud a phone gets.
    package let urgency: UrgencyLevel
    /// When it is handed over: signatures name it.
    package let at: Timestamp
    /// The weekly test: whatever can arrive unnoticed is to. What reports its delivery does so all the same.
    package let isSilent: Bool

    package init(
        id: AttemptID, message: MessageID, to: ContactAddress, text: String, code: AlertCode?, urgency: UrgencyLevel,
        at: Timestamp, isSilent: Bool = false
    ) {
        self.id = id
        self.message = message
        self.to = to
        self.text = text
        self.code = code
        self.urgency = urgency
        self.at = at
        self.isSilent = isSilent
    }

    /// How long the gateway may keep trying. The escalation has moved on by then; the vendors' own limits of hours would
    /// let last night's text arrive in the morning.
    package var validitySeconds: Int {
        switch urgency {
        case .critical: 120
        case .urgent: 300
        case .moderate: 1_800
        case .low: 14_400
        }
    }
}
