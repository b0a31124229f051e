/// How loud an urgency is: by which ways people are paged, and what the outcome of a message means.
package struct UrgencyRules: Equatable, Sendable {
    /// The ways that a page takes at once, loudest included; screens count as a way.
    package var channels: [AlertChannel]
    /// More ways, after `thenAfter` without a receipt; empty for none.
    package var then: [AlertChannel] = []
    package var thenAfter: Duration?
    package var quietHours: QuietHours
    /// The longest that quiet hours hold a page back; `nil` for as long as they last.
    package var maxDefer: Duration?
    /// How long messages to one person are gathered into one; `nil` for never. CRITICAL is never bundled.
    package var bundle: Duration?
    /// How long a step waits for a receipt from anybody it paged before it counts as failed; `nil` does not ask.
    package var receiptTimeout: Duration?
    package var ambiguousSend: AmbiguousSend
    /// How long a text is worth delivering, to the hub and to its gateway; `nil` for as long as its step waits.
    package var smsValidity: Duration?
    /// How often a step pages its silent people again before it ends; `nil` for never.
    package var repeatStep: Duration?

    package init(
        channels: [AlertChannel], quietHours: QuietHours, receiptTimeout: Duration?, ambiguousSend: AmbiguousSend
    ) {
        self.channels = channels
        self.quietHours = quietHours
        self.receiptTimeout = receiptTimeout
        self.ambiguousSend = ambiguousSend
    }

    /// What a person's quiet hours do to a page.
    package enum QuietHours: String, CaseIterable, Hashable, Sendable {
        case ignore = "IGNORE"
        case deferUntilEnd = "DEFER_UNTIL_END"
    }

    /// What follows a send whose outcome nobody knows.
    package enum AmbiguousSend: String, CaseIterable, Hashable, Sendable {
        /// It is sent again at once, by another gateway where there is one: silence is worse than two texts.
        case resendOtherGateway = "RESEND_OTHER_GATEWAY"
        /// The gateway is asked first.
        case reconcile = "RECONCILE"
    }
}

/// A way to a person that a policy names: the clinic's screens, or a kind of contact.
package enum AlertChannel: String, CaseIterable, Hashable, Sendable {
    case screen = "SCREEN"
    case push = "PUSH"
    /// A push that breaks through the phone's silence.
    case pushCritical = "PUSH_CRITICAL"
    case sms = "SMS"
    case voice = "VOICE"
    case webhook = "WEBHOOK"

    /// The kind of contact that it uses; `nil` for screens.
    package var contact: ContactKind? {
        switch self {
        case .screen: nil
        case .push, .pushCritical: .push
        case .sms: .sms
        case .voice: .voice
        case .webhook: .webhook
        }
    }
}

extension PerUrgency<UrgencyRules> {
    /// The loudness of a clinic that has not set its own.
    package static var standard: Self {
        var critical = UrgencyRules(
            channels: [.screen, .pushCritical, .sms, .voice], quietHours: .ignore, receiptTimeout: .seconds(20),
            ambiguousSend: .resendOtherGateway)
        critical.smsValidity = .seconds(120)
        critical.repeatStep = .seconds(60)
        var urgent = UrgencyRules(
            channels: [.screen, .push, .sms], quietHours: .ignore, receiptTimeout: .seconds(45),
            ambiguousSend: .resendOtherGateway)
        urgent.smsValidity = .seconds(300)
        var moderate = UrgencyRules(
            channels: [.screen, .push], quietHours: .deferUntilEnd, receiptTimeout: .seconds(120),
            ambiguousSend: .reconcile)
        moderate.then = [.sms]
        moderate.thenAfter = .seconds(300)
        moderate.maxDefer = .seconds(28_800)
        moderate.bundle = .seconds(120)
        var low = UrgencyRules(
            channels: [.screen], quietHours: .deferUntilEnd, receiptTimeout: nil, ambiguousSend: .reconcile)
        low.bundle = .seconds(900)
        return Self(low: low, moderate: moderate, urgent: urgent, critical: critical)
    }
}
