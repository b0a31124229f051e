package import Clinic
package import HubProtocol

/// One committed event of a clinic's channel, with the patient's name opened.
package struct ClinicEvent: Sendable, Equatable {
    package let clinic: ClinicID
    /// 1 for the first; without gaps, in commit order.
    package let seq: Int64
    /// When it was written, by the database's clock.
    package let at: Timestamp
    package let event: HubEvent

    package init(clinic: ClinicID, seq: Int64, at: Timestamp, event: HubEvent) {
        self.clinic = clinic
        self.seq = seq
        self.at = at
        self.event = event
    }
}

/// What was committed to a channel by one call: the events in order, and the channel's epoch.
package struct CommittedEvents: Sendable, Equatable {
    package let epoch: EpochID
    package let events: [ClinicEvent]
}
