package import Clinic
package import Wire

/// A committed event of a clinic with the frame that every screen is sent: encoded once, shared by all loops.
package struct PublishedEvent: Sendable {
    package let clinic: ClinicID
    /// The channel's epoch; it changes only if history was lost.
    package let epoch: EpochID
    /// The place in the clinic's sequence: 1, 2, 3 … without a gap, in commit order.
    package let seq: Int64
    package let frame: OutboundFrame

    package init(clinic: ClinicID, epoch: EpochID, seq: Int64, frame: OutboundFrame) {
        self.clinic = clinic
        self.epoch = epoch
        self.seq = seq
        self.frame = frame
    }
}
