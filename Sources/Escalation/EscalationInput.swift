package import Clinic

/// Something that happened to an alert. The planner answers every input in every state.
///
/// Each may be given again after an unknown outcome: the second time it is `alreadySo`, `stale` or refused. Only
/// `escalateNow`, `snoozed` and `repeated` do their work each time.
package enum EscalationInput: Equatable, Sendable {
    // What the hub notices

    /// The alert was written; the first input, once.
    case raised
    /// The alert's timer, armed for this generation, is due.
    case timerDue(generation: Int64)
    /// A receipt of this person's own device, or the gateway's word that the phone has the text.
    case delivered(to: UserID)
    /// Every message to this person failed for good; the step and generation are those of the page. A failure of one of
    /// several ways is no input.
    case contactsFailed(user: UserID, step: Int, generation: Int64)
    /// The person cannot be reached any more, whatever was sent: a STOP from the phone, the end of a shift, the last
    /// contact removed. No news for an alert that does not wait for the person.
    case contactGone(user: UserID, why: Unreachable)
    /// The schedule has nobody any more: a shift was deleted, or overridden to nobody. Whom the step found by it counts as
    /// gone.
    case scheduleEmpty(ScheduleID)
    /// No screen of the clinic is connected: nobody on site sees the alert. Moves an alert on that is still PENDING, once.
    case noLiveScreen
    /// A producer raised the same alert again (the policy's `dedup`), with this urgency.
    case repeated(urgency: UrgencyLevel)

    // What people do

    /// A member of staff wants the next person called now.
    case escalateNow(by: UserID)
    /// A doctor accepts the alert: on a screen, by REST, by a link, by `1 CODE`.
    case acknowledged(by: UserID)
    /// Who accepted is at work (`3 CODE`): the reminders begin anew. From somebody else, while nobody has accepted, it is
    /// an acceptance.
    case workingOnIt(by: UserID)
    /// A person who was paged passes the alert on (`2 CODE`); from who accepted, the acceptance is given back.
    case declined(by: UserID)
    /// Put off for so long: nobody is paged until then. Held to the policy's `snooze.max`, all snoozes of an alert
    /// together; never possible for CRITICAL under the standard policy.
    case snoozed(by: UserID, for: Duration)
    /// The alert is over; by nobody where the policy closes what was accepted and not touched any more.
    case closed(by: UserID?)
    /// A closed alert was closed wrongly; it begins anew. Refused later than the policy's `reopen` after the close.
    case reopened(by: UserID)
}

/// Why somebody cannot be reached, or is not to be.
package enum Unreachable: String, CaseIterable, Hashable, Sendable {
    /// No contact of a kind that the alert's urgency uses.
    case noContact = "NO_CONTACT"
    /// Contacts, but none that was verified.
    case unverified = "UNVERIFIED"
    /// The person's phone said STOP.
    case optedOut = "OPTED_OUT"
    /// The last messages to every contact failed.
    case failing = "FAILING"
    /// Not on duty now.
    case offDuty = "OFF_DUTY"
    /// Not an active user any more.
    case inactive = "INACTIVE"

    /// The trigger that lets it end a step.
    package var trigger: AdvanceTrigger {
        switch self {
        case .optedOut: .optedOut
        case .offDuty: .offDuty
        case .noContact, .unverified, .failing, .inactive: .noContact
        }
    }
}
