package import Clinic
package import HubProtocol

/// Where a channel reads what it does not have in memory. Called on the loop.
package protocol EventHistory: AnyObject {
    /// The epoch and newest `seq` of each of these clinics; one that does not exist is missing from the answer.
    func heads(of clinics: [ClinicID]) async throws(HistoryError) -> [ClinicID: Position]
    /// Up to `limit` events that follow `seq`, in order, without a gap.
    func events(of clinic: ClinicID, after seq: Int64, limit: Int) async throws(HistoryError) -> [PublishedEvent]
    /// The open alerts, and the position that they stand for, read in one transaction.
    func snapshot(of clinic: ClinicID) async throws(HistoryError) -> ChannelSnapshot
}

/// The database did not answer; the caller tries again later or refuses the subscriber for now.
package enum HistoryError: Error, Equatable {
    case unavailable
}

/// The open alerts of a clinic as of `head`.
package struct ChannelSnapshot: Sendable {
    package let head: Position
    package let alerts: [OpenAlert]
    /// Whether older open alerts were left out because there are too many for one message.
    package let isTruncated: Bool

    package init(head: Position, alerts: [OpenAlert], isTruncated: Bool) {
        self.head = head
        self.alerts = alerts
        self.isTruncated = isTruncated
    }
}
