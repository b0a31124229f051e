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
        /// Whoever has such a right reaches other clinics by design; those operations are tried with the other roles.
        private static let beyond: [(prefix: String, right: Right)] = [
            ("/api/v1/clinics", .readAggregatesAcrossClinics), ("/api/v1/users/{id}", .manageUsersAcrossClinics),
        ]

        private static func reaches(_ role: Role, _ operation: Contract.Operation) -> Bool {
            beyond.contains { operation.path.hasPrefix($0.prefix) && role.has($0.right) }
        }

        private func make(_ hub: HubProcess, _ number: Int) throws -> Tenant {
            try Tenant(hub, word: "isolated-\(number)")
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

        private func names(_ response: HTTPResponse) -> [String] { response.fields.lines.map(\.name).sorted() }

        @Test("Over REST, by every role, in generated pairs of clinics, another clinic's ids are ids of nothing")
        func rest() throws {
            let hub = try SharedHub.get()
            var tried = Set<String>()
            for pair in 0..<2 {
                let tenants = [try make(hub, 2 * pair), try make(hub, 2 * pair + 1)]
                let before = try tenants.map { try standing(hub, $0.clinic) }
                for (own, other) in [(tenants[0], tenants[1]), (tenants[1], tenants[0])] {
                    for target in ForeignTarget.all(own, other) {
                        let name = target.operation.name
                        tried.insert(name)
                        for (role, client) in own.clients where !Self.reaches(role, target.operation) {
                            let answer = try target.send(client, to: target.foreign)
                            let expected = try target.send(client, to: target.unknown)
                            #expect(
                                [.notFound, .forbidden].contains(answer.status),
                                "\(role) \(name): \(answer.status) \(answer.text)")
                            #expect(
                                answer.body == expected.body && answer.status == expected.status,
                                "\(role) \(name): \(answer.text) for another's, \(expected.text) for none")
                            #expect(names(answer) == names(expected), "\(name)")
                        }
                    }
                }
                for (tenant, was) in zip(tenants, before) { #expect(try standing(hub, tenant.clinic) == was) }
            }
            #expect(tried == ForeignTarget.operations)
        }

        @Test("A request for another clinic's id costs PostgreSQL the statements that one for an id of nothing costs")
        func statements() throws {
            let hub = try HubProcess()
            defer { hub.end() }
            let own = try make(hub, 30)
            let other = try make(hub, 31)
            let log = try StatementLog(hub)
            var asked = Set<String>()
            for target in ForeignTarget.all(own, other) {
                for (role, client) in own.clients where !Self.reaches(role, target.operation) {
                    let user = try #require(own.users[role])
                    func statements(_ path: String) throws -> [String] {
                        _ = try target.send(client, to: path)
                        return try log.statements(of: user)
                    }
                    // What is prepared once a session stands in the log as it is executed, so the first time is like the second.
                    let foreign = try statements(target.foreign)
                    let unknown = try statements(target.unknown)
                    #expect(foreign == unknown, "\(role) \(target.operation.name)")
                    if !foreign.isEmpty { asked.insert(target.operation.name) }
                }
            }
            // Each operation asks the database for somebody, but those on clinics, which are for whoever reaches all of them.
            #expect(asked == ForeignTarget.operations.filter { !$0.contains("/api/v1/clinics/") })
        }

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
                    ? ["type": "snooze", "until": .string(Tenant.soon), "reason": "BUSY"]
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
