import TestSupport
import Testing
import Wire

/// The body of a new alert.
func newAlert(
    patient: String = DemoIDs.patients[0], assignedTo: String = DemoIDs.doctor, urgency: String = "CRITICAL",
    room: String = "ER-12"
) -> JSONValue {
    [
        "patientId": .string(patient), "assignedTo": .string(assignedTo), "urgencyLevel": .string(urgency),
        "room": .string(room),
    ]
}

/// An alert that was answered 201.
struct RaisedAlert {
    let id: String
    let code: String

    init(_ response: HTTPResponse) throws {
        try #require(response.status == .created, "\(response.status) \(response.text)")
        id = try #require(response.json["alertId"]?.stringValue)
        code = try #require(response.json["code"]?.stringValue)
    }
}

extension HTTPClient {
    /// Raises an alert that must be taken.
    func raise(_ alert: JSONValue = newAlert(), key: String? = nil) throws -> RaisedAlert {
        var fields = HTTPFields()
        if let key { fields.set("Idempotency-Key", key) }
        return try RaisedAlert(try post("/api/v1/alerts", alert, fields: fields))
    }

    /// The alert as it stands now.
    func alert(_ id: String) throws -> JSONValue {
        let response = try get("/api/v1/alerts/\(id)")
        try #require(response.status == .ok, "\(response.status) \(response.text)")
        return response.json
    }

    /// The statuses and kinds of an alert's timeline, in order.
    func timeline(_ id: String) throws -> [(kind: String, status: String, at: String)] {
        try #require(try alert(id)["timeline"]?.arrayValue).map { entry in
            (
                entry["kind"]?.stringValue ?? "?", entry["status"]?.stringValue ?? "?",
                entry["at"]?.stringValue ?? "?"
            )
        }
    }
}
