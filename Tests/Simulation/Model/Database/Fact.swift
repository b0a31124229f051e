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
    /// Something went wrong, for the count.
    case fault(Fault)
    /// Work of the hubs was interrupted for so long, by the database's clock.
    case interrupted(since: Timestamp, until: Timestamp, Interruption)
    /// Sessions wait for each other in a circle.
    case deadlock(String)
    /// Anything else that helps to read a trace.
    case note(String)
}

/// What interrupted work.
package enum Interruption: String, CaseIterable, Sendable {
    case databaseStall, databaseDown, allHubsDown, hubCrash, hubFrozen, transactionFailed, clockJump
}

/// What goes wrong in a simulated world.
package enum Fault: String, CaseIterable, Sendable {
    case databaseStall = "database stalls"
    case databaseKill = "database kills"
    case rollback = "transactions rolled back"
    case lostCommitAnswer = "commits without an answer"
    case clockJump = "jumps of the database's clock"
    case hubCrash = "hub crashes"
    case hubFreeze = "hubs frozen"
    case lostSession = "hubs' sessions lost"
    case gatewayOutage = "gateway outages"
    case lostAnswer = "gateway answers lost"
    case lostCallback = "callbacks lost"
    case earlyCallback = "callbacks before their time"
    case lateCallback = "callbacks late"
    case repeatedCallback = "callbacks repeated"
    case reorderedCallback = "callbacks out of order"
}
