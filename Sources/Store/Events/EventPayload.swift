import Clinic
import Database
import Escalation
import Wire

/// An event about to be appended: its type, and the payload without the patient's name.
struct NewEvent {
    let type: String
    let payload: String
    /// Whose name the event carries, sealed, beside its payload.
    let patient: PatientID?

    private init(type: String, patient: PatientID? = nil, _ body: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        writer.object(body)
        self.type = type
        self.patient = patient
        payload = writer.text
    }

    static func raised(_ alert: AlertID, urgency: UrgencyLevel, room: String?, patient: PatientID) -> NewEvent {
        NewEvent(type: "alert:new", patient: patient) { json in
            json.field("alertId", alert.description)
            json.field("urgencyLevel", urgency.rawValue)
            json.field("room", room)
        }
    }

    static func patient(_ patient: PatientID, status: PatientStatus) -> NewEvent {
        NewEvent(type: "patient:status_changed") { json in
            json.field("patientId", patient.description)
            json.field("newStatus", status.rawValue)
        }
    }

    /// `dueAt` is the timer that the same plan armed.
    init(_ event: EscalationEvent, of alert: AlertID, dueAt: Clinic.Timestamp?) {
        switch event {
        case .escalated(let step):
            self.init(type: "alert:escalated") { json in
                json.field("alertId", alert.description)
                json.field("step", step)
                json.field("nextStepAtMicroseconds", dueAt?.microseconds)
            }
        case .delivered(let doctor):
            self.init(type: "alert:delivered") { json in
                json.field("alertId", alert.description)
                json.field("doctorId", doctor.description)
            }
        case .acknowledged(let doctor):
            self.init(type: "alert:acknowledged") { json in
                json.field("alertId", alert.description)
                json.field("doctorId", doctor.description)
            }
        case .exhausted:
            self.init(type: "alert:exhausted") { json in json.field("alertId", alert.description) }
        case .closed:
            self.init(type: "alert:closed") { json in json.field("alertId", alert.description) }
        }
    }
}

extension ClinicEvent {
    /// Reads a row of `clinic_events`: seq, type, payload, patient_id, patient_name, created_at.
    init(_ row: Row, clinic: ClinicID, vault: PHIVault) throws(StoreError) {
        let (type, payload) = try reading { () throws(DatabaseError) in
            (try row.string("type"), try row.utf8("payload"))
        }
        let body: Body?
        do {
            body = try Self.body(type, try JSONReader.readObject(payload), row: row, vault: vault)
        } catch let error as StoreError {
            throw error
        } catch {
            throw .database(.malformed("payload"))
        }
        guard let body else { throw .database(.malformed("type")) }
        self = try reading { () throws(DatabaseError) in
            ClinicEvent(clinic: clinic, seq: try row.int64("seq"), at: try row.time("created_at"), body: body)
        }
    }

    private static func body(
        _ type: String, _ payload: JSONObject, row: Row, vault: PHIVault
    ) throws -> Body? {
        func alert() throws -> AlertID { try payload.parsed("alertId", as: "a UUID") { AlertID($0) } }
        func doctor() throws -> UserID { try payload.parsed("doctorId", as: "a UUID") { UserID($0) } }
        switch type {
        case "alert:new":
            let patient: PatientID = try row.id("patient_id")
            let name = try vault.openName(try row.bytes("patient_name"), of: patient)
            return .alertRaised(
                try alert(), urgency: try payload.choice("urgencyLevel"), room: try payload.optionalString("room"),
                patient: patient, patientName: name)
        case "alert:delivered": return .alertDelivered(try alert(), doctor: try doctor())
        case "alert:acknowledged": return .alertAcknowledged(try alert(), doctor: try doctor())
        case "alert:escalated":
            let dueAt = try payload.optionalInteger("nextStepAtMicroseconds")
            return .alertEscalated(
                try alert(), step: Int(try payload.integer("step")),
                nextStepAt: dueAt.map { Timestamp(microseconds: $0) })
        case "alert:exhausted": return .alertExhausted(try alert())
        case "alert:closed": return .alertClosed(try alert())
        case "patient:status_changed":
            let patient = try payload.parsed("patientId", as: "a UUID") { PatientID($0) }
            return .patientStatusChanged(patient, try payload.choice("newStatus"))
        case "intake:processed":
            return .intakeProcessed(
                try payload.parsed("formId", as: "a UUID") { IntakeFormID($0) },
                isEmergency: try payload.bool("isEmergency"), requiresReview: try payload.bool("requiresReview"))
        default: return nil
        }
    }
}
