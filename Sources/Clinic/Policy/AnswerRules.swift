/// Accepted is not handled: what is asked of whoever accepted an alert.
package struct AfterAcceptRules: Equatable, Sendable {
    /// How long after the acceptance, and after each word of progress, the person is reminded, again and again;
    /// `nil` for never.
    package var remind = PerUrgency<Duration?>(
        low: nil, moderate: nil, urgent: .seconds(1_800), critical: .seconds(600))
    /// How long after the acceptance, or the last word of progress, it is taken back; `nil` for never.
    package var unaccept = PerUrgency<Duration?>(
        low: nil, moderate: nil, urgent: .seconds(3_600), critical: .seconds(1_200))
    package var resume = Resume.nextStep
    /// Whether who accepted may give the alert back.
    package var handoffAllowed = true

    package init() {}

    /// Where the policy goes on when an acceptance is taken or given back.
    package enum Resume: String, CaseIterable, Hashable, Sendable {
        case nextStep = "NEXT_STEP"
        case sameStep = "SAME_STEP"
        case firstStep = "FIRST_STEP"
    }
}

/// What happens when every step was taken and nobody answered. Never silence: the alarm is repeated until a human acts.
package struct ExhaustionRules: Equatable, Sendable {
    /// Who is told, with the alarm on the screens; if none of them can be reached, everybody of the policy is.
    package var targets: [EscalationTarget] = [.role(.admin)]
    /// How long after an unanswered alarm the next one follows.
    package var repeatEvery = Duration.seconds(300)

    package init() {}
}

/// How long an alert may be put off, all its snoozes together; `nil` or zero: not at all.
package struct SnoozeRules: Equatable, Sendable {
    package var max = PerUrgency<Duration?>(
        low: .seconds(86_400), moderate: .seconds(14_400), urgent: .seconds(900), critical: nil)
    /// Whether whoever snoozes must say why.
    package var needsReason = true

    package init() {}
}

/// What becomes of alerts that nobody touches.
package struct StaleRules: Equatable, Sendable {
    /// After so long without a change an answered alert is closed; `nil` for never.
    package var autoClose: Duration?
    /// After so long without a change an alert is listed for review; `nil` for never.
    package var reviewQueue: Duration? = .seconds(86_400)

    package init() {}
}
