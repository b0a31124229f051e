package import Clinic
package import Escalation

/// Something that somebody outside of the hubs can see: a row as it was committed, a gateway's own log, a fault.
///
/// The observer judges by these alone.
package enum Fact: Sendable {
    case raised(EscalationRow)
    /// A plan was committed.
    case advanced(AlertID, before: EscalationState, after: EscalationState, [EscalationEffect], EscalationInput)
    case message(old: MessageRow?, new: MessageRow)
    case attempt(old: AttemptRow?, new: AttemptRow)
    /// A hub began to call a gateway.
    case callBegan(AttemptID, hub: Int)
    /// The gateway has the text and will send it, whatever it answers.
    case taken(AttemptID, providerID: String)
    /// A callback was answered with success: the gateway will not repeat it.
    case heard(GatewayWord)
    /// A hub has died; its attempts carry this number.
    case hubDied(holder: Int)
    /// Work of the hubs was interrupted until now; `alert` where it concerns one alone.
    case interrupted(since: Timestamp, Interruption)
    /// Sessions wait for each other in a circle.
    case deadlock(String)
    /// Anything else that helps to read a trace.
    case note(String)
}

/// What interrupted work.
package enum Interruption: String, CaseIterable, Sendable {
    case databaseStall, databaseDown, allHubsDown, hubCrash, hubFrozen, transactionFailed
}
