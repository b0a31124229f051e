package import Clinic

/// One alert of a snapshot: what a screen needs to draw its row without the events that led there.
package struct OpenAlert: Equatable, Sendable {
    package let alert: AlertID
    package let urgency: UrgencyLevel
    package let room: String?
    package let patientName: PHI<String>
    package let status: AlertStatus
    package let createdAt: Timestamp
    /// When the next step follows; `nil` where none is waited for.
    package let escalatesAt: Timestamp?
    /// The escalation step entered last, counted from 1.
    package let step: Int
    /// Whether everybody was called without an answer.
    package let isExhausted: Bool
    /// Until when nobody is called; `nil` where it is neither put off nor held back.
    package var snoozedUntil: Timestamp?
    /// Why it is held back; `nil` where it is not.
    package var hold: HoldCause?

    package init(
        alert: AlertID, urgency: UrgencyLevel, room: String?, patientName: PHI<String>, status: AlertStatus,
        createdAt: Timestamp, escalatesAt: Timestamp?, step: Int, isExhausted: Bool
    ) {
        self.alert = alert
        self.urgency = urgency
        self.room = room
        self.patientName = patientName
        self.status = status
        self.createdAt = createdAt
        self.escalatesAt = escalatesAt
        self.step = step
        self.isExhausted = isExhausted
    }
}
