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
        case .alertNew, .alertReopened:
            guard let patientName else {
                throw JSONFieldError(field: "patientName", expected: "string", actual: "nothing")
            }
            let urgency: UrgencyLevel = try json.choice("urgencyLevel")
            let (alert, room) = (try json.alert(), try json.optionalString("room"))
            self =
                kind == .alertNew
                ? .alertNew(alert: alert, urgency: urgency, room: room, patientName: patientName)
                : .alertReopened(alert: alert, urgency: urgency, room: room, patientName: patientName)
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
                nextStepAt: try json.nextStep())
        case .alertDelivered:
            self = .alertDelivered(
                alert: try json.alert(), doctor: try json.doctor(), at: try json.timestamp("timestamp"))
        case .alertExhausted:
            self = .alertExhausted(alert: try json.alert(), at: try json.timestamp("timestamp"))
        case .alertClosed:
            self = .alertClosed(alert: try json.alert(), at: try json.timestamp("timestamp"))
        case .alertDeclined, .alertReminded, .alertUnaccepted, .alertSnoozed, .alertUrgencyRaised, .alertRepeated,
            .alertInhibited, .alertReleased:
            self = try Self.later(kind, json)
        case .clinicMaintenance: self = .clinicMaintenance(try MaintenanceNotice(json))
        case .operatorNotice:
            self = .operatorNotice(
                try OperatorNotice(json), isCleared: try json.bool("isCleared"), at: try json.timestamp("timestamp"))
        }
    }

    /// The events of an alert after its raise that people cause.
    private static func later(_ kind: Kind, _ json: JSONObject) throws(JSONFieldError) -> HubEvent {
        let alert = try json.alert()
        let at = try json.timestamp("timestamp")
        switch kind {
        case .alertDeclined: return .alertDeclined(alert: alert, doctor: try json.doctor(), at: at)
        case .alertReminded: return .alertReminded(alert: alert, doctor: try json.doctor(), at: at)
        case .alertUnaccepted:
            let doctor = try json.optionalParsed("doctorId", as: "uuid") { UserID($0) }
            return .alertUnaccepted(alert: alert, doctor: doctor, at: at, nextStepAt: try json.nextStep())
        case .alertSnoozed:
            let user = try json.parsed("userId", as: "uuid") { UserID($0) }
            return .alertSnoozed(alert: alert, by: user, until: try json.timestamp("until"), at: at)
        case .alertUrgencyRaised:
            return .alertUrgencyRaised(alert: alert, urgency: try json.choice("urgencyLevel"), at: at)
        case .alertRepeated:
            let count = Int(try json.integer("count", in: 1...Int64(Int32.max)))
            return .alertRepeated(alert: alert, urgency: try json.choice("urgencyLevel"), count: count, at: at)
        case .alertInhibited:
            let by = try json.optionalParsed("byAlertId", as: "uuid") { AlertID($0) }
            return .alertInhibited(alert: alert, by: by, until: try json.timestamp("until"), at: at)
        default: return .alertReleased(alert: alert, at: at, nextStepAt: try json.nextStep())
        }
    }

    private func writeFields(to json: inout JSONWriter, withName: Bool) {
        switch self {
        case .alertNew(let alert, let urgency, let room, let patientName),
            .alertReopened(let alert, let urgency, let room, let patientName):
            json.field("alertId", alert.description)
            json.field("urgencyLevel", urgency.rawValue)
            json.field("room", room)
            if withName { json.field("patientName", patientName.disclosed(to: .clinicScreens)) }
        case .alertAcknowledged(let alert, let doctor, let at), .alertDelivered(let alert, let doctor, let at),
            .alertDeclined(let alert, let doctor, let at), .alertReminded(let alert, let doctor, let at):
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
        case .alertUnaccepted(let alert, let doctor, let at, let nextStepAt):
            json.field("alertId", alert.description)
            if let doctor { json.field("doctorId", doctor.description) }
            json.field("timestamp", at.rfc3339)
            if let nextStepAt { json.field("nextStepAt", nextStepAt.rfc3339) }
        case .alertSnoozed(let alert, let user, let until, let at):
            json.field("alertId", alert.description)
            json.field("userId", user.description)
            json.field("until", until.rfc3339)
            json.field("timestamp", at.rfc3339)
        case .alertUrgencyRaised(let alert, let urgency, let at):
            json.field("alertId", alert.description)
            json.field("urgencyLevel", urgency.rawValue)
            json.field("timestamp", at.rfc3339)
        case .alertRepeated(let alert, let urgency, let count, let at):
            json.field("alertId", alert.description)
            json.field("urgencyLevel", urgency.rawValue)
            json.field("count", count)
            json.field("timestamp", at.rfc3339)
        case .alertInhibited(let alert, let by, let until, let at):
            json.field("alertId", alert.description)
            if let by { json.field("byAlertId", by.description) }
            json.field("until", until.rfc3339)
            json.field("timestamp", at.rfc3339)
        case .alertReleased(let alert, let at, let nextStepAt):
            json.field("alertId", alert.description)
            json.field("timestamp", at.rfc3339)
            if let nextStepAt { json.field("nextStepAt", nextStepAt.rfc3339) }
        case .clinicMaintenance(let notice): notice.writeFields(to: &json)
        case .operatorNotice(let notice, let isCleared, let at):
            notice.writeFields(to: &json)
            json.field("isCleared", isCleared)
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

    fileprivate func nextStep() throws(JSONFieldError) -> Timestamp? {
        try optionalParsed("nextStepAt", as: "RFC 3339") { Timestamp(rfc3339: $0) }
    }

    func timestamp(_ name: String) throws(JSONFieldError) -> Timestamp {
        try parsed(name, as: "RFC 3339") { Timestamp(rfc3339: $0) }
    }
}
