package import Clinic
import HubProtocol
package import Store
import Wire

extension PublishedEvent {
    /// Encodes a committed event for the screens, once for all of them.
    package init(_ event: ClinicEvent, epoch: EpochID) {
        let hubEvent = HubEvent(event)
        let payload = EventMessage.encode(
            channel: ChannelName(clinic: event.clinic), seq: event.seq, kind: hubEvent.kind, at: event.at,
            data: hubEvent.encodedData())
        self.init(
            clinic: event.clinic, epoch: epoch, seq: event.seq,
            frame: OutboundFrame(text: payload, mark: hubEvent.coalescingMark))
    }
}

extension HubEvent {
    init(_ event: ClinicEvent) {
        switch event.body {
        case .alertRaised(let alert, let urgency, let room, _, let patientName):
            self = .alertNew(alert: alert, urgency: urgency, room: room, patientName: patientName)
        case .alertDelivered(let alert, let doctor):
            self = .alertDelivered(alert: alert, doctor: doctor, at: event.at)
        case .alertAcknowledged(let alert, let doctor):
            self = .alertAcknowledged(alert: alert, doctor: doctor, at: event.at)
        case .alertEscalated(let alert, let step, let nextStepAt):
            self = .alertEscalated(alert: alert, step: step, at: event.at, nextStepAt: nextStepAt)
        case .alertExhausted(let alert):
            self = .alertExhausted(alert: alert, at: event.at)
        case .alertClosed(let alert):
            self = .alertClosed(alert: alert, at: event.at)
        case .patientStatusChanged(let patient, let status):
            self = .patientStatusChanged(patient: patient, status: status)
        case .intakeProcessed(let form, let isEmergency, let requiresReview):
            self = .intakeProcessed(form: form, isEmergency: isEmergency, requiresReview: requiresReview)
        }
    }

    /// Marks frames of which only the newest matters to a screen that is behind: a patient's status. Never an alert.
    var coalescingMark: UInt64 {
        if case .patientStatusChanged(let patient, _) = self { patient.low | 1 } else { 0 }
    }
}
