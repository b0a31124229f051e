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
    }
}
