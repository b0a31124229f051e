package import Clinic
package import Wire

extension HubEvent {
    /// The event's `data` as JSON. Discloses a patient's name to the clinic's screens.
    package func encodedData() -> [UInt8] {
        var writer = JSONWriter()
        writer.object { json in writeFields(to: &json, withName: true) }
        return writer.bytes
    }

    /// The event's `data` without the patient's name, as `clinic_events.payload` keeps it.
    package func storedPayload() -> [UInt8] {
        var writer = JSONWriter()
        writer.object { json in writeFields(to: &json, withName: false) }
        return writer.bytes
    }

    /// The event of a stored row; the name comes separately, since it is stored sealed.
    ///
    /// Throws the field that is missing or wrong, which means that the row was not written by this hub.
    package init(
        _ kind: Kind, storedPayload: JSONObject, patientName: PHI<String>?
    ) throws(JSONFieldError) {
        let json = storedPayload
        switch kind {
        case .alertNew:
            guard let patientName else {
                throw JSONFieldError(field: "patientName", expected: "string", actual: "nothing")
            }
            self = .alertNew(
                alert: try json.alert(), urgency: try json.choice("urgencyLevel"),
                room: try json.optionalString("room"), patientName: patientName)
        case .alertAcknowledged:
            self = .alertAcknowledged(
                alert: try json.alert(), doctor: try json.doctor(), at: try json.timestamp("timestamp"))
        case .patientStatusChanged:
            self = .patientStatusChanged(
                patient: try json.parsed("patientId", as: "uuid") { PatientID($0) },
                status: try json.choice("newStatus"))
        case .intakeProcessed:
            self = .intakeProcessed(
                form: try json.parsed("formId", as: "uuid") { IntakeFormID($0) },
                isEmergency: try json.bool("isEmergency"), requiresReview: try json.bool("requiresReview"))
        case .alertEscalated:
            self = .alertEscalated(
                alert: try json.alert(), step: Int(truncatingIfNeeded: try json.integer("step")),
                at: try json.timestamp("timestamp"),
                nextStepAt: try json.optionalParsed("nextStepAt", as: "RFC 3339") { Timestamp(rfc3339: $0) })
        case .alertDelivered:
            self = .alertDelivered(
                alert: try json.alert(), doctor: try json.doctor(), at: try json.timestamp("timestamp"))
        case .alertExhausted:
            self = .alertExhausted(alert: try json.alert(), at: try json.timestamp("timestamp"))
        case .alertClosed:
            self = .alertClosed(alert: try json.alert(), at: try json.timestamp("timestamp"))
        }
    }

    private func writeFields(to json: inout JSONWriter, withName: Bool) {
        switch self {
        case .alertNew(let alert, let urgency, let room, let patientName):
            json.field("alertId", alert.description)
            json.field("urgencyLevel", urgency.rawValue)
            json.field("room", room)
            if withName { json.field("patientName", patientName.disclosed(to: .clinicScreens)) }
        case .alertAcknowledged(let alert, let doctor, let at), .alertDelivered(let alert, let doctor, let at):
            json.field("alertId", alert.description)
            json.field("doctorId", doctor.description)
            json.field("timestamp", at.rfc3339)
        case .patientStatusChanged(let patient, let status):
            json.field("patientId", patient.description)
            json.field("newStatus", status.rawValue)
        case .intakeProcessed(let form, let isEmergency, let requiresReview):
            json.field("formId", form.description)
            json.field("isEmergency", isEmergency)
            json.field("requiresReview", requiresReview)
        case .alertEscalated(let alert, let step, let at, let nextStepAt):
            json.field("alertId", alert.description)
            json.field("step", step)
            json.field("timestamp", at.rfc3339)
            if let nextStepAt { json.field("nextStepAt", nextStepAt.rfc3339) }
        case .alertExhausted(let alert, let at), .alertClosed(let alert, let at):
            json.field("alertId", alert.description)
            json.field("timestamp", at.rfc3339)
        }
    }
}

extension JSONObject {
    fileprivate func alert() throws(JSONFieldError) -> AlertID {
        try parsed("alertId", as: "uuid") { AlertID($0) }
    }

    fileprivate func doctor() throws(JSONFieldError) -> UserID {
        try parsed("doctorId", as: "uuid") { UserID($0) }
    }

    fileprivate func timestamp(_ name: String) throws(JSONFieldError) -> Timestamp {
        try parsed(name, as: "RFC 3339") { Timestamp(rfc3339: $0) }
    }
}
