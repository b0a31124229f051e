package import Clinic
package import Wire

extension OperatorNotice {
    /// Writes the members into the object that is open: what it is about, by ids alone.
    package func writeFields(to json: inout JSONWriter) {
        json.field("kind", kind.rawValue)
        json.field("userId", user?.description)
        json.field("contactId", contact?.description)
        json.field("scheduleId", schedule?.description)
        json.field("gapFrom", gap?.from.rfc3339)
        json.field("gapTo", gap?.to.rfc3339)
    }

    /// Reads the members of a stored payload.
    init(_ json: JSONObject) throws(JSONFieldError) {
        let from = try json.optionalParsed("gapFrom", as: "RFC 3339") { Timestamp(rfc3339: $0) }
        let to = try json.optionalParsed("gapTo", as: "RFC 3339") { Timestamp(rfc3339: $0) }
        var gap: DutyGap?
        if let from, let to { gap = DutyGap(from: from, to: to) }
        self.init(
            try json.choice("kind"), user: try json.optionalParsed("userId", as: "uuid") { UserID($0) },
            contact: try json.optionalParsed("contactId", as: "uuid") { ContactID($0) },
            schedule: try json.optionalParsed("scheduleId", as: "uuid") { ScheduleID($0) }, gap: gap)
    }
}
