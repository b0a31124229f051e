import Clinic
import Escalation

/// One thing that is asked of the store. Alerts, claims and attempts are named by their number in the order in which they
/// came about, so that one script means the same to PostgreSQL and to the model.
enum Operation {
    case raise(UrgencyLevel, assignedTo: UserID?)
    case advance(alert: Int, EscalationInput)
    case seen(alert: Int)
    case runTimers
    case claim(limit: Int, gateway: GatewayBoard.Choice, isHubDead: Bool, limits: NumberLimits)
    case record(claim: Int, SubmissionOutcome)
    case found(claim: Int, DeliveryState)
    case callback(claim: Int, DeliveryState, byProviderID: Bool)
    case foreignCallback(claim: Int)
    case applyKept
    case sweep
    case replay(claim: Int)
    case optOut(user: UserID, isOut: Bool)
    case setActive(user: UserID, Bool)
    /// In whole tens of seconds, as all waits of the script's policy are: the real clock runs on by less than that meanwhile.
    case pass(seconds: Int64)
}

/// Whatever answers the operations: the outcome in words, and all that is stored, in words and in order.
///
/// Times are told as tens of seconds from now, rounded up.
enum StoredTime {
    static func text(_ moment: Timestamp?, from now: Timestamp) -> String {
        guard let moment else { return "never" }
        let tens = moment.duration(since: now).saturatedMicroseconds.quotientRoundedUp(by: 10_000_000)
        return "\(tens * 10) s"
    }

    static func text(_ duration: Duration?) -> String {
        text(duration.map { Timestamp(microseconds: $0.saturatedMicroseconds) }, from: Timestamp(microseconds: 0))
    }
}

extension Int64 {
    fileprivate func quotientRoundedUp(by divisor: Int64) -> Int64 {
        self / divisor + (self % divisor > 0 ? 1 : 0)
    }
}

/// The stored rows in words, for both sides.
enum StoredText {
    static func alert(
        _ number: Int, status: String, phase: String, step: Int, loop: Int, generation: Int64, dueAt: String,
        people: [String], acceptedBy: UserID?, snoozed: Int64, urgency: Int
    ) -> String {
        "alert \(number) \(status) \(phase) step \(step) loop \(loop) generation \(generation) due \(dueAt)"
            + " people \(people.sorted()) by \(acceptedBy.map(\.description) ?? "nobody") snoozed \(snoozed) urgency \(urgency)"
    }

    static func message(
        alert: Int, user: UserID, contact: ContactID?, kind: String, step: Int, generation: Int64, state: String,
        attempts: Int, notBefore: String, expiresAt: String, isDead: Bool, replays: Int
    ) -> String {
        // What a message that is over was to wait for does not matter.
        let times = state == "QUEUED" ? " from \(notBefore) to \(expiresAt)" : ""
        return "message of \(alert) to \(user) by \(kind) \(contact.map(\.description) ?? "none") step \(step)"
            + " generation \(generation) \(state) attempts \(attempts)\(times) dead \(isDead) replays \(replays)"
    }

    static func attempt(
        _ number: Int, claim: Int, gateway: String, state: String, outcome: String?, hasLease: Bool, providerID: String?
    ) -> String {
        "attempt \(claim) number \(number) by \(gateway) \(state) outcome \(outcome ?? "none") lease \(hasLease)"
            + " id \(providerID ?? "none")"
    }
}
