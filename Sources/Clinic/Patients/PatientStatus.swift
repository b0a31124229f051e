/// Where a patient is in the clinic's flow; the three values of the `patients.status` column.
///
///     WAITING ──► BEING_ATTENDED ──► DISCHARGED
///        └───────────── left ────────────┘
package enum PatientStatus: String, CaseIterable, Hashable, Sendable {
    case waiting = "WAITING"
    case beingAttended = "BEING_ATTENDED"
    case discharged = "DISCHARGED"

    /// Whether a patient in this status may get the other one. Nothing leads back: a new visit is a new arrival.
    package func transition(to next: PatientStatus) -> Transition {
        switch (self, next) {
        case (.waiting, .beingAttended), (.waiting, .discharged), (.beingAttended, .discharged): .moves
        case _ where self == next: .stays
        default: .refused
        }
    }
}
