/// Who is told about an alert, in which order, and how long each step waits: data of a clinic, versioned.
///
/// An alert keeps the version it started with. JSON names are the property names, durations in whole seconds with
/// `Seconds` appended and urgencies as keys: `"receiptTimeoutSeconds":{"CRITICAL":20,"LOW":null,…}`.
/// A policy may hold any values; `problems()` says what is wrong with them, and the planner survives all of them.
package struct EscalationPolicy: Equatable, Sendable {
    package var id: PolicyID
    /// 1 and upwards; a change makes a new version.
    package var version: Int
    package var name: String
    /// In order; the first is paged when the alert is raised.
    package var steps: [EscalationStep]
    /// How often the steps are gone through again after the first time; -1 for without end.
    package var loops: PerUrgency<Int>
    /// How long a step waits for a receipt from anybody it paged before it counts as failed; `nil` does not ask.
    package var receiptTimeout: PerUrgency<Duration?>
    /// Who is told, with the alarm on the dashboards, when the policy ran out.
    package var exhaustedTargets: [EscalationTarget]
    /// How long after an unanswered alarm the next one follows.
    package var exhaustedRepeat: Duration

    package init(
        id: PolicyID, version: Int, name: String, steps: [EscalationStep], loops: PerUrgency<Int>,
        receiptTimeout: PerUrgency<Duration?>, exhaustedTargets: [EscalationTarget], exhaustedRepeat: Duration
    ) {
        self.id = id
        self.version = version
        self.name = name
        self.steps = steps
        self.loops = loops
        self.receiptTimeout = receiptTimeout
        self.exhaustedTargets = exhaustedTargets
        self.exhaustedRepeat = exhaustedRepeat
    }
}

/// One step of a policy: people who are paged together, and the time they have to answer.
package struct EscalationStep: Equatable, Sendable {
    /// All are paged at once; a person found twice is paged once.
    package var targets: [EscalationTarget]
    /// How long the step waits before the next one; `nil`: alerts of this urgency do not take the step.
    package var wait: PerUrgency<Duration?>

    package init(targets: [EscalationTarget], wait: PerUrgency<Duration?>) {
        self.targets = targets
        self.wait = wait
    }
}
