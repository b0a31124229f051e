import Clinic
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    /// Who may ask for what, as people who wrote the policy would say it: by every role, and by nobody.
    @Suite("Rights")
    struct Rights {
        /// Everybody but the auditor, who reads the audit alone.
        private static let all: Set<Role> = [.doctor, .admin, .admissions, .corporateAdmin]
        private static let auditors: Set<Role> = [.admin, .corporateAdmin, .auditReader]
        private static let clinicians: Set<Role> = [.doctor, .admin]
        private static let staff: Set<Role> = [.doctor, .admin, .admissions]
        private static let readers: Set<Role> = [.admin, .corporateAdmin]
        private static let desk: Set<Role> = [.admin, .admissions]

        /// The roles that are not refused. Where the body says whose right it is, `bodies` has one of somebody else.
        private static let holders: [String: Set<Role>] = [
            "POST /api/v1/alerts": staff, "GET /api/v1/alerts": all, "GET /api/v1/alerts/{id}": all,
            "PATCH /api/v1/alerts/{id}/acknowledge": [.doctor], "POST /api/v1/alerts/{id}/progress": [.doctor],
            "POST /api/v1/alerts/{id}/escalate": staff, "POST /api/v1/alerts/{id}/decline": clinicians,
            "POST /api/v1/alerts/{id}/unaccept": clinicians, "POST /api/v1/alerts/{id}/snooze": clinicians,
            "POST /api/v1/alerts/{id}/close": clinicians, "POST /api/v1/alerts/{id}/reopen": clinicians,
            "POST /api/v1/patients": [.admin, .admissions], "GET /api/v1/patients": all,
            "GET /api/v1/patients/{id}": all, "GET /api/v1/patients/{id}/billing": all,
            "PATCH /api/v1/patients/{id}/status": staff, "GET /api/v1/dashboard/flow": all,
            "GET /api/v1/policies": [.admin], "POST /api/v1/policies": [.admin],
            "GET /api/v1/policies/{id}": [.admin], "PUT /api/v1/policies/{id}": [.admin],
            "GET /api/v1/policies/{id}/versions": [.admin], "GET /api/v1/policies/{id}/versions/{version}": [.admin],
            "POST /api/v1/policies/{id}/versions/{version}/activate": [.admin],
            "GET /api/v1/users/{id}/contact-methods": [.admin], "POST /api/v1/users/{id}/contact-methods": [.admin],
            "PUT /api/v1/users/{id}/contact-methods/order": [.admin],
            "PATCH /api/v1/users/{id}/contact-methods/{contact}": [.admin],
            "DELETE /api/v1/users/{id}/contact-methods/{contact}": [.admin],
            "POST /api/v1/users/{id}/contact-methods/{contact}/code": [.admin],
            "POST /api/v1/users/{id}/contact-methods/{contact}/verify": [.admin],
            "GET /api/v1/users/{id}/notification-rules": [.admin],
            "PUT /api/v1/users/{id}/notification-rules": [.admin], "GET /api/v1/users/{id}/quiet-hours": [.admin],
            "PUT /api/v1/users/{id}/quiet-hours": [.admin], "DELETE /api/v1/users/{id}/quiet-hours": [.admin],
            "GET /api/v1/users/{id}/backup": [.admin], "PUT /api/v1/users/{id}/backup": [.admin],
            "DELETE /api/v1/users/{id}/backup": [.admin], "GET /api/v1/schedules": all,
            "POST /api/v1/schedules": [.admin], "GET /api/v1/schedules/{id}": all,
            "PUT /api/v1/schedules/{id}": [.admin], "DELETE /api/v1/schedules/{id}": [.admin],
            "GET /api/v1/schedules/{id}/overrides": all, "POST /api/v1/schedules/{id}/overrides": [.admin],
            // A doctor takes back the own ones.
            "DELETE /api/v1/schedules/{id}/overrides/{override}": clinicians,
            "GET /api/v1/schedules/{id}/shifts": all, "GET /api/v1/schedules/{id}/gaps": all,
            "GET /api/v1/on-call": all,
            "GET /api/v1/reachability": [.admin], "GET /api/v1/reachability/test-page": [.admin],
            "PUT /api/v1/reachability/test-page": [.admin], "POST /api/v1/reachability/test-page/run": [.admin],
            "POST /api/v1/maintenance": [.admin], "GET /api/v1/maintenance": all,
            "DELETE /api/v1/maintenance/{id}": [.admin], "POST /api/v1/monitors": [.admin],
            "GET /api/v1/monitors": all, "DELETE /api/v1/monitors/{id}": [.admin],
            "POST /api/v1/monitors/{id}/heartbeat": staff, "GET /api/v1/reports/response-times": readers,
            "GET /api/v1/reports/response-times.csv": readers, "GET /api/v1/gateways": readers,
            "GET /api/v1/dead-letters": [.admin], "POST /api/v1/dead-letters/{id}/replay": [.admin],
            "POST /api/v1/revocations": readers, "POST /api/v1/intake/upload": desk,
            "GET /api/v1/intake/review-queue": desk, "GET /api/v1/intake/{id}/status": staff,
            "GET /api/v1/intake/{id}/file": desk, "PATCH /api/v1/intake/{id}/confirm": desk,
            "GET /api/v1/queues": readers,
            "GET /api/v1/audit-logs": auditors,
            "GET /api/v1/audit-logs.ndjson": auditors, "GET /api/v1/api-keys": [.admin],
            "POST /api/v1/api-keys": [.admin], "DELETE /api/v1/api-keys/{id}": [.admin],
            "GET /api/v1/dashboard/billing-stats": all, "GET /api/v1/clinics": readers,
            "POST /api/v1/clinics": [.corporateAdmin], "PATCH /api/v1/clinics/{id}": [.corporateAdmin],
            "GET /api/v1/clinics/aggregate": [.corporateAdmin], "GET /api/v1/clinics/{id}/stats": [.corporateAdmin],
            "GET /api/v1/users": readers, "POST /api/v1/users": readers, "PATCH /api/v1/users/{id}": readers,
            "GET /api/v1/patients/{id}/export": [.admin], "DELETE /api/v1/patients/{id}": [.admin],
        ]

        private static let bodies: [String: JSONValue] = [
            "POST /api/v1/schedules/{id}/overrides": [
                "userId": .string(DemoIDs.nobody), "from": "2030-01-01T00:00:00Z", "to": "2030-01-02T00:00:00Z",
            ],
            // Nobody is texted for this test.
            "POST /api/v1/reachability/test-page/run": ["userId": .string(DemoIDs.nobody)],
        ]

        private static var operations: [Contract.Operation] {
            Contract.operations.filter { Self.holders[$0.name] != nil }
        }

        @Test(
            "Each operation is open to the roles that its right names, closed to the others, and to whoever has no token"
        )
        func table() throws {
            let hub = try SharedHub.get()
            #expect(Self.operations.count == Self.holders.count, "every row is an operation of the contract")
            let clients = try Dictionary(uniqueKeysWithValues: Role.allCases.map { ($0, try hub.client($0)) })
            for operation in Self.operations {
                let method = try #require(HTTPMethod(rawValue: operation.method))
                let target = operation.path.replacing("{version}", with: "1")
                    .replacing(#/{(id|contact|override)}/#, with: DemoIDs.nobody)
                let body = operation.method == "GET" ? nil : Self.bodies[operation.name] ?? [:]
                func status(_ client: HTTPClient) throws -> Int {
                    let answer = try client.send(method, target, body, fields: ["If-Match": "*"])
                    let faults = Contract.validate(
                        answer.body, status: Int(answer.status.rawValue), to: operation.method, operation.path)
                    #expect(faults == [], "\(operation.name): \(answer.text)")
                    return Int(answer.status.rawValue)
                }
                #expect(try status(hub.client) == 401, "\(operation.name) without a token")
                for (role, client) in clients {
                    let isHolder = Self.holders[operation.name]?.contains(role) ?? false
                    let answered = try status(client)
                    #expect((answered != 403) == isHolder, "\(operation.name) as \(role.rawValue): \(answered)")
                    #expect(answered < 500 && answered != 405, "\(operation.name) as \(role.rawValue): \(answered)")
                }
            }
        }

        @Test(
            "What is done to another clinic's alert, window, monitor or dead letter is answered as for ids nobody has")
        func foreign() throws {
            let hub = try SharedHub.get()
            let other = try hub.client(.admin, clinic: DemoIDs.otherClinic)
            let alert = try hub.client(.admissions, clinic: DemoIDs.otherClinic).raise(
                newAlert(patient: DemoIDs.otherPatient, assignedTo: DemoIDs.otherDoctor))
            let monitor = try other.post(
                "/api/v1/monitors",
                ["source": "rights-test", "everySeconds": 3_600, "graceSeconds": 60, "urgencyLevel": "LOW"])
            let monitorID = try #require(monitor.json["monitorId"]?.stringValue, "\(monitor.text)")
            let now = try #require(
                Timestamp(rfc3339: try other.alert(alert.id)["createdAt"]?.stringValue ?? ""))
            let until = JSONValue.string(now.advanced(by: .seconds(600)).rfc3339)
            let window = try other.post("/api/v1/maintenance", ["suppresses": ["LOW"], "until": until])
            let windowID = try #require(window.json["windowId"]?.stringValue, "\(window.text)")

            let acts = ["decline", "unaccept", "escalate", "close", "reopen"].map { act in
                (HTTPMethod.post, "/api/v1/alerts/%/\(act)", alert.id, JSONValue?.none)
            }
            let attempts: [(HTTPMethod, String, String, JSONValue?)] =
                acts + [
                    (.get, "/api/v1/alerts/%", alert.id, nil),
                    (.post, "/api/v1/alerts/%/snooze", alert.id, ["until": until, "reason": "BUSY"]),
                    (.post, "/api/v1/monitors/%/heartbeat", monitorID, nil),
                    (.delete, "/api/v1/monitors/%", monitorID, nil),
                    (.delete, "/api/v1/maintenance/%", windowID, nil),
                    (.post, "/api/v1/dead-letters/%/replay", alert.id, nil),
                ]
            let admin = try hub.client(.admin)
            for (method, path, id, body) in attempts {
                let answer = try admin.send(method, path.replacing("%", with: id), body)
                let unknown = try admin.send(method, path.replacing("%", with: DemoIDs.nobody), body)
                #expect(answer.status == .notFound && answer.body == unknown.body, "\(path): \(answer.text)")
            }
            #expect(try ["PENDING", "DELIVERED"].contains(other.alert(alert.id)["status"]?.stringValue))
            #expect(try !admin.get("/api/v1/monitors").text.contains("rights-test"))
            #expect(try !admin.get("/api/v1/maintenance").text.contains(windowID))
            for path in ["/api/v1/reports/response-times", "/api/v1/dead-letters", "/api/v1/on-call"] {
                #expect(try !admin.get(path).text.contains(DemoIDs.otherDoctor), "\(path)")
            }
            _ = try other.send(.delete, "/api/v1/maintenance/\(windowID)", nil)
            _ = try other.send(.delete, "/api/v1/monitors/\(monitorID)", nil)
        }
    }
}
