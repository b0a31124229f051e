package import Clinic
import Database

/// A message that this hub is to hand to a gateway now: its attempt is committed, so a callback finds it whatever
/// happens next.
package struct ClaimedMessage: Sendable, Equatable {
    /// Stands in the callback's URL.
    package let attempt: AttemptID
    /// 1 for the first try.
    package let number: Int
    package let gateway: String
    package let message: MessageID
    package let clinic: ClinicID
    package let alert: AlertID
    package let user: UserID
    package let step: Int
    package let generation: Int64
    package let phone: PhoneNumber
    package let template: TextTemplate
    package let urgency: UrgencyLevel
    package let code: AlertCode
    /// When the next person is called; nil where there is none.
    package let answerWithin: Duration?
    /// How long the message is still worth sending.
    package let expiresIn: Duration

    init(_ row: Row, gateway: String, vault: PHIVault) throws(StoreError) {
        let (user, address) = try reading { () throws(DatabaseError) -> (UserID, String) in
            (try row.id("user_id"), try row.string("address"))
        }
        let phone = try vault.openPhone(address, of: user)
        self = try reading { () throws(DatabaseError) in
            try ClaimedMessage(row, gateway: gateway, user: user, phone: phone)
        }
    }

    private init(_ row: Row, gateway: String, user: UserID, phone: PhoneNumber) throws(DatabaseError) {
        attempt = try row.id("attempt_id")
        number = try row.int("number")
        self.gateway = gateway
        message = try row.id("id")
        clinic = try row.id("clinic_id")
        alert = try row.id("alert_id")
        self.user = user
        step = try row.int("step")
        generation = try row.int64("generation")
        self.phone = phone
        template = try row.choice("template")
        let rank = try row.int("priority")
        guard let urgency = UrgencyLevel.allCases.first(where: { $0.rank == rank }) else {
            throw .malformed("priority")
        }
        self.urgency = urgency
        guard let code = AlertCode(try row.string("code")) else { throw .malformed("code") }
        self.code = code
        answerWithin = try row.optionalInt64("answer_within_seconds").map { .seconds($0) }
        expiresIn = .microseconds(try row.int64("expires_in"))
    }
}

/// What the gateway's answer came to.
package enum SubmissionOutcome: Sendable, Equatable {
    /// The gateway took the message under this id of its own.
    case accepted(providerID: String)
    /// It did not. `retryAfter`: when to try again; nil if that would not help, and then the person counts as not
    /// reached.
    case rejected(code: String?, retryAfter: Duration?)
    /// Nobody knows: no answer, or one that does not say. `retryAfter` nil waits for a callback instead.
    case unknown(code: String?, retryAfter: Duration?)
}
