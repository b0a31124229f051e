import Clinic
import Database
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    /// Clinics and staff over REST, and the counts of the dashboards.
    @Suite("Administration and counts")
    struct Administration {
        private func found(_ hub: HubProcess, _ name: String) throws -> String {
            let answer = try hub.client(.corporateAdmin).post(
                "/api/v1/clinics", ["name": .string(name), "country": "CO"])
            try #require(answer.status == .created, "\(answer.text)")
            #expect(Contract.validate(answer.body, status: 201, to: "POST", "/api/v1/clinics") == [])
            return try #require(answer.json["clinicId"]?.stringValue)
        }

        private func hire(_ client: HTTPClient, _ body: JSONValue) throws -> String {
            let answer = try client.post("/api/v1/users", body)
            try #require(answer.status == .created, "\(answer.text)")
            #expect(Contract.validate(answer.body, status: 201, to: "POST", "/api/v1/users") == [])
            return try #require(answer.json["userId"]?.stringValue)
        }

        @Test("A clinic that is founded over REST works at once: staff, patients, alerts, its channel and its counts")
        func clinic() throws {
            let hub = try SharedHub.get()
            let corporate = try hub.client(.corporateAdmin)
            let clinic = try found(hub, "Clinica Nueva")
            let doctor = try hire(
                corporate,
                [
                    "clinicId": .string(clinic), "authId": .string("auth0|\(clinic)-d"), "role": "DOCTOR",
                    "fullName": "Dr. Una Nueva", "phone": "+15005550199",
                ])
            let staff = hub.client.bearing(
                try hub.tokens.token(.admissions, clinic: clinic, user: DemoIDs.admissions))
            let patient = try staff.post("/api/v1/patients", ["fullName": "N. New"])
            try #require(patient.status == .created, "\(patient.text)")
            let id = try #require(patient.json["patientId"]?.stringValue)
            let socket = try WebSocketClient(
                port: hub.port, token: try hub.tokens.token(.admin, clinic: clinic, user: DemoIDs.admin))
            _ = try socket.message("welcome")
            try socket.send(subscribe(clinic))
            _ = try socket.message("subscribed")
            let alert = try staff.raise(newAlert(patient: id, assignedTo: doctor))
            #expect(try socket.message("event")["data"]?["alertId"] == .string(alert.id))

            let stats = try corporate.get("/api/v1/clinics/\(clinic)/stats")
            #expect(Contract.validate(stats.body, status: 200, to: "GET", "/api/v1/clinics/{id}/stats") == [])
            #expect(stats.json["patients"]?["waiting"] == 1)
            #expect(stats.json["alerts"]?["raisedToday"] == 1)
            #expect(stats.json["staff"]?["doctors"] == 1)
            let all = try corporate.get("/api/v1/clinics/aggregate")
            #expect(Contract.validate(all.body, status: 200, to: "GET", "/api/v1/clinics/aggregate") == [])
            let clinics = try #require(all.json["clinics"]?.arrayValue)
            #expect(clinics.contains { $0["clinicId"] == .string(clinic) && $0["patients"]?["waiting"] == 1 })
            let sum = clinics.reduce(0) { $0 + ($1["alerts"]?["raisedToday"]?.integerValue ?? 0) }
            #expect(all.json["total"]?["alertsRaisedToday"] == .integer(sum))

            // Closed for good: it is in no aggregate any more.
            let closed = try corporate.patch(
                "/api/v1/clinics/\(clinic)", ["isActive": false, "timezone": "Europe/Berlin"])
            #expect(closed.status == .ok, "\(closed.text)")
            #expect(closed.json["timezone"] == "Europe/Berlin")
            #expect(!(try corporate.get("/api/v1/clinics/aggregate").text.contains(clinic)))
            for wrong: JSONValue in [["timezone": "Mars/Olympus"], ["country": "co"], ["name": "a\u{7}"], ["x": 1]] {
                #expect(try corporate.patch("/api/v1/clinics/\(clinic)", wrong).status == .unprocessableContent)
            }
            #expect(try corporate.patch("/api/v1/clinics/\(DemoIDs.nobody)", ["name": "x"]).status == .notFound)
            #expect(try corporate.get("/api/v1/clinics/\(DemoIDs.nobody)/stats").status == .notFound)
        }

        @Test("The counts are what the events said: flow, alerts and billing")
        func counts() throws {
            let hub = try SharedHub.get()
            let corporate = try hub.client(.corporateAdmin)
            let clinic = try found(hub, "Clinica Contada")
            let staff = hub.client.bearing(try hub.tokens.token(.admin, clinic: clinic, user: DemoIDs.admin))
            let doctorID = try hire(
                corporate,
                [
                    "clinicId": .string(clinic), "authId": .string("auth0|\(clinic)-d"), "role": "DOCTOR",
                    "fullName": "Dr. Cuenta",
                ])
            let doctor = hub.client.bearing(try hub.tokens.token(.doctor, clinic: clinic, user: doctorID))
            let socket = try WebSocketClient(
                port: hub.port, token: try hub.tokens.token(.admin, clinic: clinic, user: DemoIDs.admin))
            _ = try socket.message("welcome")
            try socket.send(subscribe(clinic))
            _ = try socket.message("subscribed")
            var patients: [String] = []
            for name in ["A", "B", "C", "D", "E"] {
                let answer = try staff.post("/api/v1/patients", ["fullName": .string("\(name). Count")])
                patients.append(try #require(answer.json["patientId"]?.stringValue))
            }
            for (patient, status) in [
                (0, "BEING_ATTENDED"), (1, "BEING_ATTENDED"), (1, "DISCHARGED"), (2, "DISCHARGED"),
            ] {
                let answer = try staff.patch(
                    "/api/v1/patients/\(patients[patient])/status", ["status": .string(status)])
                #expect(answer.status == .ok)
            }
            let first = try staff.raise(newAlert(patient: patients[3], assignedTo: doctorID))
            _ = try staff.raise(newAlert(patient: patients[4], assignedTo: doctorID))
            #expect(try doctor.patch("/api/v1/alerts/\(first.id)/acknowledge").status == .ok)

            // What the screen was told.
            var flow: [String: String] = Dictionary(uniqueKeysWithValues: patients.map { ($0, "WAITING") })
            var raised = Set<String>()
            var acknowledged = Set<String>()
            while acknowledged.isEmpty {
                let event = try socket.message("event")
                guard let data = event["data"], let kind = event["event"]?.stringValue else { continue }
                if kind == "patient:status_changed" {
                    flow[data["patientId"]?.stringValue ?? ""] = data["newStatus"]?.stringValue
                }
                if kind == "alert:new" { raised.insert(data["alertId"]?.stringValue ?? "") }
                if kind == "alert:acknowledged" { acknowledged.insert(data["alertId"]?.stringValue ?? "") }
            }
            func count(_ status: String) -> JSONValue { .integer(Int64(flow.values.count { $0 == status })) }
            let shown = try staff.get("/api/v1/dashboard/flow").json
            let stats = try corporate.get("/api/v1/clinics/\(clinic)/stats").json
            for (name, status) in [
                ("waiting", "WAITING"), ("beingAttended", "BEING_ATTENDED"), ("discharged", "DISCHARGED"),
            ] {
                #expect(shown[name] == count(status), "\(name)")
                #expect(stats["patients"]?[name] == count(status), "\(name)")
            }
            #expect(stats["alerts"]?["raisedToday"] == .integer(Int64(raised.count)))
            #expect(stats["alerts"]?["acknowledged"] == .integer(Int64(acknowledged.count)))

            let empty = try staff.get("/api/v1/dashboard/billing-stats")
            #expect(Contract.validate(empty.body, status: 200, to: "GET", "/api/v1/dashboard/billing-stats") == [])
            #expect(empty.json["lastSyncedAt"] == .null)
            let session = try hub.sql(.superuser)
            for (index, status) in ["PAID", "PAID", "PENDING", "REJECTED"].enumerated() {
                _ = try session.query(
                    """
                    INSERT INTO billing_display_cache (clinic_id, patient_id, square_order_id, status, amount_cents)
                    VALUES ($1, $2, $3, $4, 100)
                    """, [.text(clinic), .text(patients[index]), .text("\(clinic)-\(index)"), .text(status)])
            }
            let billing = try staff.get("/api/v1/dashboard/billing-stats")
            #expect(Contract.validate(billing.body, status: 200, to: "GET", "/api/v1/dashboard/billing-stats") == [])
            #expect(billing.json["paid"] == 2)
            #expect(billing.json["total"] == 4)
            let other = try hub.client(.admin, clinic: DemoIDs.otherClinic).get("/api/v1/dashboard/billing-stats")
            #expect(other.json["total"] == 0)
            #expect(try corporate.get("/api/v1/clinics/\(clinic)/stats").json["billing"]?["rejected"] == 1)
        }

        @Test("Who is dismissed or becomes another is shut out with the old token, and only then")
        func people() throws {
            let hub = try SharedHub.get()
            let admin = try hub.client(.admin)
            let id = try hire(
                admin, ["authId": .string("auth0|people-\(hub.port)"), "role": "DOCTOR", "fullName": "Dr. Paso"])
            let path = "/api/v1/users/\(id)"
            let doctor = hub.client.bearing(try hub.tokens.token(.doctor, user: id))
            #expect(try doctor.get("/api/v1/alerts").status == .ok)
            let renamed = try admin.patch(path, ["fullName": "Dr. Pasos", "phone": "+15005550188"])
            #expect(Contract.validate(renamed.body, status: 200, to: "PATCH", "/api/v1/users/{id}") == [])
            #expect(renamed.json["hasPhone"] == true)
            #expect(try admin.get("\(path)/contact-methods").json["contactMethods"]?.arrayValue?.count == 1)
            #expect(try doctor.get("/api/v1/alerts").status == .ok)
            let socket = try WebSocketClient(port: hub.port, token: try hub.tokens.token(.doctor, user: id))
            _ = try socket.message("welcome")
            #expect(try admin.patch(path, ["isActive": false, "phone": .null]).json["isActive"] == false)
            #expect(try doctor.get("/api/v1/alerts").status == .unauthorized)
            let deadline = MonotonicTime.now().advanced(by: .seconds(10))
            while true {
                if case .closed(let code, _) = try socket.next(until: deadline) {
                    #expect(code.rawValue == 3503)
                    break
                }
            }
            let assigned = try hub.client(.admissions).post("/api/v1/alerts", newAlert(assignedTo: id))
            #expect(assigned.status == .unprocessableContent)
            let page = try admin.get("/api/v1/users?limit=3")
            #expect(Contract.validate(page.body, status: 200, to: "GET", "/api/v1/users") == [])
            let cursor = try #require(page.json["next"]?.stringValue)
            let next = try admin.get("/api/v1/users?limit=200&cursor=\(cursor)")
            let ids = (page.json["users"]?.arrayValue ?? []) + (next.json["users"]?.arrayValue ?? [])
            #expect(Set(ids.compactMap { $0["userId"]?.stringValue }).count == ids.count)
            #expect(ids.contains { $0["userId"] == .string(id) })
            #expect(try admin.get("/api/v1/users?cursor=x").status == .badRequest)
        }

        @Test("An administrator stays in the own clinic and gives no role beyond it; the group's may both")
        func rights() throws {
            let hub = try SharedHub.get()
            let admin = try hub.client(.admin)
            let corporate = try hub.client(.corporateAdmin)
            let person: JSONValue = ["authId": "auth0|x", "role": "DOCTOR", "fullName": "X"]
            for role in [Role.doctor, .admissions, .auditReader] {
                let client = try hub.client(role)
                #expect(try client.get("/api/v1/users").status == .forbidden)
                #expect(try client.post("/api/v1/users", person).status == .forbidden)
                #expect(try client.get("/api/v1/clinics").status == .forbidden)
            }
            #expect(try admin.post("/api/v1/clinics", ["name": "x", "country": "CO"]).status == .forbidden)
            #expect(try admin.get("/api/v1/clinics/aggregate").status == .forbidden)
            #expect(try admin.get("/api/v1/clinics/\(DemoIDs.clinic)/stats").status == .forbidden)
            #expect(try admin.get("/api/v1/clinics").json["clinics"]?.arrayValue?.count == 1)
            #expect(try corporate.get("/api/v1/clinics").json["clinics"]?.arrayValue?.count ?? 0 >= 2)
            #expect(try admin.get("/api/v1/users?clinicId=\(DemoIDs.otherClinic)").status == .forbidden)
            for role in ["CORPORATE_ADMIN", "AUDIT_READER"] {
                let grand: JSONValue = ["authId": "auth0|y", "role": .string(role), "fullName": "Y"]
                #expect(try admin.post("/api/v1/users", grand).status == .forbidden)
                #expect(
                    try admin.patch("/api/v1/users/\(DemoIDs.doctor)", ["role": .string(role)]).status == .forbidden)
            }
            // Whoever stands above the clinic, and whoever is of another, is answered like one who does not exist.
            let unknown = try admin.patch("/api/v1/users/\(DemoIDs.nobody)", ["fullName": "Z"])
            #expect(unknown.status == .notFound)
            for id in [DemoIDs.corporateAdmin, DemoIDs.otherDoctor] {
                #expect(try admin.patch("/api/v1/users/\(id)", ["fullName": "Z"]).text == unknown.text)
            }
            let foreign = try corporate.patch("/api/v1/users/\(DemoIDs.otherAdmissions)", ["fullName": "Rosa Lima"])
            #expect(foreign.json["clinicId"] == .string(DemoIDs.otherClinic))
            // Whom another clinic has, this one may have too, and is not told.
            func hire(_ authID: String) throws -> HTTPResponse {
                try admin.post("/api/v1/users", ["authId": .string(authID), "role": "DOCTOR", "fullName": "X"])
            }
            let (shared, own) = ("demo|\(DemoIDs.otherDoctor)", "auth0|own-\(hub.port)")
            let (first, second) = (try hire(shared), try hire(own))
            for answer in [first, second] { #expect(answer.status == .created, "\(answer.text)") }
            let id = try #require(second.json["userId"]?.stringValue)
            let renamed = try admin.patch("/api/v1/users/\(id)", ["authId": .string("demo|\(DemoIDs.otherAdmin)")])
            #expect(renamed.status == .ok, "\(renamed.text)")
            for authID in [shared, "demo|\(DemoIDs.doctor)"] {
                let taken = try hire(authID)
                #expect(taken.status == .conflict)
                #expect(Contract.validate(taken.body, status: 409, to: "POST", "/api/v1/users") == [])
            }
            let nowhere: JSONValue = [
                "clinicId": .string(DemoIDs.nobody), "authId": "auth0|z", "role": "DOCTOR", "fullName": "Z",
            ]
            #expect(try corporate.post("/api/v1/users", nowhere).status == .unprocessableContent)
        }
    }
}
