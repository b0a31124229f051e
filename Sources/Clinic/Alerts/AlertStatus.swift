/// Where an alert stands; the five values of the `alerts.status` column.
///
///     PENDING ──► DELIVERED ──► ESCALATED ◄──► ACKNOWLEDGED
///        └──────────┴──────────────┴───────────────┴──────► CLOSED
///
/// - PENDING: nobody's own device has confirmed it. A dashboard that shows it does not count.
/// - DELIVERED: the assigned doctor's device or phone confirmed it.
/// - ESCALATED: a later step was reached, or the policy ran out.
/// - ACKNOWLEDGED: a named doctor accepted it. Giving it back leads to ESCALATED.
/// - CLOSED: over. Re-opening it leads to PENDING: it begins anew.
package enum AlertStatus: String, CaseIterable, Hashable, Sendable {
    case pending = "PENDING"
    case delivered = "DELIVERED"
    case acknowledged = "ACKNOWLEDGED"
    case escalated = "ESCALATED"
    case closed = "CLOSED"

    /// Whether an alert in this status may get the other one.
    package func transition(to next: AlertStatus) -> Transition {
        if next == self { return .stays }
        return successors.contains(next) ? .moves : .refused
    }

    /// Whether somebody must still be found for the alert.
    package var isUnanswered: Bool {
        switch self {
        case .pending, .delivered, .escalated: true
        case .acknowledged, .closed: false
        }
    }

    /// Whether the alert belongs on the board; everything that is not closed.
    package var isOpen: Bool { self != .closed }

    private var successors: [AlertStatus] {
        switch self {
        case .pending: [.delivered, .acknowledged, .escalated, .closed]
        case .delivered: [.acknowledged, .escalated, .closed]
        case .escalated: [.acknowledged, .closed]
        case .acknowledged: [.escalated, .closed]
        case .closed: [.pending]
        }
    }
}
