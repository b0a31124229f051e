package import Clinic
package import Wire

extension AlertAct {
    /// The fields that an act takes besides the alert's id.
    package static func fields(of kind: Kind) -> Set<String> {
        switch kind {
        case .decline, .unaccept, .close: ["reason"]
        case .snooze: ["until", "reason"]
        case .acknowledge, .progress, .escalate, .reopen: []
        }
    }

    /// Reads an act of a known kind from a message or a request's body.
    package init(_ kind: Kind, _ json: JSONObject) throws(JSONFieldError) {
        switch kind {
        case .acknowledge: self = .acknowledge
        case .decline: self = .decline(try json.optionalChoice("reason"))
        case .unaccept: self = .unaccept(try json.optionalChoice("reason"))
        case .progress: self = .progress
        case .escalate: self = .escalate
        case .snooze:
            let until = try json.parsed("until", as: "RFC 3339 in UTC") { Timestamp(rfc3339: $0) }
            self = .snooze(until: until, try json.choice("reason"))
        case .close: self = .close(try json.optionalChoice("reason"))
        case .reopen: self = .reopen
        }
    }
}
