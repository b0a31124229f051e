package import Clinic

/// One committed event of a clinic's channel, with the patient's name opened.
package struct ClinicEvent: Sendable, Equatable {
    package let clinic: ClinicID
    /// 1 for the first; without gaps, in commit order.
    package let seq: Int64
    /// When it was written, by the database's clock.
    package let at: Timestamp
    package let body: Body

    package init(clinic: ClinicID, seq: Int64, at: Timestamp, body: Body) {
        self.clinic = clinic
        self.seq = seq
        self.at = at
        self.body = body
    }

    /// What happened.
    package enum Body: Sendable, Equatable {
        /// `alert:new`
        case alertRaised(AlertID, urgency: UrgencyLevel, room: String?, patient: PatientID, patientName: PHI<String>)
        /// `alert:delivered`
        case alertDelivered(AlertID, doctor: UserID)
        /// `alert:acknowledged`
        case alertAcknowledged(AlertID, doctor: UserID)
        /// `alert:escalated`; `nextStepAt` is when the timer is due that this step armed.
        case alertEscalated(AlertID, step: Int, nextStepAt: Timestamp?)
        /// `alert:exhausted`
        case alertExhausted(AlertID)
        /// `alert:closed`
        case alertClosed(AlertID)
        /// `patient:status_changed`
        case patientStatusChanged(PatientID, PatientStatus)
        /// `intake:processed`
        case intakeProcessed(IntakeFormID, isEmergency: Bool, requiresReview: Bool)
    }
}

/// A position in a channel's history: the newest event that somebody has.
package struct ChannelPosition: Hashable, Sendable {
    package var epoch: EpochID
    package var seq: Int64

    package init(epoch: EpochID, seq: Int64) {
        self.epoch = epoch
        self.seq = seq
    }
}

/// What was committed to a channel by one call: the events in order, and the channel's epoch.
package struct CommittedEvents: Sendable, Equatable {
    package let epoch: EpochID
    package let events: [ClinicEvent]
}
