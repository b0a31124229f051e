package import Clinic
import HubProtocol
package import Store
import Wire

extension PublishedEvent {
    /// Encodes a committed event for the screens, once for all of them.
    package init(_ event: ClinicEvent, epoch: EpochID) {
        let payload = EventMessage.encode(
            channel: ChannelName(clinic: event.clinic), seq: event.seq, kind: event.event.kind, at: event.at,
            data: event.event.encodedData())
        self.init(
            clinic: event.clinic, epoch: epoch, seq: event.seq,
            frame: OutboundFrame(text: payload, mark: event.event.coalescingMark))
    }
}

extension HubEvent {
    /// Marks frames of which only the newest matters to a screen that is behind: a patient's status. Never an alert.
    var coalescingMark: UInt64 {
        guard case .patientStatusChanged(let patient, _) = self else { return 0 }
        let mark = patient.high ^ patient.low
        return mark == 0 ? 1 : mark
    }
}
