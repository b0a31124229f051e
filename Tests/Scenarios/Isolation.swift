import Clinic
import Database
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    /// Every operation of the contract is tried with the ids of another clinic: what comes is what comes for ids that do not
    /// exist, byte for byte.
    @Suite("Isolation")
    struct Isolation {
        /// A clinic with one of everything, made over REST.
        private struct Tenant {
            let clinic: String
            let clients: [Role: HTTPClient]
            /// The ids by the path's first part: `alerts`, `patients`, …
            let ids: [String: String]
            /// Those below another id: `contact`, `override`.
            let inner: [String: String]
        }

        /// Whoever has such a right reaches other clinics by design; those operations are tried with the other roles.
        private static let beyond: [(prefix: String, right: Right)] = [
            ("/api/v1/clinics", .readAggregatesAcrossClinics), ("/api/v1/users/{id}", .manageUsersAcrossClinics),
        ]

        private func make(_ hub: HubProcess, _ number: Int) throws -> Tenant {
            let corporate = try hub.client(.corporateAdmin)
            func post(_ client: HTTPClient, _ path: String, _ body: JSONValue, _ id: String) throws -> String {
                let answer = try client.post(path, body)
                try #require(answer.status == .created, "\(path): \(answer.text)")
                return try #require(answer.json[id]?.stringValue)
            }
            let clinic = try post(
                corporate, "/api/v1/clinics", ["name": .string("Isolated \(number)"), "country": "CO"], "clinicId")
            var users: [Role: String] = [:]
            for role in Role.allCases {
                users[role] = try post(
                    corporate, "/api/v1/users",
                    [
                        "clinicId": .string(clinic), "authId": .string("iso|\(clinic)|\(role.rawValue)"),
                        "role": .string(role.rawValue), "fullName": .string("Iso \(role.rawValue)"),
                    ], "userId")
            }
            let clients = try users.mapValuesWithKeys { role, user in
                hub.client.bearing(try hub.tokens.token(role, clinic: clinic, user: user))
            }
            let admin = try #require(clients[.admin])
            let doctor = try #require(users[.doctor])
            let patient = try post(admin, "/api/v1/patients", ["fullName": .string("Iso \(number)")], "patientId")
            let alert = try admin.raise(newAlert(patient: patient, assignedTo: doctor, urgency: "LOW"))
            let contact = try post(
                admin, "/api/v1/users/\(doctor)/contact-methods",
                ["kind": "SMS", "address": .string("+1500555\(1_000 + number)"), "label": "x"], "contactId")
            let schedule = try post(
                admin, "/api/v1/schedules",
                [
                    "name": "nights", "zone": "UTC",
                    "layers": [
                        [
                            "name": "a", "people": [.string(doctor)], "shift": ["every": "DAY", "count": 1],
                            "startsOn": "2026-01-01", "handOver": "08:00",
                        ]
                    ],
                ], "scheduleId")
            let override = try post(
                admin, "/api/v1/schedules/\(schedule)/overrides",
                ["userId": .string(doctor), "from": "2099-01-01T00:00:00Z", "to": "2099-01-02T00:00:00Z"], "overrideId")
            let document = try JSONReader.read(Contract.bytes("Protocol/examples/PolicyDocument.least.json"))
            let policy = try post(admin, "/api/v1/policies", document, "policyId")
            let window = try post(
                admin, "/api/v1/maintenance", ["source": "x", "until": .string(Self.soon)], "windowId")
            let monitor = try post(
                admin, "/api/v1/monitors",
                ["source": "ocr", "everySeconds": 86_400, "graceSeconds": 0, "urgencyLevel": "LOW"], "monitorId")
            let key = try post(admin, "/api/v1/api-keys", ["name": "k", "scopes": ["alerts:create"]], "keyId")
            let message = try hub.sql(.superuser).query(
                "SELECT id::text AS id FROM messages WHERE clinic_id = $1 LIMIT 1", [.text(clinic)])
            let form = UploadedRow.insert
            let intake = try hub.sql(.superuser).query(form, [.text(clinic), .text(doctor)])
            return Tenant(
                clinic: clinic, clients: clients,
                ids: [
                    "alerts": alert.id, "patients": patient, "users": doctor, "schedules": schedule, "policies": policy,
                    "maintenance": window, "monitors": monitor, "api-keys": key, "clinics": clinic,
                    "intake": try #require(intake.first).string("id"),
                    "dead-letters": try message.first?.string("id") ?? DemoIDs.nobody,
                ], inner: ["contact": contact, "override": override, "version": "1"])
        }

        private static var soon: String {
            Timestamp(microseconds: WallTime.now().microseconds).advanced(by: .seconds(3_600)).rfc3339
        }

        /// What stands of a clinic in the tables that only requests change.
        private func standing(_ hub: HubProcess, _ clinic: String) throws -> [String] {
            let session = try hub.sql(.superuser)
            return try [
                "users", "patients", "oncall_schedules", "schedule_overrides", "escalation_policies", "monitors",
                "maintenance_windows", "api_keys", "notification_rules", "quiet_hours", "doctor_backups",
                "contact_methods", "revocations", "idempotency_keys",
            ].map { table in
                let sql = "SELECT \(table)::text AS line FROM \(table) WHERE clinic_id = $1 ORDER BY 1"
                return try session.query(sql, [.text(clinic)]).map { try $0.string("line") }.joined(separator: "\n")
            }
        }

        /// The operation's path with ids of its parts; nil where it has none, or one that no tenant has.
        private func target(_ operation: Contract.Operation, _ outer: String?, _ inner: (String) -> String?) -> String?
        {
            guard operation.path.contains("{"), let outer else { return nil }
            var parts: [String] = []
            for part in operation.path.split(separator: "/") {
                guard part.hasPrefix("{") else {
                    parts.append(String(part))
                    continue
                }
                let name = String(part.dropFirst().dropLast())
                guard let value = name == "id" ? outer : inner(name) else { return nil }
                parts.append(value)
            }
            return "/" + parts.joined(separator: "/")
        }

        private func send(_ client: HTTPClient, _ operation: Contract.Operation, _ target: String) throws
            -> HTTPResponse
        {
            var fields: HTTPFields = ["If-Match": "*"]
            let body = Contract.exampleBody(of: operation)
            if body != nil { fields.set("Content-Type", "application/json") }
            let method = try #require(HTTPMethod(rawValue: operation.method))
            return try client.send(method, target, body: body ?? [], fields: fields)
        }

        private func names(_ response: HTTPResponse) -> [String] { response.fields.lines.map(\.name).sorted() }

        @Test("Over REST, by every role, in generated pairs of clinics, another clinic's ids are ids of nothing")
        func rest() throws {
            let hub = try SharedHub.get()
            var tried = Set<String>()
            for pair in 0..<2 {
                let tenants = [try make(hub, 2 * pair), try make(hub, 2 * pair + 1)]
                let before = try tenants.map { try standing(hub, $0.clinic) }
                for (own, other) in [(tenants[0], tenants[1]), (tenants[1], tenants[0])] {
                    for operation in Contract.operations where operation.path.hasPrefix("/api/v1/") {
                        let kind = operation.path.split(separator: "/").dropFirst(2).first.map(String.init) ?? ""
                        var pairs: [(String?, String?)] = [
                            (
                                target(operation, other.ids[kind]) { other.inner[$0] },
                                target(operation, DemoIDs.nobody) { $0 == "version" ? "1" : DemoIDs.nobody }
                            )
                        ]
                        if operation.path.filter({ $0 == "{" }).count > 1, !operation.path.contains("{version}") {
                            pairs.append(
                                (
                                    target(operation, own.ids[kind]) { other.inner[$0] },
                                    target(operation, own.ids[kind]) { _ in DemoIDs.nobody }
                                ))
                        }
                        for case (let foreign?, let unknown?) in pairs {
                            for (role, client) in own.clients {
                                let right = Self.beyond.first { operation.path.hasPrefix($0.prefix) }?.right
                                if let right, role.has(right) { continue }
                                let answer = try send(client, operation, foreign)
                                let expected = try send(client, operation, unknown)
                                #expect(
                                    [.notFound, .forbidden].contains(answer.status),
                                    "\(role) \(operation.name): \(answer.status) \(answer.text)")
                                #expect(
                                    answer.body == expected.body && answer.status == expected.status,
                                    "\(role) \(operation.name): \(answer.text) for another's, \(expected.text) for none"
                                )
                                #expect(names(answer) == names(expected), "\(operation.name)")
                                tried.insert(operation.name)
                            }
                        }
                    }
                }
                for (tenant, was) in zip(tenants, before) { #expect(try standing(hub, tenant.clinic) == was) }
            }
            let parted = Contract.operations.filter { $0.path.hasPrefix("/api/v1/") && $0.path.contains("{") }
            // What has an id that no tenant here has is for its own tests.
            let left = Set(parted.map(\.name)).subtracting(tried)
            #expect(left.isSubset(of: Self.untried), "not tried: \(left)")
        }

        /// Operations whose ids these tenants do not have.
        private static let untried: Set<String> = []

        @Test("Ids in bodies and queries of another clinic are ids of nothing too")
        func references() throws {
            let hub = try SharedHub.get()
            let own = try make(hub, 10)
            let other = try make(hub, 11)
            let admin = try #require(own.clients[.admin])
            let patient = try #require(own.ids["patients"])
            func layers(_ person: String) -> JSONValue {
                [
                    "name": "b", "zone": "UTC",
                    "layers": [
                        [
                            "name": "a", "people": [.string(person)], "shift": ["every": "DAY", "count": 1],
                            "startsOn": "2026-01-01", "handOver": "08:00",
                        ]
                    ],
                ]
            }
            let cases: [(HTTPMethod, (Tenant?) -> String, (String) -> JSONValue?, String)] = [
                (.post, { _ in "/api/v1/alerts" }, { ["patientId": .string($0), "urgencyLevel": "LOW"] }, "patients"),
                (
                    .post, { _ in "/api/v1/alerts" },
                    { ["patientId": .string(patient), "urgencyLevel": "LOW", "assignedTo": .string($0)] }, "users"
                ),
                (.post, { _ in "/api/v1/schedules" }, { layers($0) }, "users"),
                (.post, { _ in "/api/v1/revocations" }, { ["userId": .string($0)] }, "users"),
                (
                    .post, { _ in "/api/v1/schedules/\(own.ids["schedules"] ?? "")/overrides" },
                    { ["userId": .string($0), "from": "2099-03-01T00:00:00Z", "to": "2099-03-02T00:00:00Z"] }, "users"
                ),
                (
                    .put, { _ in "/api/v1/users/\(own.ids["users"] ?? "")/backup" }, { ["backupId": .string($0)] },
                    "users"
                ),
                (.post, { _ in "/api/v1/reachability/test-page/run" }, { ["userId": .string($0)] }, "users"),
                (
                    .post, { _ in "/api/v1/users" },
                    { clinic in
                        ["clinicId": .string(clinic), "authId": "a", "role": "DOCTOR", "fullName": "x"]
                    }, "clinics"
                ),
                (.post, { _ in "/api/v1/revocations" }, { ["clinicId": .string($0), "tokenId": "x"] }, "clinics"),
            ]
            for (method, path, body, kind) in cases {
                let answer = try admin.send(method, path(nil), body(try #require(other.ids[kind])))
                let expected = try admin.send(method, path(nil), body(DemoIDs.nobody))
                #expect(answer.body == expected.body, "\(path(nil)): \(answer.text), \(expected.text)")
                #expect(answer.status == expected.status)
                #expect(
                    [.unprocessableContent, .notFound, .forbidden].contains(answer.status),
                    "\(path(nil)): \(answer.text)")
            }
            for query in [
                "alerts?assignedTo=\(other.ids["users"] ?? "")", "audit-logs?targetId=\(other.ids["patients"] ?? "")",
                "audit-logs?actorUserId=\(other.ids["users"] ?? "")",
            ] {
                let answer = try admin.get("/api/v1/\(query)")
                #expect(answer.status == .ok, "\(answer.text)")
                #expect(!answer.text.contains(other.clinic))
            }
            for path in ["alerts", "patients", "schedules", "policies", "monitors", "maintenance", "api-keys", "users"]
            {
                let list = try admin.get("/api/v1/\(path)")
                #expect(list.status == .ok)
                for id in other.ids.values where id != DemoIDs.nobody { #expect(!list.text.contains(id), "\(path)") }
            }
        }

        @Test("Over a socket, every act on another clinic's alert is one on an alert that does not exist")
        func socket() throws {
            let hub = try SharedHub.get()
            let own = try make(hub, 20)
            let other = try make(hub, 21)
            let acts: [[String: JSONValue]] = AlertAct.Kind.allCases.map { kind in
                kind == .snooze
                    ? ["type": "snooze", "until": .string(Self.soon), "reason": "BUSY"]
                    : ["type": .string(kind.rawValue)]
            }
            for (_, client) in own.clients {
                let socket = try WebSocketClient(port: hub.port, token: client.token)
                _ = try socket.message("welcome")
                for act in acts {
                    var errors: [JSONValue] = []
                    for id in [try #require(other.ids["alerts"]), DemoIDs.nobody] {
                        var json = JSONWriter()
                        json.object { json in
                            for (name, value) in act { json.field(name, value: value) }
                            json.field("id", 7)
                            json.field("alertId", id)
                        }
                        try socket.send(try JSONReader.read(json.bytes))
                        errors.append(try socket.message("error"))
                    }
                    #expect(errors[0] == errors[1], "\(act)")
                    #expect([103, 108].contains(errors[0]["code"]?.integerValue), "\(act): \(errors[0])")
                }
            }
        }
    }
}

/// A form that was uploaded, as the tables have one.
private enum UploadedRow {
    static let insert = """
        WITH upload AS (
            INSERT INTO uploads
                (id, clinic_id, uploaded_by_user_id, mime_type, storage_key, size_bytes, content_digest)
            VALUES (gen_random_uuid(), $1::uuid, $2::uuid, 'image/png', 'x', 1, '\\x00')
            RETURNING id, clinic_id
        )
        INSERT INTO intake_forms (id, clinic_id, upload_id) SELECT gen_random_uuid(), clinic_id, id FROM upload
        RETURNING id::text AS id
        """
}

extension Dictionary {
    fileprivate func mapValuesWithKeys<Result>(_ transform: (Key, Value) throws -> Result) rethrows -> [Key: Result] {
        var results: [Key: Result] = [:]
        for (key, value) in self { results[key] = try transform(key, value) }
        return results
    }
}
