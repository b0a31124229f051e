package import Clinic

/// What the escalation waits for.
package enum EscalationPhase: Hashable, Sendable {
    /// Not begun.
    case new
    /// A step was paged. The timer is due at `dueAt`: the end of the step, or before it the moment by which
    /// somebody's device must have confirmed the page, or at which the page is repeated.
    case running(dueAt: Timestamp, stepEndsAt: Timestamp)
    /// Put off until then.
    case snoozed(until: Timestamp)
    /// The policy ran out; the alarm is repeated at `dueAt`.
    case exhausted(dueAt: Timestamp)
    /// Somebody accepted the alert. At `dueAt` the person is reminded, or at `unacceptAt` the acceptance is taken back;
    /// `nil` where the policy asks for neither.
    case answered(dueAt: Timestamp?, unacceptAt: Timestamp?)
    /// Closed; no timer, nothing follows unless it is re-opened.
    case ended(at: Timestamp)

    /// When the alert's timer is due; `nil` without one.
    package var dueAt: Timestamp? {
        switch self {
        case .running(let dueAt, _), .exhausted(let dueAt), .snoozed(let dueAt): dueAt
        case .answered(let dueAt, _): dueAt
        case .new, .ended: nil
        }
    }

    /// The second moment of a phase, in the column `step_ends_at`: the end of a step, or of an acceptance.
    package var stepEndsAt: Timestamp? {
        switch self {
        case .running(_, let stepEndsAt): stepEndsAt
        case .answered(_, let unacceptAt): unacceptAt
        case .new, .snoozed, .exhausted, .ended: nil
        }
    }

    /// When the alert was closed; `nil` while it is open.
    package var endedAt: Timestamp? { if case .ended(let at) = self { at } else { nil } }

    /// The word for a database column.
    package var name: String {
        switch self {
        case .new: "NEW"
        case .running: "RUNNING"
        case .snoozed: "SNOOZED"
        case .exhausted: "EXHAUSTED"
        case .answered: "ANSWERED"
        case .ended: "ENDED"
        }
    }

    /// The phase of stored columns; `nil` if they do not fit together.
    package init?(name: String, dueAt: Timestamp?, stepEndsAt: Timestamp?, closedAt: Timestamp?) {
        switch (name, dueAt) {
        case ("NEW", _): self = .new
        case ("RUNNING", .some(let dueAt)): self = .running(dueAt: dueAt, stepEndsAt: stepEndsAt ?? dueAt)
        case ("SNOOZED", .some(let dueAt)): self = .snoozed(until: dueAt)
        case ("EXHAUSTED", .some(let dueAt)): self = .exhausted(dueAt: dueAt)
        case ("ANSWERED", _): self = .answered(dueAt: dueAt, unacceptAt: stepEndsAt)
        case ("ENDED", _):
            guard let closedAt else { return nil }
            self = .ended(at: closedAt)
        default: return nil
        }
    }
}
