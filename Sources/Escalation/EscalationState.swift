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
///                              │ not handled in time, or given back: the next step, or exhausted
///
///     snoozed leads from running and exhausted to snoozed, whose time leads to the next step.
///     closed leads from every phase to ended; reopened from ended to the first step.
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
    /// Raised by every step entered, page repeated, alarm, acceptance, reminder, snooze and close. A timer or message that
    /// carries another generation is of the past and must do nothing.
    package var generation: Int64
    /// The people of the current step and what became of each.
    package var people: [PagedPerson]
    /// Who accepted; stays when the alert is closed, and goes when the acceptance is taken or given back.
    package var acceptedBy: UserID?
    /// How long the alert was put off in all; what was not used of a snooze does not count.
    package var snoozed: Duration

    /// The state of an alert that is about to be raised; the first input must be `raised`.
    package init(urgency: UrgencyLevel, assignedDoctor: UserID?) {
        self.init(
            urgency: urgency, assignedDoctor: assignedDoctor, status: .pending, phase: .new, step: 0, loop: 0,
            generation: 0, people: [])
    }

    /// A state as it was stored.
    package init(
        urgency: UrgencyLevel, assignedDoctor: UserID?, status: AlertStatus, phase: EscalationPhase, step: Int,
        loop: Int, generation: Int64, people: [PagedPerson], acceptedBy: UserID? = nil, snoozed: Duration = .zero
    ) {
        self.urgency = urgency
        self.assignedDoctor = assignedDoctor
        self.status = status
        self.phase = phase
        self.step = step
        self.loop = loop
        self.generation = generation
        self.people = people
        self.acceptedBy = acceptedBy
        self.snoozed = snoozed
    }
}
