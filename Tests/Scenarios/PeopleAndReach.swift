import Clinic
import TestSupport
import Testing
import Wire

extension Scenarios {
    /// How people are reached, over REST: the own contacts, the clinic's schedules, and nothing of another clinic.
    @Suite("People and reach")
    struct PeopleAndReach {
        private static let me = "/api/v1/users/\(DemoIDs.doctor)"

        /// What is written to one's own contacts, rules and quiet hours is what is read again, and never an address.
        @Test("A doctor's own contacts, rules, quiet hours and backup; the answers are those of the contract")
        func own() throws {
            let hub = try SharedHub.get()
            let doctor = try hub.client(.doctor)
            let contacts = "\(Self.me)/contact-methods"
            let path = "/api/v1/users/{id}/contact-methods"
            let before = try call(doctor, .get, path, contacts)
            #expect(before.json["contactMethods"]?[0]?["address"] == "+…01")
            let made = try call(
                doctor, .post, path, contacts, ["kind": "WEBHOOK", "address": "https://pager.example.org/a"])
            #expect(made.status == .created && !made.text.contains("example.org/a"))
            let id = try #require(made.json["contactId"]?.stringValue)
            defer { _ = try? doctor.send(.delete, "\(contacts)/\(id)") }
            #expect(made.json["obstacle"] == "UNVERIFIED" && made.json["codeExpiresAt"]?.stringValue != nil)
            let again = try call(
                doctor, .post, path, contacts, ["kind": "WEBHOOK", "address": "https://pager.example.org/a"])
            #expect(again.status == .conflict)
            #expect(
                try call(doctor, .post, path, contacts, ["kind": "SMS", "address": "5550101"]).status
                    == .unprocessableContent)
            let one = "\(path)/{contact}"
            #expect(try call(doctor, .post, "\(one)/code", "\(contacts)/\(id)/code", nil).status.rawValue == 429)
            #expect(
                try call(doctor, .post, "\(one)/verify", "\(contacts)/\(id)/verify", ["code": "12345"]).status
                    == .unprocessableContent)
            #expect(try call(doctor, .patch, one, "\(contacts)/\(id)", ["label": "pager"]).json["label"] == "pager")
            let directory = try #require(before.json["contactMethods"]?[0]?["contactId"]?.stringValue)
            #expect(try call(doctor, .delete, one, "\(contacts)/\(directory)").status == .conflict)
            let turned: JSONValue = ["contactIds": [.string(id), .string(directory)]]
            #expect(
                try call(doctor, .put, "\(path)/order", "\(contacts)/order", turned).json["contactMethods"]?[0]?[
                    "contactId"] == .string(id))
            let rules: JSONValue = ["URGENT": [["contactId": .string(directory), "afterSeconds": 5]]]
            let rulesPath = "/api/v1/users/{id}/notification-rules"
            #expect(try call(doctor, .put, rulesPath, "\(Self.me)/notification-rules", rules).status == .ok)
            #expect(
                try call(doctor, .get, rulesPath, "\(Self.me)/notification-rules").json["URGENT"] == rules["URGENT"])
            let late: JSONValue = ["CRITICAL": [["contactId": .string(directory), "afterSeconds": 61]]]
            #expect(
                try call(doctor, .put, rulesPath, "\(Self.me)/notification-rules", late).status
                    == .unprocessableContent)
            _ = try call(doctor, .put, rulesPath, "\(Self.me)/notification-rules", [:])
            let quietPath = "/api/v1/users/{id}/quiet-hours"
            let quiet: JSONValue = [
                "zone": "Europe/Berlin", "windows": [["days": ["MON"], "from": "22:00", "to": "06:00"]],
            ]
            #expect(try call(doctor, .put, quietPath, "\(Self.me)/quiet-hours", quiet).json == quiet)
            #expect(
                try call(doctor, .put, quietPath, "\(Self.me)/quiet-hours", ["zone": "Mars/Base", "windows": []]).status
                    == .unprocessableContent)
            #expect(try call(doctor, .delete, quietPath, "\(Self.me)/quiet-hours").status == .noContent)
            #expect(try call(doctor, .get, quietPath, "\(Self.me)/quiet-hours").json["zone"] == .null)
            let backupPath = "/api/v1/users/{id}/backup"
            #expect(
                try call(doctor, .get, backupPath, "\(Self.me)/backup").json["backupId"] == .string(DemoIDs.backup))
            #expect(
                try call(doctor, .put, backupPath, "\(Self.me)/backup", ["backupId": .string(DemoIDs.admin)]).status
                    == .unprocessableContent)
        }

        @Test("Other people's contacts are an admin's to see, and nobody else's")
        func others() throws {
            let hub = try SharedHub.get()
            for resource in ["contact-methods", "notification-rules", "quiet-hours", "backup"] {
                let target = "/api/v1/users/\(DemoIDs.backup)/\(resource)"
                #expect(try hub.client(.admin).get(target).status == .ok, "\(resource)")
                for role in [Role.doctor, .admissions, .corporateAdmin] {
                    #expect(try hub.client(role).get(target).status == .forbidden, "\(resource)")
                }
                #expect(try hub.client.get(target).status == .unauthorized)
            }
        }

        @Test("A schedule's versions, shifts, overrides and gaps; a gap is told to the screens, and its end")
        func schedules() throws {
            let hub = try SharedHub.get()
            let admin = try hub.client(.admin)
            let root = "/api/v1/schedules"
            let one = "\(root)/{id}"
            let screen = Screen(hub)
            try screen.connect()
            let night: JSONValue = [
                "name": "nights", "zone": "America/New_York",
                "layers": [
                    [
                        "name": "nights", "people": [.string(DemoIDs.doctor), .string(DemoIDs.backup)],
                        "shift": ["every": "DAY", "count": 1], "startsOn": "2026-01-05", "handOver": "20:00",
                        "windows": [["days": ["MON", "TUE"], "from": "20:00", "to": "08:00"]],
                    ]
                ],
            ]
            let made = try call(admin, .post, root, root, night)
            #expect(made.status == .created && made.fields["ETag"] == "\"1\"")
            let id = try #require(made.json["scheduleId"]?.stringValue)
            let notice = try screen.read {
                $0["event"] == "operator:notice" && $0["data"]?["scheduleId"] == .string(id)
            }
            #expect(notice["data"]?["kind"] == "SCHEDULE_GAP" && notice["data"]?["isCleared"] == false)
            #expect(try call(admin, .post, root, root, night).status == .conflict)
            #expect(try call(admin, .put, one, "\(root)/\(id)", night).status.rawValue == 428)
            #expect(try call(admin, .put, one, "\(root)/\(id)", night, match: "\"7\"").status.rawValue == 412)
            let second = try call(admin, .put, one, "\(root)/\(id)", night, match: "\"1\"")
            #expect(second.status == .ok && second.fields["ETag"] == "\"2\"")
            let window = "?from=2026-03-07T00:00:00Z&to=2026-03-12T00:00:00Z"
            let shifts = try call(admin, .get, "\(one)/shifts", "\(root)/\(id)/shifts\(window)")
            // The clocks are changed on Sunday, 8 March; 20:00 on Monday is an hour earlier in UTC than the week before.
            #expect(shifts.json["shifts"]?[0]?["from"] == "2026-03-10T00:00:00.000Z")
            #expect(shifts.json["shifts"]?[0]?["to"] == "2026-03-10T12:00:00.000Z")
            let gaps = try call(admin, .get, "\(one)/gaps", "\(root)/\(id)/gaps\(window)")
            #expect(gaps.json["gaps"]?[0]?["from"] == "2026-03-07T00:00:00.000Z")
            #expect(gaps.json["gaps"] == shifts.json["gaps"])
            let takeOver: JSONValue = [
                "userId": .string(DemoIDs.doctor), "from": "2026-03-07T00:00:00Z", "to": "2026-03-08T00:00:00Z",
            ]
            let overrides = "\(root)/\(id)/overrides"
            let override = try call(try hub.client(.doctor), .post, "\(one)/overrides", overrides, takeOver)
            #expect(override.status == .created)
            #expect(
                try call(
                    try hub.client(.doctor), .post, "\(one)/overrides", overrides,
                    [
                        "userId": .string(DemoIDs.backup), "from": "2026-03-07T00:00:00Z",
                        "to": "2026-03-08T00:00:00Z",
                    ]
                ).status == .forbidden)
            let overridden = try call(admin, .get, "\(one)/shifts", "\(root)/\(id)/shifts\(window)")
            #expect(overridden.json["shifts"]?[0]?["reason"] == "OVERRIDE")
            #expect(
                try call(admin, .get, "\(one)/overrides", "\(overrides)\(window)").json["overrides"]?.arrayValue?.count
                    == 1)
            let overrideID = try #require(override.json["overrideId"]?.stringValue)
            #expect(
                try call(admin, .delete, "\(one)/overrides/{override}", "\(overrides)/\(overrideID)").status
                    == .noContent)
            #expect(try call(admin, .delete, one, "\(root)/\(id)", match: "*").status == .noContent)
            try screen.read {
                $0["event"] == "operator:notice" && $0["data"]?["scheduleId"] == .string(id)
                    && $0["data"]?["isCleared"] == true
            }
            #expect(try call(admin, .get, one, "\(root)/\(id)").status == .notFound)
        }

        @Test("On call, reachability and the test of contacts say who, why and what is wrong")
        func reports() throws {
            let hub = try SharedHub.get()
            let admin = try hub.client(.admin)
            let onCall = try call(admin, .get, "/api/v1/on-call", "/api/v1/on-call")
            let demo = onCall.json["schedules"]?.arrayValue?.first { $0["scheduleId"] == .string(DemoIDs.schedule) }
            let person = demo?["onCall"]?["userId"]?.stringValue
            #expect(person == DemoIDs.doctor || person == DemoIDs.backup)
            #expect(demo?["onCall"]?["reason"] == "LAYER" && demo?["onCall"]?["layerName"] == "weeks")
            #expect(demo?["next"]?["userId"]?.stringValue != person)
            let report = try call(admin, .get, "/api/v1/reachability", "/api/v1/reachability")
            #expect(report.json["people"]?.arrayValue?.isEmpty == false && !report.text.contains("+1500555"))
            #expect(try hub.client(.doctor).get("/api/v1/reachability").status == .forbidden)
            let plan = "/api/v1/reachability/test-page"
            #expect(try call(admin, .get, plan, plan).json["isEnabled"] == false)
            let wanted: JSONValue = ["isEnabled": true, "day": "WED", "time": "10:30"]
            #expect(try call(admin, .put, plan, plan, wanted).json["time"] == "10:30")
            _ = try call(admin, .put, plan, plan, ["isEnabled": false, "day": "WED", "time": "10:30"])
        }

        /// Every new path, asked for with the other clinic's ids, is answered as for ids that nobody has.
        @Test("Another clinic's people, contacts, schedules and overrides are answered as unknown ones, byte for byte")
        func isolation() throws {
            let hub = try SharedHub.get()
            let admin = try hub.client(.admin)
            func path(_ user: String, _ contact: String) -> [(HTTPMethod, String, JSONValue?)] {
                let root = "/api/v1/users/\(user)"
                return [
                    (.get, "\(root)/contact-methods", nil),
                    (.post, "\(root)/contact-methods", ["kind": "SMS", "address": "+15005559001"]),
                    (.put, "\(root)/contact-methods/order", ["contactIds": []]),
                    (.patch, "\(root)/contact-methods/\(contact)", ["label": "x"]),
                    (.delete, "\(root)/contact-methods/\(contact)", nil),
                    (.post, "\(root)/contact-methods/\(contact)/code", nil),
                    (.post, "\(root)/contact-methods/\(contact)/verify", ["code": "123456"]),
                    (.get, "\(root)/notification-rules", nil), (.put, "\(root)/notification-rules", [:]),
                    (.get, "\(root)/quiet-hours", nil),
                    (.put, "\(root)/quiet-hours", ["zone": "UTC", "windows": []]),
                    (.delete, "\(root)/quiet-hours", nil),
                    (.get, "\(root)/backup", nil), (.put, "\(root)/backup", ["backupId": .string(DemoIDs.doctor)]),
                    (.delete, "\(root)/backup", nil),
                ]
            }
            func schedule(_ id: String) -> [(HTTPMethod, String, JSONValue?)] {
                let root = "/api/v1/schedules/\(id)"
                let override: JSONValue = [
                    "userId": .string(DemoIDs.doctor), "from": "2030-01-01T00:00:00Z", "to": "2030-01-02T00:00:00Z",
                ]
                let layer: JSONValue = [
                    "name": "a", "people": [.string(DemoIDs.doctor)], "shift": ["every": "DAY", "count": 1],
                    "startsOn": "2026-01-05", "handOver": "20:00",
                ]
                return [
                    (.get, root, nil), (.put, root, ["name": "x", "zone": "UTC", "layers": [layer]]),
                    (.delete, root, nil), (.get, "\(root)/shifts", nil), (.get, "\(root)/gaps", nil),
                    (.get, "\(root)/overrides", nil), (.post, "\(root)/overrides", override),
                    (.delete, "\(root)/overrides/\(DemoIDs.nobody)", nil),
                ]
            }
            let foreign =
                path(DemoIDs.otherDoctor, DemoIDs.otherContact) + path(DemoIDs.otherAdmissions, DemoIDs.otherContact)
                + path(DemoIDs.doctor, DemoIDs.otherContact).filter { $0.1.contains(DemoIDs.otherContact) }
                + schedule(DemoIDs.otherSchedule)
            let unknown =
                path(DemoIDs.nobody, DemoIDs.nobody) + path(DemoIDs.nobody, DemoIDs.nobody)
                + path(DemoIDs.doctor, DemoIDs.nobody).filter { $0.1.contains(DemoIDs.nobody) }
                + schedule(DemoIDs.nobody)
            for (one, other) in zip(foreign, unknown) {
                let answer = try admin.send(one.0, one.1, one.2, fields: Self.anyVersion)
                let expected = try admin.send(other.0, other.1, other.2, fields: Self.anyVersion)
                #expect(answer.status == .notFound, "\(one.0) \(one.1): \(answer.text)")
                #expect(answer.body == expected.body, "\(one.0) \(one.1): \(answer.text) \(expected.text)")
            }
            for target in ["/api/v1/on-call", "/api/v1/reachability", "/api/v1/schedules"] {
                let answer = try admin.get(target)
                #expect(answer.status == .ok)
                for id in [DemoIDs.otherClinic, DemoIDs.otherDoctor, DemoIDs.otherSchedule, DemoIDs.otherContact] {
                    #expect(!answer.text.contains(id), "\(target)")
                }
            }
            // Naming somebody of another clinic is as naming nobody.
            for person in [DemoIDs.otherDoctor, DemoIDs.nobody] {
                let override: JSONValue = [
                    "userId": .string(person), "from": "2030-01-01T00:00:00Z", "to": "2030-01-02T00:00:00Z",
                ]
                let answer = try admin.post("/api/v1/schedules/\(DemoIDs.schedule)/overrides", override)
                #expect(answer.status == .unprocessableContent)
            }
        }

        // MARK: Steps

        private static var anyVersion: HTTPFields {
            var fields = HTTPFields()
            fields.set("If-Match", "*")
            return fields
        }

        /// Sends, and holds the answer to the contract.
        private func call(
            _ client: HTTPClient, _ method: HTTPMethod, _ path: String, _ target: String, _ body: JSONValue? = nil,
            match: String? = nil
        ) throws -> HTTPResponse {
            var fields = HTTPFields()
            if let match { fields.set("If-Match", match) }
            let answer = try client.send(method, target, body, fields: fields)
            let faults = Contract.validate(
                answer.body, status: Int(answer.status.rawValue), to: method.rawValue, path)
            #expect(faults == [], "\(method.rawValue) \(target): \(answer.text)")
            return answer
        }
    }
}
