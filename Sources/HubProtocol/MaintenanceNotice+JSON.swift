import Clinic
import Wire

extension MaintenanceNotice {
    init(_ json: JSONObject) throws(JSONFieldError) {
        var suppresses: [UrgencyLevel] = []
        for element in try json.array("suppresses") {
            guard case .string(let word) = element, let urgency = UrgencyLevel(rawValue: word) else {
                throw JSONFieldError(field: "suppresses", expected: "urgency levels", actual: "something else")
            }
            suppresses.append(urgency)
        }
        self.init(
            window: try json.parsed("windowId", as: "uuid") { MaintenanceWindowID($0) },
            isActive: try json.bool("isActive"), source: try json.optionalString("source", minLength: 1, maxLength: 64),
            suppresses: suppresses, until: try json.timestamp("until"), at: try json.timestamp("timestamp"))
    }

    func writeFields(to json: inout JSONWriter) {
        json.field("windowId", window.description)
        json.field("isActive", isActive)
        if let source { json.field("source", source) }
        json.field("suppresses", array: { json in for urgency in suppresses { json.string(urgency.rawValue) } })
        json.field("until", until.rfc3339)
        json.field("timestamp", at.rfc3339)
    }
}
