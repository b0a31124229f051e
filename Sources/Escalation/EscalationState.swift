package import Clinic

/// Where the escalation of one alert stands: everything that the planner remembers, one row in the database.
///
///                 raised                      last step's time is up, or nobody can be reached
///     new ───────────────► running ──────────────────────────────────────► exhausted ─┐
///                       ┌────┘ │ ▲                                          │  ▲      │ alarm's time is up:
///       time is up, all ├──────┘ │ next step                                │  └──────┘ alarm again
///       failed, declined└────────┘                                          │
///                              │ acknowledged                               │ acknowledged
///                              ▼                                            ▼
///                          answered ◄───────────────────────────────────────┘
///
///     closed leads from every phase to ended.
package struct EscalationState: Equatable, Sendable {
    /// The alert's urgency; chooses waits, loops and words.
    package var urgency: UrgencyLevel
    /// The doctor whose receipt makes the alert DELIVERED; `nil` if it was assigned to nobody.
    package var assignedDoctor: UserID?
    package var status: AlertStatus
    package var phase: EscalationPhase
    /// The step that was entered last, counted from 1; 0 before the first.
    package var step: Int
    /// How often the steps were begun anew.
    package var loop: Int
    /// Raised by every step entered, alarm, acknowledgement and close. A timer or message that carries another
    /// generation is of the past and must do nothing.
    package var generation: Int64
    /// The people of the current step and what became of each.
    package var people: [PagedPerson]

    /// The state of an alert that is about to be raised; the first input must be `raised`.
    package init(urgency: UrgencyLevel, assignedDoctor: UserID?) {
        self.init(
            urgency: urgency, assignedDoctor: assignedDoctor, status: .pending, phase: .new, step: 0, loop: 0,
            generation: 0, people: [])
    }

    /// A state as it was stored.
    package init(
        urgency: UrgencyLevel, assignedDoctor: UserID?, status: AlertStatus, phase: EscalationPhase, step: Int,
        loop: Int, generation: Int64, people: [PagedPerson]
    ) {
        self.urgency = urgency
        self.assignedDoctor = assignedDoctor
        self.status = status
        self.phase = phase
        self.step = step
        self.loop = loop
        self.generation = generation
        self.people = people
    }
}

/// What the escalation waits for.
package enum EscalationPhase: Hashable, Sendable {
    /// Not begun.
    case new
    /// A step was paged. The timer is due at `dueAt`: the end of the step, or before it the moment by which
    /// somebody's device must have confirmed the page.
    case running(dueAt: Timestamp, stepEndsAt: Timestamp)
    /// The policy ran out; the alarm is repeated at `dueAt`.
    case exhausted(dueAt: Timestamp)
    /// A doctor accepted the alert; no timer.
    case answered
    /// Closed; no timer, nothing follows.
    case ended

    /// When the alert's timer is due; `nil` without one.
    package var dueAt: Timestamp? {
        switch self {
        case .running(let dueAt, _), .exhausted(let dueAt): dueAt
        case .new, .answered, .ended: nil
        }
    }

    /// When the current step is over; `nil` outside of one.
    package var stepEndsAt: Timestamp? {
        if case .running(_, let stepEndsAt) = self { stepEndsAt } else { nil }
    }

    /// The word for a database column.
    package var name: String {
        switch self {
        case .new: "NEW"
        case .running: "RUNNING"
        case .exhausted: "EXHAUSTED"
        case .answered: "ANSWERED"
        case .ended: "ENDED"
        }
    }

    /// The phase of stored columns; `nil` if they do not fit together.
    package init?(name: String, dueAt: Timestamp?, stepEndsAt: Timestamp?) {
        switch (name, dueAt, stepEndsAt) {
        case ("NEW", _, _): self = .new
        case ("RUNNING", .some(let dueAt), let stepEndsAt):
            self = .running(dueAt: dueAt, stepEndsAt: stepEndsAt ?? dueAt)
        case ("EXHAUSTED", .some(let dueAt), _): self = .exhausted(dueAt: dueAt)
        case ("ANSWERED", _, _): self = .answered
        case ("ENDED", _, _): self = .ended
        default: return nil
        }
    }
}
