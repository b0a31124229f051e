package import Clinic

/// Something that a clinic's screens are told, with its data.
///
/// The first four and their fields are the platform's contract; the others are the hub's own, in the same style.
package enum HubEvent: Equatable, Sendable {
    case alertNew(alert: AlertID, urgency: UrgencyLevel, room: String?, patientName: PHI<String>)
    case alertAcknowledged(alert: AlertID, doctor: UserID, at: Timestamp)
    case patientStatusChanged(patient: PatientID, status: PatientStatus)
    case intakeProcessed(form: IntakeFormID, isEmergency: Bool, requiresReview: Bool)
    /// A later step was entered; `nextStepAt` is when the one after it follows.
    case alertEscalated(alert: AlertID, step: Int, at: Timestamp, nextStepAt: Timestamp?)
    /// The assigned doctor's own device or phone confirmed the alert.
    case alertDelivered(alert: AlertID, doctor: UserID, at: Timestamp)
    /// Everybody was called and nobody answered; repeated until somebody acts.
    case alertExhausted(alert: AlertID, at: Timestamp)
    case alertClosed(alert: AlertID, at: Timestamp)
    /// A doctor who was paged passed it on.
    case alertDeclined(alert: AlertID, doctor: UserID, at: Timestamp)
    /// The doctor who accepted it was told that it is still open.
    case alertReminded(alert: AlertID, doctor: UserID, at: Timestamp)
    /// It is nobody's again: `doctor`, where known, had accepted it.
    case alertUnaccepted(alert: AlertID, doctor: UserID?, at: Timestamp, nextStepAt: Timestamp?)
    /// Put off until then; nobody is paged before.
    case alertSnoozed(alert: AlertID, by: UserID, until: Timestamp, at: Timestamp)
    /// A closed alert is open again and begins anew; `data` is that of `alert:new`.
    case alertReopened(alert: AlertID, urgency: UrgencyLevel, room: String?, patientName: PHI<String>)
    /// The same alert came again with a higher urgency.
    case alertUrgencyRaised(alert: AlertID, urgency: UrgencyLevel, at: Timestamp)
    /// The same was raised again: `count` times now, with the urgency that it has now.
    case alertRepeated(alert: AlertID, urgency: UrgencyLevel, count: Int, at: Timestamp)
    /// Held back until then at the latest, by a more urgent alert of the same patient, or by maintenance.
    case alertInhibited(alert: AlertID, by: AlertID?, until: Timestamp, at: Timestamp)
    /// What held it back is over.
    case alertReleased(alert: AlertID, at: Timestamp, nextStepAt: Timestamp?)
    case clinicMaintenance(MaintenanceNotice)
    /// Something must be put right before the next alert needs it; or it was.
    case operatorNotice(OperatorNotice, isCleared: Bool, at: Timestamp)

    package var kind: Kind {
        switch self {
        case .alertNew: .alertNew
        case .alertAcknowledged: .alertAcknowledged
        case .patientStatusChanged: .patientStatusChanged
        case .intakeProcessed: .intakeProcessed
        case .alertEscalated: .alertEscalated
        case .alertDelivered: .alertDelivered
        case .alertExhausted: .alertExhausted
        case .alertClosed: .alertClosed
        case .alertDeclined: .alertDeclined
        case .alertReminded: .alertReminded
        case .alertUnaccepted: .alertUnaccepted
        case .alertSnoozed: .alertSnoozed
        case .alertReopened: .alertReopened
        case .alertUrgencyRaised: .alertUrgencyRaised
        case .alertRepeated: .alertRepeated
        case .alertInhibited: .alertInhibited
        case .alertReleased: .alertReleased
        case .clinicMaintenance: .clinicMaintenance
        case .operatorNotice: .operatorNotice
        }
    }

    /// The names on the wire and in `clinic_events.type`.
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        case alertNew = "alert:new"
        case alertAcknowledged = "alert:acknowledged"
        case patientStatusChanged = "patient:status_changed"
        case intakeProcessed = "intake:processed"
        case alertEscalated = "alert:escalated"
        case alertDelivered = "alert:delivered"
        case alertExhausted = "alert:exhausted"
        case alertClosed = "alert:closed"
        case alertDeclined = "alert:declined"
        case alertReminded = "alert:reminded"
        case alertUnaccepted = "alert:unaccepted"
        case alertSnoozed = "alert:snoozed"
        case alertReopened = "alert:reopened"
        case alertUrgencyRaised = "alert:urgency_raised"
        case alertRepeated = "alert:repeated"
        case alertInhibited = "alert:inhibited"
        case alertReleased = "alert:released"
        case clinicMaintenance = "clinic:maintenance"
        case operatorNotice = "operator:notice"
    }
}

/// A maintenance window that began or ended.
package struct MaintenanceNotice: Hashable, Sendable {
    package let window: MaintenanceWindowID
    package let isActive: Bool
    /// The producer whose alerts are meant; nil for all.
    package let source: String?
    /// The urgencies that call nobody meanwhile.
    package let suppresses: [UrgencyLevel]
    package let until: Timestamp
    package let at: Timestamp

    package init(
        window: MaintenanceWindowID, isActive: Bool, source: String?, suppresses: [UrgencyLevel], until: Timestamp,
        at: Timestamp
    ) {
        self.window = window
        self.isActive = isActive
        self.source = source
        self.suppresses = suppresses
        self.until = until
        self.at = at
    }
}
