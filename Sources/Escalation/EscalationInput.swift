package import Clinic

/// Something that happened to an alert. The planner answers every input in every state.
package enum EscalationInput: Equatable, Sendable {
    /// The alert was written; the first input, once.
    case raised
    /// The alert's timer, armed for this generation, is due.
    case timerDue(generation: Int64)
    /// A member of staff wants the next person called now.
    case escalateNow(by: UserID)
    /// A receipt of this person's own device, or the gateway's word that the phone has the text.
    case delivered(to: UserID)
    /// Every way to this person failed for good; the step and generation are those of the page.
    case contactsFailed(user: UserID, step: Int, generation: Int64)
    /// A doctor accepted the alert.
    case acknowledged(by: UserID)
    /// A person who was paged passes the alert on.
    case declined(by: UserID)
    /// The alert is over.
    case closed(by: UserID)
}
