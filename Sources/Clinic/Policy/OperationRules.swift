/// By which gateways messages leave, and how often they are tried.
package struct GatewayRules: Equatable, Sendable {
    /// The gateways for text messages by name; empty: all that the hub has.
    package var sms: [String] = []
    /// Attempts of one message before the person counts as not reached by it.
    package var maxAttempts = 4
    /// The wait after each attempt; the last one repeats.
    package var backoff: [Duration] = [.zero, .seconds(5), .seconds(20), .seconds(60)]
    /// The part of a wait that chance adds or takes, 0 to 1.
    package var jitter = 0.2

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

/// A producer that reports regularly; its silence raises an alert.
package struct HeartbeatRule: Equatable, Sendable {
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
