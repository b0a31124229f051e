package import Clinic
package import HubProtocol
import Platform
package import Wire

/// A snapshot for all who subscribe at about the same time: read once, encoded once, one frame in memory. Loop-confined.
///
/// Nobody loses an event by it, however many were published since it was read: each subscriber's stream goes on from
/// `head`, the position that the snapshot stands for, and what lies between is delivered as to one who resumes from there.
package final class SharedSnapshot {
    package let snapshot: ChannelSnapshot
    /// When its reading began.
    let readAt: MonotonicTime
    private let clinic: ClinicID
    private var message: SharedSubscribed?
    private var frames: [MessageTag?: OutboundFrame] = [:]
    /// Clients of one program give the same few tags; more than these are encoded for each.
    private static let keptFrames = 16

    init(_ snapshot: ChannelSnapshot, of clinic: ClinicID, readAt: MonotonicTime) {
        self.snapshot = snapshot
        self.clinic = clinic
        self.readAt = readAt
    }

    /// The place in history that it stands for.
    package var head: Position { snapshot.head }

    /// The `subscribed` message for one who gave this tag; those with the same tag share the frame.
    ///
    /// - Parameter firstWaits: see `Subscribed.firstWaits`; that of the first call is for all.
    package func frame(tag: MessageTag?, firstWaits: PerUrgency<Duration?>?) -> OutboundFrame {
        if let frame = frames[tag] { return frame }
        let message = message ?? encode(firstWaits)
        self.message = message
        let frame = OutboundFrame(text: message.payload(tag: tag))
        if frames.count < Self.keptFrames { frames[tag] = frame }
        return frame
    }

    private func encode(_ firstWaits: PerUrgency<Duration?>?) -> SharedSubscribed {
        SharedSubscribed(
            Subscribed(
                tag: nil, channel: ChannelName(clinic: clinic), position: head,
                recovery: .snapshot(snapshot.alerts, isTruncated: snapshot.isTruncated), firstWaits: firstWaits))
    }
}
