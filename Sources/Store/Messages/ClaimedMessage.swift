package import Clinic
package import Escalation

/// A message that this hub is to hand to a gateway now: its attempt is committed, so a callback finds it whatever
/// happens next.
package struct ClaimedMessage: Sendable, Equatable {
    /// Stands in the callback's URL.
    package let attempt: AttemptID
    /// 1 for the first try, over all replays.
    package let number: Int
    package let gateway: String
    /// How many alerts it tells of: more than one for a bundle alone.
    package let alertCount: Int
    private let waiting: WaitingMessage

    /// Stands for a gateway where none reaches such a contact: the attempt is there to be recorded as refused.
    package static let noGateway = "none"

    init(_ waiting: WaitingMessage, attempt: AttemptID, gateway: String, alertCount: Int = 1) {
        self.waiting = waiting
        self.attempt = attempt
        self.gateway = gateway
        self.alertCount = alertCount
        number = waiting.tried.count + 1
    }

    package var message: MessageID { waiting.message }
    package var clinic: ClinicID { waiting.clinic }
    package var alert: AlertID? { waiting.alert }
    package var user: UserID { waiting.user }
    package var step: Int { waiting.step }
    package var generation: Int64 { waiting.generation }
    package var kind: ContactKind { waiting.kind }
    package var address: ContactAddress { waiting.address }
    package var template: TextTemplate { waiting.template }
    package var urgency: UrgencyLevel { waiting.urgency }
    package var contact: ContactID? { waiting.contact }
    package var proof: VerificationCode? { waiting.proof }
    package var isContactGone: Bool { waiting.isContactGone }
    package var code: AlertCode? { waiting.code }
    package var answerWithin: Duration? { waiting.answerWithin }
    package var expiresIn: Duration { waiting.expiresIn }
    package var rules: DeliveryRules { waiting.rules }

    /// 1 for the first try since the last replay: what the retry policy counts by.
    package var round: Int { max(1, number - waiting.triesBefore) }

    /// The gateways that have had it, this one included.
    package var triedGateways: Set<String> { Set(waiting.tried + [gateway]) }

    /// The attempt before this one and its gateway, where nobody knows what became of it.
    package var doubtful: (attempt: AttemptID, gateway: String)? {
        guard let attempt = waiting.doubtful, let gateway = waiting.tried.last else { return nil }
        return (attempt, gateway)
    }
}
