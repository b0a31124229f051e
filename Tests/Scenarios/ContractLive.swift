import Clinic
import Database
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    /// What a real run sends, held to the schemas of `Protocol/`.
    @Suite("The contract, live")
    struct ContractLive {
        @Test("Every answer over REST is one that openapi.yaml documents")
        func rest() throws {
            let hub = try SharedHub.get()
            let staff = try hub.client(.admissions)
            let doctor = try hub.client(.doctor)
            let alert = try staff.raise()
            let other = try staff.raise(newAlert(urgency: "LOW"))
            _ = poll(within: .seconds(5)) {
                (try? staff.alert(alert.id))?["attempts"]?.arrayValue?.isEmpty == false
            }
            let root = "/api/v1/alerts"
            let patients = "/api/v1/patients"
            let calls: [(HTTPClient, HTTPMethod, String, String, JSONValue?)] = [
                (staff, .post, root, root, newAlert()),
                (staff, .post, root, root, ["patientId": .string(DemoIDs.patients[0]), "urgencyLevel": "LOW"]),
                (staff, .post, root, root, ["patientId": 1]), (hub.client, .post, root, root, newAlert()),
                (try hub.client(.corporateAdmin), .post, root, root, newAlert()), (staff, .get, root, root, nil),
                (staff, .get, root, "\(root)?limit=1", nil), (staff, .get, root, "\(root)?limit=x", nil),
                (staff, .get, "\(root)/{id}", "\(root)/\(alert.id)", nil),
                (staff, .get, "\(root)/{id}", "\(root)/\(DemoIDs.nobody)", nil),
                (staff, .post, "\(root)/{id}/escalate", "\(root)/\(other.id)/escalate", nil),
                (doctor, .patch, "\(root)/{id}/acknowledge", "\(root)/\(alert.id)/acknowledge", nil),
                (doctor, .patch, "\(root)/{id}/acknowledge", "\(root)/\(alert.id)/acknowledge", [:]),
                (doctor, .patch, "\(root)/{id}/acknowledge", "\(root)/\(DemoIDs.nobody)/acknowledge", nil),
                (staff, .post, "\(root)/{id}/escalate", "\(root)/\(alert.id)/escalate", nil),
                (staff, .get, "\(root)/{id}", "\(root)/\(other.id)", nil),
                (
                    staff, .patch, "/api/v1/patients/{id}/status", "/api/v1/patients/\(DemoIDs.patients[2])/status",
                    ["status": "DISCHARGED"]
                ),
                (
                    staff, .patch, "/api/v1/patients/{id}/status", "/api/v1/patients/\(DemoIDs.patients[2])/status",
                    ["status": "WAITING"]
                ),
                (
                    staff, .post, patients, patients,
                    ["fullName": "A. New", "dateOfBirth": "1980-02-29", "ssn": "123-45-6789"]
                ),
                (staff, .post, patients, patients, ["fullName": "A. New", "dateOfBirth": "1980-02-30"]),
                (doctor, .post, patients, patients, ["fullName": "A. New"]), (staff, .get, patients, patients, nil),
                (staff, .get, patients, "\(patients)?status=WAITING&limit=1", nil),
                (doctor, .get, "\(patients)/{id}", "\(patients)/\(DemoIDs.patients[0])", nil),
                (doctor, .get, "\(patients)/{id}", "\(patients)/\(DemoIDs.nobody)", nil),
                (staff, .get, "\(patients)/{id}/billing", "\(patients)/\(DemoIDs.patients[0])/billing", nil),
                (staff, .get, "\(patients)/{id}/billing", "\(patients)/x/billing", nil),
                (staff, .get, "/api/v1/dashboard/flow", "/api/v1/dashboard/flow", nil),
                (hub.client, .post, "/gateways/{name}/status", "/gateways/twilio/status", [:]),
                (hub.client, .get, "/health/live", "/health/live", nil),
                (hub.client, .get, "/health/ready", "/health/ready", nil),
                (hub.client, .get, "/metrics", "/metrics", nil), (hub.client, .get, "/demo/users", "/demo/users", nil),
            ]
            for (client, method, path, target, body) in calls {
                let answer = try client.send(method, target, body)
                let faults = Contract.validate(
                    answer.body, status: Int(answer.status.rawValue), to: method.rawValue, path)
                #expect(faults == [], "\(method.rawValue) \(target): \(answer.text)")
            }
        }

        @Test("Every message of a socket, of every type and every event of an alert's life, has its schema's form")
        func socket() throws {
            let gateway = try FakeTwilio()
            defer { gateway.end() }
            var options = HubProcess.Options()
            options.gateway = gateway
            options.configuration = "heartbeat: { intervalSeconds: 1, pongDeadlineSeconds: 1 }"
            let hub = try HubProcess(options)
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 1, secondWait: 1)
            let staff = try hub.client(.admissions)
            let earlier = try staff.raise()
            let socket = try WebSocketClient(port: hub.port, token: try hub.tokens.token(.doctor, seconds: 30))
            var types: Set<String> = []
            var kinds: Set<String> = []
            func read(until isLast: (JSONValue) -> Bool) throws {
                _ = try socket.message(within: .seconds(20)) { message in
                    var json = JSONWriter()
                    json.value(message)
                    #expect(Contract.validate(json.bytes, against: "ServerMessage") == [], "\(json.text)")
                    types.insert(message["type"]?.stringValue ?? "?")
                    if let kind = message["event"]?.stringValue { kinds.insert(kind) }
                    return isLast(message)
                }
            }
            try read { $0["type"] == "welcome" }
            try socket.send(subscribe(DemoIDs.clinic))
            try read { $0["type"] == "subscribed" }
            let alert = try staff.raise()
            _ = poll(within: .seconds(10)) { !gateway.texts(to: DemoIDs.doctorPhone, about: alert.code).isEmpty }
            let text = try #require(gateway.texts(to: DemoIDs.doctorPhone, about: alert.code).first)
            _ = try gateway.call(hub.client, text, "delivered")
            try read { $0["event"] == "alert:delivered" }
            try read { $0["event"] == "alert:exhausted" && $0["data"]?["alertId"] == .string(alert.id) }
            try socket.send(["type": "acknowledge", "id": "a", "alertId": .string(alert.id)])
            try read { $0["type"] == "reply" }
            try socket.send(["type": "acknowledge", "id": "b", "alertId": .string(DemoIDs.nobody)])
            try read { $0["type"] == "error" }
            let target = "/api/v1/patients/\(DemoIDs.patients[1])/status"
            #expect(try staff.patch(target, ["status": "BEING_ATTENDED"]).status == .ok)
            try read { $0["event"] == "patient:status_changed" }
            _ = try hub.client(.doctor).patch("/api/v1/alerts/\(earlier.id)/acknowledge")
            try read { $0["event"] == "alert:acknowledged" && $0["data"]?["alertId"] == .string(earlier.id) }
            try read { $0["type"] == "heartbeat" }
            for message: JSONValue in [
                ["type": "ping", "id": 1], ["type": "unsubscribe", "channel": .string("clinic:\(DemoIDs.clinic)")],
                ["type": "refresh", "token": .string(try hub.tokens.token(.doctor))],
            ] {
                try socket.send(message)
                try read { $0["type"] == "reply" }
            }
            if !types.contains("token_expiring") { try read { $0["type"] == "token_expiring" } }
            let expected: Set<String> = [
                "welcome", "subscribed", "event", "heartbeat", "reply", "error", "token_expiring",
            ]
            #expect(types == expected)
            let events: Set<String> = [
                "alert:new", "alert:delivered", "alert:escalated", "alert:exhausted", "alert:acknowledged",
                "patient:status_changed",
            ]
            #expect(kinds == events)
        }
    }
}
