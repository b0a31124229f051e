import Clinic
import Database
import Escalation
import HubProtocol
import Wire

/// An event about to be appended: its type, and the payload without the patient's name.
struct NewEvent {
    let type: String
    let payload: String
    /// Whose name the event carries, sealed, beside its payload.
    let patient: PatientID?

    init(_ event: HubEvent, naming patient: PatientID? = nil) {
        type = event.kind.rawValue
        payload = String(decoding: event.storedPayload(), as: UTF8.self)
        self.patient = patient
    }

    /// A new alert; the appending statement takes the patient's sealed name, which nobody needs to open for that.
    static func raised(_ alert: AlertID, urgency: UrgencyLevel, room: String?, patient: PatientID) -> NewEvent {
        NewEvent(.alertNew(alert: alert, urgency: urgency, room: room, patientName: PHI("")), naming: patient)
    }

    /// What the planner wants the screens to be told about the alert of the snapshot, at the database's time; `state` is
    /// that of the plan.
    init(
        _ event: EscalationEvent, of alert: AlertID, _ snapshot: EscalationSnapshot, after state: EscalationState
    ) {
        let (now, dueAt) = (snapshot.now, state.phase.dueAt)
        switch event {
        case .escalated(let step):
            self.init(.alertEscalated(alert: alert, step: step, at: now, nextStepAt: dueAt))
        case .delivered(let doctor): self.init(.alertDelivered(alert: alert, doctor: doctor, at: now))
        case .acknowledged(let doctor): self.init(.alertAcknowledged(alert: alert, doctor: doctor, at: now))
        case .exhausted: self.init(.alertExhausted(alert: alert, at: now))
        case .closed: self.init(.alertClosed(alert: alert, at: now))
        case .declined(let doctor): self.init(.alertDeclined(alert: alert, doctor: doctor, at: now))
        case .reminded(let doctor): self.init(.alertReminded(alert: alert, doctor: doctor, at: now))
        case .unaccepted(let doctor):
            self.init(.alertUnaccepted(alert: alert, doctor: doctor, at: now, nextStepAt: dueAt))
        case .snoozed(let user, let until):
            self.init(.alertSnoozed(alert: alert, by: user, until: until, at: now))
        case .urgencyRaised(let urgency):
            self.init(.alertUrgencyRaised(alert: alert, urgency: urgency, at: now))
        case .reopened:
            self.init(
                .alertReopened(alert: alert, urgency: state.urgency, room: snapshot.room, patientName: PHI("")),
                naming: snapshot.patient)
        }
    }
}

extension ClinicEvent {
    /// Reads a row of `clinic_events`: seq, type, payload, patient_id, patient_name, created_at.
    init(_ row: Row, clinic: ClinicID, vault: PHIVault) throws(StoreError) {
        let (type, payload) = try reading { () throws(DatabaseError) in
            (try row.string("type"), try row.utf8("payload"))
        }
        guard let kind = HubEvent.Kind(rawValue: type) else { throw .database(.malformed("type")) }
        let name = try Self.patientName(row, vault)
        let event: HubEvent
        do {
            event = try HubEvent(kind, storedPayload: try JSONReader.readObject(payload), patientName: name)
        } catch {
            throw .database(.malformed("payload"))
        }
        self = try reading { () throws(DatabaseError) in
            ClinicEvent(clinic: clinic, seq: try row.int64("seq"), at: try row.time("created_at"), event: event)
        }
    }

    private static func patientName(_ row: Row, _ vault: PHIVault) throws(StoreError) -> PHI<String>? {
        let sealed = try reading { () throws(DatabaseError) -> (PatientID, [UInt8])? in
            guard let patient: PatientID = try row.optionalID("patient_id"),
                let name = try row.optionalBytes("patient_name")
            else { return nil }
            return (patient, name)
        }
        guard let (patient, name) = sealed else { return nil }
        return try vault.openName(name, of: patient)
    }
}
