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
    /// Write the alert's new urgency.
    case setUrgency(UrgencyLevel)
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
    /// `alert:declined`
    case declined(by: UserID)
    /// `alert:reminded`
    case reminded(doctor: UserID)
    /// `alert:unaccepted`
    case unaccepted(doctor: UserID?)
    /// `alert:snoozed`
    case snoozed(by: UserID, until: Timestamp)
    /// `alert:urgency_raised`
    case urgencyRaised(to: UrgencyLevel)
    /// `alert:closed`
    case closed
    /// `alert:reopened`, with what the screens need to show the alert again.
    case reopened
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
        /// Meant by the step, but not to be reached; the reason says why.
        case unreachable = "UNREACHABLE"
        case delivered = "DELIVERED"
        case contactsFailed = "CONTACTS_FAILED"
        /// A person of the step cannot be reached any more; the reason says why.
        case contactGone = "CONTACT_GONE"
        case declined = "DECLINED"
        case escalated = "ESCALATED"
        /// The step's silent people were paged again.
        case repeated = "REPEATED"
        case skipped = "SKIPPED"
        case exhausted = "EXHAUSTED"
        case snoozed = "SNOOZED"
        case acknowledged = "ACKNOWLEDGED"
        case workingOnIt = "WORKING_ON_IT"
        case reminded = "REMINDED"
        /// The text of a page was gathered with others into one; the line names it.
        case bundled = "BUNDLED"
        /// The acceptance was taken or given back.
        case unaccepted = "UNACCEPTED"
        /// The same alert was raised again.
        case raisedAgain = "RAISED_AGAIN"
        /// Held back when it was raised: nobody was called.
        case held = "HELD"
        /// What held it back is over.
        case released = "RELEASED"
        case urgencyRaised = "URGENCY_RAISED"
        case closed = "CLOSED"
        case reopened = "REOPENED"
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
        /// No screen of the clinic was connected.
        case noLiveScreen = "NO_LIVE_SCREEN"
        /// The time for which the alert was put off is over.
        case snoozeOver = "SNOOZE_OVER"
        /// Accepted, but neither closed nor reported on in time.
        case notHandled = "NOT_HANDLED"
        /// Accepted, and not touched for as long as the policy allows.
        case stale = "STALE"
        /// Whoever accepted gave it back.
        case handedBack = "HANDED_BACK"
        /// The alert was raised again with a higher urgency.
        case urgencyRaised = "URGENCY_RAISED"
        /// A more urgent alert of the same patient was open.
        case inhibited = "INHIBITED"
        /// The clinic or the producer was under maintenance.
        case maintenance = "MAINTENANCE"
        /// Paged as the doctor that the alert is assigned to.
        case assignedDoctor = "ASSIGNED_DOCTOR"
        /// Paged as that doctor's backup.
        case backupOfAssigned = "BACKUP_OF_ASSIGNED"
        /// Paged as on call in a schedule.
        case schedule = "SCHEDULE"
        /// Paged for the role.
        case role = "ROLE"
        /// Paged as who accepted the alert.
        case acceptor = "ACCEPTOR"
        case noContact = "NO_CONTACT"
        case unverified = "UNVERIFIED"
        case optedOut = "OPTED_OUT"
        case failing = "FAILING"
        case offDuty = "OFF_DUTY"
        case inactive = "INACTIVE"

        package init(_ why: Unreachable) {
            self =
                switch why {
                case .noContact: .noContact
                case .unverified: .unverified
                case .optedOut: .optedOut
                case .failing: .failing
                case .offDuty: .offDuty
                case .inactive: .inactive
                }
        }

        package init(_ target: EscalationTarget?) {
            self =
                switch target {
                case .assignedDoctor: .assignedDoctor
                case .backupOfAssigned: .backupOfAssigned
                case .schedule: .schedule
                case .role: .role
                case nil: .acceptor
                }
        }
    }
}
