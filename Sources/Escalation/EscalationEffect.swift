package import Clinic

/// Something that must be done because of an input; the shell commits the effects with the state, in one transaction,
/// in this order. All of them belong to the generation of the plan's state.
package enum EscalationEffect: Equatable, Sendable {
    /// Write a message to each of these people.
    case page(Page)
    /// Set the alert's one timer to this moment, whatever it was; it carries the generation of the plan's state.
    case armTimer(at: Timestamp)
    /// Remove the alert's timer.
    case disarmTimer
    /// Write the alert's new status.
    case setStatus(AlertStatus)
    /// Append an event to the clinic's channel.
    case emit(EscalationEvent)
    /// Append a line to the alert's timeline.
    case record(TimelineEntry)
}

/// People who are to be reached together.
package struct Page: Equatable, Sendable {
    /// Never empty, nobody twice.
    package let recipients: [Recipient]
    /// The step, counted from 1; for an alarm at the end of the policy the last step entered.
    package let step: Int
    package let loop: Int
    package let template: TextTemplate
    /// How long until the next person is called; `nil` where there is none.
    package let answerWithin: Duration?

    package init(recipients: [Recipient], step: Int, loop: Int, template: TextTemplate, answerWithin: Duration?) {
        self.recipients = recipients
        self.step = step
        self.loop = loop
        self.template = template
        self.answerWithin = answerWithin
    }
}

/// What the clinic's screens are told; the alert's id and the time are the shell's to add.
package enum EscalationEvent: Hashable, Sendable {
    /// `alert:escalated`
    case escalated(step: Int)
    /// `alert:delivered`
    case delivered(doctor: UserID)
    /// `alert:acknowledged`
    case acknowledged(doctor: UserID)
    /// `alert:exhausted`
    case exhausted
    /// `alert:closed`
    case closed
}

/// One line of an alert's timeline: what happened, to whom and why.
package struct TimelineEntry: Hashable, Sendable {
    package let kind: Kind
    /// The alert's status after it.
    package let status: AlertStatus
    /// The step that it belongs to; 0 before the first.
    package let step: Int
    /// The person it is about: who was paged, who acted.
    package let user: UserID?
    package let reason: Reason?

    package init(kind: Kind, status: AlertStatus, step: Int, user: UserID? = nil, reason: Reason? = nil) {
        self.kind = kind
        self.status = status
        self.step = step
        self.user = user
        self.reason = reason
    }

    /// What happened; stored as its raw value.
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        case raised = "RAISED"
        case paged = "PAGED"
        case delivered = "DELIVERED"
        case contactsFailed = "CONTACTS_FAILED"
        case declined = "DECLINED"
        case escalated = "ESCALATED"
        case skipped = "SKIPPED"
        case exhausted = "EXHAUSTED"
        case acknowledged = "ACKNOWLEDGED"
        case closed = "CLOSED"
    }

    /// Why it happened, or why it was this person; stored as its raw value.
    package enum Reason: String, CaseIterable, Hashable, Sendable {
        /// The step's time was up.
        case timer = "TIMER"
        /// Nobody's device confirmed the page in time.
        case receiptTimeout = "RECEIPT_TIMEOUT"
        /// A member of staff asked for it.
        case manual = "MANUAL"
        /// Everybody who could still answer declined or failed, the last by declining.
        case declined = "DECLINED"
        /// Everybody who could still answer declined or failed, the last by failing.
        case contactsFailed = "CONTACTS_FAILED"
        /// The step has nobody who can be reached.
        case nobodyReachable = "NOBODY_REACHABLE"
        /// Paged as the doctor that the alert is assigned to.
        case assignedDoctor = "ASSIGNED_DOCTOR"
        /// Paged as that doctor's backup.
        case backupOfAssigned = "BACKUP_OF_ASSIGNED"
        /// Paged for the role.
        case role = "ROLE"
    }
}
