/// Who is told about an alert, in which order, how loudly, and what answers mean: data of a clinic, versioned.
///
/// An alert keeps the version it started with. JSON names are the property names, durations in whole seconds with
/// `Seconds` appended and urgencies as keys: `"reopenSeconds":3600`, `"loops":{"CRITICAL":-1,"LOW":0,…}`.
/// A policy may hold any values; `problems()` says what is wrong with them, and the planner survives all of them.
/// A section that is left out has the values of its type's `init()`.
package struct EscalationPolicy: Equatable, Sendable {
    package var id: PolicyID
    /// 1 and upwards; a change makes a new version.
    package var version: Int
    package var name: String
    /// An IANA name, in which quiet hours without a zone of their own and digests are meant.
    package var timezone = "UTC"
    /// How loud each urgency is.
    package var urgencies = PerUrgency<UrgencyRules>.standard
    /// In order; the first is paged when the alert is raised.
    package var steps: [EscalationStep]
    /// How often the steps are gone through again after the first time; -1 for without end.
    package var loops: PerUrgency<Int>
    /// What ends a step before its time.
    package var advanceNowOn = Set(AdvanceTrigger.allCases)
    /// What is asked of whoever accepted the alert.
    package var afterAccept = AfterAcceptRules()
    /// What happens when the policy ran out.
    package var onExhausted = ExhaustionRules()
    package var dedup = DeduplicationRules()
    package var inhibit = [InhibitionRule()]
    package var storm = StormRules()
    package var phoneLimits = PhoneLimits()
    package var gateways = GatewayRules()
    package var snooze = SnoozeRules()
    package var stale = StaleRules()
    /// How long after its close an alert can be re-opened; later a new one must be raised.
    package var reopen = Duration.seconds(3_600)
    package var maintenance = MaintenanceRules()
    /// Producers that must be heard from.
    package var heartbeats: [HeartbeatRule] = []

    /// A policy whose other sections are the standard ones.
    package init(id: PolicyID, version: Int, name: String, steps: [EscalationStep], loops: PerUrgency<Int>) {
        self.id = id
        self.version = version
        self.name = name
        self.steps = steps
        self.loops = loops
    }
}

/// One step of a policy: people who are paged together, and the time they have to answer.
package struct EscalationStep: Equatable, Sendable {
    /// All are paged at once; a person found twice is paged once.
    package var targets: [EscalationTarget]
    /// How long the step waits before the next one; `nil`: alerts of this urgency do not take the step.
    package var wait: PerUrgency<Duration?>
    /// Whether the people's own rules choose their contacts, or the policy does for CRITICAL.
    package var userRules = UserRules.overrideForCritical
    /// Whether a step without anybody to page is passed over at once; false: it waits its time, on the screens alone.
    package var skipIfEmpty = true

    package init(targets: [EscalationTarget], wait: PerUrgency<Duration?>) {
        self.targets = targets
        self.wait = wait
    }

    /// Whose word counts on how a person is reached.
    package enum UserRules: String, CaseIterable, Hashable, Sendable {
        /// The person's rules, always.
        case respect = "RESPECT"
        /// The person's rules, except that a CRITICAL alert uses every verified contact at once.
        case overrideForCritical = "OVERRIDE_FOR_CRITICAL"
    }
}

/// What ends a step before its time, if the policy names it.
package enum AdvanceTrigger: String, CaseIterable, Hashable, Sendable, Comparable {
    /// Everybody who could still answer declined.
    case declined = "DECLINED"
    /// Every message to everybody who could still answer failed.
    case contactsFailed = "CONTACTS_FAILED"
    /// Nobody's device or phone confirmed the page in time.
    case receiptTimeout = "RECEIPT_TIMEOUT"
    /// Everybody who could still answer opted out of messages.
    case optedOut = "OPTED_OUT"
    /// Everybody who could still answer went off duty, or the schedule has nobody any more.
    case offDuty = "OFF_DUTY"
    /// Everybody who could still answer lost the last contact.
    case noContact = "NO_CONTACT"
    /// No screen of the clinic is connected, so nobody on site sees the alert.
    case noLiveScreen = "NO_LIVE_SCREEN"

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
