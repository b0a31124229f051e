package import Clinic

/// The name of a stream of events; today one kind, `clinic:<uuid>`, a clinic's own.
package struct ChannelName: Hashable, Sendable, CustomStringConvertible {
    package let clinic: ClinicID

    package init(clinic: ClinicID) {
        self.clinic = clinic
    }

    /// Reads `clinic:<uuid>`; `nil` for every other name.
    package init?(_ text: some StringProtocol) {
        let prefix = "clinic:"
        guard text.hasPrefix(prefix), let clinic = ClinicID(text.dropFirst(prefix.count)) else { return nil }
        self.clinic = clinic
    }

    package var description: String { "clinic:\(clinic)" }
}

/// A place in a channel's history: everything up to and with `seq` of this `epoch` has been seen.
///
/// Another epoch than the channel's own means that the history was lost, and that no `seq` can be compared.
package struct Position: Hashable, Sendable {
    package let epoch: EpochID
    /// 0 before the first event.
    package let seq: Int64

    package init(epoch: EpochID, seq: Int64) {
        self.epoch = epoch
        self.seq = seq
    }
}
