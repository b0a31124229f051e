import Clinic
import Store
import Wire

extension ScheduleRecord {
    /// The schedule as REST shows it; `version` is its ETag.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("scheduleId", id.description)
            json.field("version", version)
            json.field("updatedAt", updatedAt.rfc3339)
            definition.writeFields(to: &json)
        }
    }
}

extension OverrideRecord {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("overrideId", duty.id.description)
            json.field("scheduleId", schedule.description)
            json.field("userId", duty.person.description)
            json.field("from", duty.from.rfc3339)
            json.field("to", duty.to.rfc3339)
            json.field("createdBy", createdBy?.description)
        }
    }
}

extension Duty {
    /// Who, and why it is this person.
    func writeFields(to json: inout JSONWriter, of calendar: OnCallCalendar) {
        json.field("userId", person.description)
        switch reason {
        case .override(let id):
            json.field("reason", "OVERRIDE")
            json.field("overrideId", id.description)
        case .layer(let number, let turn):
            json.field("reason", "LAYER")
            json.field("layer", number)
            json.field("layerName", calendar.layerName(number))
            json.field("turn", turn)
        }
    }
}

extension DutyGap {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("from", from.rfc3339)
            json.field("to", to.rfc3339)
        }
    }
}
