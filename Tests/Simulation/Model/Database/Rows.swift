package import Clinic
package import Escalation

/// One row of `alerts` and `escalations` together: they are written under one lock.
package struct EscalationRow: Sendable {
    package let id: AlertID
    package let policy: EscalationPolicy
    package internal(set) var state: EscalationState
    package let raisedAt: Timestamp
    /// The timer could not be run and rests until then.
    package internal(set) var claimedUntil: Timestamp?
    /// Whether there is a row in `receipts`.
    package internal(set) var isSeenOnScreens = false
}

/// The values of `messages.state`.
package enum MessageState: String, Sendable {
    case queued = "QUEUED"
    case submitting = "SUBMITTING"
    case submitted = "SUBMITTED"
    case delivered = "DELIVERED"
    case dead = "DEAD"
    case cancelled = "CANCELLED"
    case expired = "EXPIRED"

    /// Whether the message may still arrive, as `other_contacts_hopeful` has it.
    var isHopeful: Bool { self == .queued || self == .submitting || self == .submitted || self == .delivered }
}

/// One row of `messages`.
package struct MessageRow: Sendable {
    package let id: MessageID
    package let alert: AlertID
    package let user: UserID
    package let contact: ContactID?
    package let kind: ContactKind
    package let urgency: UrgencyLevel
    package internal(set) var step: Int
    package internal(set) var generation: Int64
    package internal(set) var state = MessageState.queued
    package internal(set) var attempts: [AttemptID] = []
    package internal(set) var triesBefore = 0
    package internal(set) var notBefore: Timestamp
    package internal(set) var expiresAt: Timestamp
    package internal(set) var deadAt: Timestamp?
    package internal(set) var replays = 0
}

/// One row of `delivery_attempts`. Its rank is that of its state.
package struct AttemptRow: Sendable {
    package let id: AttemptID
    package let message: MessageID
    package let gateway: String
    package let number: Int
    package let submittedAt: Timestamp
    /// Whose attempt it is: a number that a session of that hub holds a lock of.
    package let holder: Int?
    package internal(set) var state = DeliveryState.submitting
    package internal(set) var providerID: String?
    /// What the call itself came to.
    package internal(set) var outcome: DeliveryState?
    package internal(set) var leaseUntil: Timestamp?
}

/// One callback of a gateway, verified.
package struct GatewayWord: Hashable, Sendable {
    package var gateway: String
    /// nil where the gateway names its own id alone.
    package var attempt: AttemptID?
    package var providerID: String?
    package var report: DeliveryState

    package init(gateway: String, attempt: AttemptID?, providerID: String?, report: DeliveryState) {
        self.gateway = gateway
        self.attempt = attempt
        self.providerID = providerID
        self.report = report
    }
}

/// One member of staff, with all the contacts.
package struct PersonRow: Sendable {
    package let user: UserID
    package let role: Role
    package var isActive = true
    package var profile: ReachProfile
    /// Whose backup this person is.
    package var isBackupOf: UserID?

    package init(user: UserID, role: Role, profile: ReachProfile, isBackupOf: UserID? = nil) {
        self.user = user
        self.role = role
        self.profile = profile
        self.isBackupOf = isBackupOf
    }
}
