/// By which gateways messages leave, and how often they are tried; `nil`: as the hub's settings say.
package struct GatewayRules: Equatable, Sendable {
    /// The gateways for text messages by name, in the order in which they are tried. Those that are not named come after
    /// them, so that one that is gone or broken silences nobody.
    package var sms: [String] = []
    /// Attempts of one message before the person counts as not reached by it; never more than the hub's settings allow.
    package var maxAttempts: Int?
    /// The wait after each attempt; the last one repeats.
    package var backoff: [Duration]?
    /// The part of a wait that chance adds or takes, 0 to 1.
    package var jitter: Double?

    package init() {}
}

/// What is held back while the clinic is under maintenance.
package struct MaintenanceRules: Equatable, Sendable {
    /// The urgencies that page nobody meanwhile; neither CRITICAL nor URGENT may stand here.
    package var suppress: [UrgencyLevel] = [.low, .moderate]
    /// The longest maintenance; it ends by itself.
    package var max = Duration.seconds(14_400)

    package init() {}
}

/// A producer that reports regularly; its silence raises an alert, and `targets` are the first who are paged for it.
package struct HeartbeatRule: Equatable, Sendable {
    /// The type of the alerts that silence raises.
    package static let alertType = "SILENT_PRODUCER"

    /// The producer's name, such as `ocr-intake`.
    package var source: String
    package var every: Duration
    /// How much later than `every` a report may come.
    package var grace: Duration
    package var urgency: UrgencyLevel
    package var targets: [EscalationTarget]

    package init(
        source: String, every: Duration, grace: Duration, urgency: UrgencyLevel, targets: [EscalationTarget]
    ) {
        self.source = source
        self.every = every
        self.grace = grace
        self.urgency = urgency
        self.targets = targets
    }
}
