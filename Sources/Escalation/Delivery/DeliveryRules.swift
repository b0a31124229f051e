package import Clinic

/// What the policy that was frozen onto an alert says about one of its messages. Pure.
///
/// The hub's settings stand behind it: they fill what it leaves open, and no policy goes beyond their limits.
package struct DeliveryRules: Equatable, Sendable {
    /// Beside the hub's own.
    package private(set) var limits = NumberLimits([])
    /// Gateways in the order in which they are tried; those that are not named come after them, by weight.
    package private(set) var preferred: [String] = []
    package private(set) var attempts: Int?
    package private(set) var backoff: [Duration]?
    package private(set) var jitter: Double?
    package private(set) var ambiguousSend: UrgencyRules.AmbiguousSend
    /// How long a gateway may keep trying to bring a text; `nil` where the policy does not say.
    package private(set) var textValidity: Duration?
    /// When it is gathered with others to the same person; `nil` for never.
    package private(set) var bundling: BundlingRules?

    /// What a callback is given to end the doubt about a message; then its gateway is asked.
    private static let reconcilingDoubt = Duration.seconds(30)

    /// For a message of no policy, which proves or tests a contact or answers a text.
    package init(_ urgency: UrgencyLevel) {
        ambiguousSend = urgency >= .urgent ? .resendOtherGateway : .reconcile
    }

    /// - Parameter kind: what goes by the phone number has limits, an order of gateways and a validity.
    package init(_ policy: EscalationPolicy, _ urgency: UrgencyLevel, kind: ContactKind) {
        let gateways = policy.gateways
        attempts = gateways.maxAttempts
        backoff = gateways.backoff
        jitter = gateways.jitter
        ambiguousSend = policy.urgencies[urgency].ambiguousSend
        guard kind == .sms else { return }
        limits = NumberLimits(policy.phoneLimits)
        preferred = gateways.sms
        textValidity = policy.urgencies[urgency].smsValidity
        bundling = BundlingRules(policy, urgency)
    }

    /// Whether a gateway whose answer was lost is asked before the message goes out again.
    package var asksFirst: Bool { ambiguousSend == .reconcile }

    /// How long a message waits at least once nobody knows what became of it.
    package var doubt: Duration { asksFirst ? Self.reconcilingDoubt : .zero }
}

extension NumberLimits {
    fileprivate init(_ limits: PhoneLimits) {
        let spared = Set(limits.exempt)
        var all = limits.sms.map { Limit(count: $0.count, window: $0.window, spares: spared) }
        if let cap = limits.hardCapPerHour { all.append(Limit(count: cap, window: .seconds(3_600), spares: [])) }
        self.init(all)
    }
}
