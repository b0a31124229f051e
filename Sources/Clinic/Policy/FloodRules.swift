/// When an alert repeats one that is open.
package struct DeduplicationRules: Equatable, Sendable {
    /// What two alerts must have in common; never empty.
    package var key: [Field] = [.patientID, .alertType]
    /// How long after the first one another counts as a repetition.
    package var window = Duration.seconds(3_600)
    package var onRepeat = OnRepeat.raiseUrgencyIfHigherElseCount

    package init() {}

    package enum Field: String, CaseIterable, Hashable, Sendable {
        case patientID = "PATIENT_ID"
        case alertType = "ALERT_TYPE"
        case room = "ROOM"
    }

    package enum OnRepeat: String, CaseIterable, Hashable, Sendable {
        /// A higher urgency is taken over, and whoever is called is told; else the repetition is counted.
        case raiseUrgencyIfHigherElseCount = "RAISE_URGENCY_IF_HIGHER_ELSE_COUNT"
        case count = "COUNT"
    }
}

/// An open alert that keeps lesser ones quiet.
package struct InhibitionRule: Equatable, Sendable {
    package var when = UrgencyLevel.critical
    /// What the two alerts must have in common; never empty.
    package var same: [DeduplicationRules.Field] = [.patientID]
    /// The urgencies that page nobody meanwhile; never CRITICAL.
    package var mute: [UrgencyLevel] = [.low]

    package init() {}
}

/// A number of times within a window.
package struct Rate: Hashable, Sendable {
    package var count: Int
    package var window: Duration

    package init(count: Int, window: Duration) {
        self.count = count
        self.window = window
    }
}

/// What happens when very many alerts come at once.
package struct StormRules: Equatable, Sendable {
    /// From so many pages to one person on, what is not CRITICAL is bundled.
    package var perUser = Rate(count: 6, window: .seconds(300))
    /// From so many alerts of one clinic on, its admins are told.
    package var perClinic = Rate(count: 60, window: .seconds(60))

    package init() {}
}

/// The most texts that one number gets about the policy's alerts, beside the limits of the hub's settings: the stricter
/// holds.
package struct PhoneLimits: Equatable, Sendable {
    package var sms: [Rate] = []
    /// Urgencies that `sms` spares; always CRITICAL.
    package var exempt: [UrgencyLevel] = [.critical]
    /// The most in an hour whatever the urgency; `nil` for none.
    package var hardCapPerHour: Int?

    package init() {}
}
