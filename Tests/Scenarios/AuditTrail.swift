import Clinic
import Database
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    /// What was done can be read, by those who may, and proved.
    @Suite("The audit")
    struct AuditTrail {
        private static let path = "/api/v1/audit-logs"

        private func entries(_ client: HTTPClient, _ query: String) throws -> [JSONValue] {
            let answer = try client.get("\(Self.path)?\(query)")
            try #require(answer.status == .ok, "\(answer.text)")
            #expect(Contract.validate(answer.body, status: 200, to: "GET", Self.path) == [])
            return answer.json["entries"]?.arrayValue ?? []
        }

        @Test("Reading a patient is in the audit, with who, what, when and from where; a second later it is sealed")
        func told() throws {
            let hub = try SharedHub.get()
            let patient = DemoIDs.patients[1]
            #expect(try hub.client(.doctor).get("/api/v1/patients/\(patient)").status == .ok)
            let admin = try hub.client(.admin)
            let query =
                "action=READ_PATIENT&targetId=\(patient)&targetTable=patients&actorUserId=\(DemoIDs.doctor)&limit=1"
            let entry = try #require(try entries(admin, query).first)
            #expect(entry["actorRole"] == "DOCTOR")
            #expect(entry["ipAddress"] == "127.0.0.1")
            #expect(entry["clinicId"] == .string(DemoIDs.clinic))
            #expect(
                try poll(within: .seconds(10)) {
                    try entries(admin, query).first?["hash"]?.stringValue?.count == 64
                })
        }

        @Test("Pages follow each other without a gap, and the export holds the same rows, each of the contract's form")
        func pages() throws {
            let hub = try SharedHub.get()
            let doctor = try hub.client(.doctor)
            for _ in 0..<5 { #expect(try doctor.get("/api/v1/patients/\(DemoIDs.patients[2])").status == .ok) }
            let admin = try hub.client(.admin)
            let filter = "action=READ_PATIENT,READ_PATIENTS&targetId=\(DemoIDs.patients[2])"
            var ids: [Int64] = []
            var cursor: String? = ""
            while let place = cursor {
                let answer = try admin.get("\(Self.path)?\(filter)&limit=2\(place.isEmpty ? "" : "&cursor=\(place)")")
                ids += answer.json["entries"]?.arrayValue?.compactMap { $0["id"]?.integerValue } ?? []
                cursor = answer.json["next"]?.stringValue
            }
            #expect(ids.count >= 5)
            #expect(ids == ids.sorted(by: >))
            let export = try admin.get("\(Self.path).ndjson?\(filter)")
            #expect(export.status == .ok)
            #expect(export.fields["Content-Type"] == "application/x-ndjson")
            let lines = export.text.split(separator: "\n")
            for line in lines { #expect(Contract.validate(Array(line.utf8), against: "AuditEntry") == []) }
            #expect(try lines.map { try JSONReader.read(Array($0.utf8))["id"]?.integerValue } == ids)
        }

        @Test("An export of 20,000 rows comes whole, a page at a time")
        func long() throws {
            let hub = try SharedHub.get()
            let session = try hub.sql(.superuser)
            let clinic = "00000000-0000-4000-8000-0000000a0d17"
            _ = try session.query(
                """
                INSERT INTO audit_logs (clinic_id, action, session_id) SELECT $1, 'READ_PATIENT', n::text
                FROM generate_series(1, 20000) n
                """, [.text(clinic)])
            let answer = try hub.client(.auditReader).get("\(Self.path).ndjson?clinicId=\(clinic)")
            let lines = answer.text.split(separator: "\n")
            #expect(Set(try lines.map { try JSONReader.read(Array($0.utf8))["id"]?.integerValue }).count == 20_000)
            // Several hubs' worth of rows are sealed in steps, and all of them.
            #expect(
                try poll(within: .seconds(30)) {
                    let sql = "SELECT count(*) AS n FROM audit_logs WHERE hash IS NULL AND clinic_id = $1"
                    return try session.query(sql, [.text(clinic)]).first?.int("n") == 0
                })
        }

        @Test("An administrator reads the own clinic, the group's and the auditor every one, all others none")
        func rights() throws {
            let hub = try SharedHub.get()
            _ = try hub.client(.admissions, clinic: DemoIDs.otherClinic).get("/api/v1/patients")
            for (role, own, other) in [
                (Role.admin, HTTPStatus.ok, HTTPStatus.forbidden), (.corporateAdmin, .ok, .ok),
                (.auditReader, .ok, .ok),
                (.doctor, .forbidden, .forbidden), (.admissions, .forbidden, .forbidden),
            ] {
                let client = try hub.client(role)
                for form in ["", ".ndjson"] {
                    #expect(try client.get(Self.path + form).status == own, "\(role)")
                    let foreign = try client.get("\(Self.path)\(form)?clinicId=\(DemoIDs.otherClinic)")
                    #expect(foreign.status == other, "\(role)")
                    // As for one that does not exist.
                    let unknown = try client.get("\(Self.path)\(form)?clinicId=\(DemoIDs.nobody)")
                    #expect(unknown.status == other)
                    if other == .forbidden { #expect(unknown.text == foreign.text) }
                }
            }
            let foreign = try entries(try hub.client(.auditReader), "clinicId=\(DemoIDs.otherClinic)")
            #expect(!foreign.isEmpty)
            #expect(foreign.allSatisfy { $0["clinicId"] == .string(DemoIDs.otherClinic) })
            // The auditor reads nothing else.
            for target in ["/api/v1/alerts", "/api/v1/patients", "/api/v1/dashboard/flow", "/api/v1/schedules"] {
                #expect(try hub.client(.auditReader).get(target).status == .forbidden, "\(target)")
            }
        }

        @Test("Parameters are read strictly")
        func strict() throws {
            let hub = try SharedHub.get()
            let admin = try hub.client(.admin)
            for query in [
                "action=", "action=a%00b", "actorUserId=7", "targetTable=a-b", "targetId=x", "sessionId=%20",
                "from=today",
                "to=1", "limit=0", "limit=101", "cursor=AAAA", "clinicId=x", "colour=red", "action=A&action=B",
            ] {
                let answer = try admin.get("\(Self.path)?\(query)")
                #expect(answer.status == .badRequest, "\(query): \(answer.text)")
                #expect(Contract.validate(answer.body, status: 400, to: "GET", Self.path) == [])
            }
            #expect(try admin.get("\(Self.path).ndjson?limit=1").status == .badRequest)
        }

        @Test("audit verify finds the chains whole beside a running hub; a changed byte makes it fail and name the row")
        func verify() throws {
            let hub = try HubProcess()
            defer { hub.end() }
            for _ in 0..<3 { _ = try hub.client(.admissions).raise() }
            let arguments = ["audit", "verify", "--data", hub.dataDirectory]
            let whole = try HubProgram.run(arguments)
            #expect(whole.exitCode == 0, "\(whole.output) \(whole.errors)")
            #expect(whole.output.contains("clinic \(DemoIDs.clinic)"))
            #expect(whole.output.contains(": whole"))
            let session = try hub.sql(.superuser)
            try session.execute(
                script: """
                    SET session_replication_role = replica;
                    UPDATE audit_logs SET actor_role = 'ADMISSIONs' WHERE chain_seq = 2 AND clinic_id = '\(DemoIDs.clinic)'
                    """)
            let id = try #require(
                try session.query("SELECT id FROM audit_logs WHERE actor_role = 'ADMISSIONs'").first
            ).int64("id")
            let broken = try HubProgram.run(arguments)
            #expect(broken.exitCode == 1)
            #expect(broken.output.contains("FAULT: row \(id), place 2 of clinic \(DemoIDs.clinic), was changed"))
            let other = try HubProgram.run(arguments + ["--clinic", DemoIDs.otherClinic])
            #expect(other.exitCode == 0, "\(other.output)")
        }

        @Test("rights prints the table that the hub asks")
        func rightsTable() throws {
            let lines = try HubProgram.run(["rights"]).output.split(separator: "\n")
            #expect(lines.count == Right.allCases.count + 1)
            for right in Right.allCases {
                let line = try #require(lines.first { $0.hasPrefix("\(right.rawValue) ") })
                let cells = line.split(separator: " ").dropFirst().map { $0 == "yes" }
                #expect(Array(cells) == Role.allCases.map { $0.has(right) })
            }
        }

        @Test("A log-in is in the audit once, with who and from where; what follows it, and a key, are none")
        func logIn() throws {
            let hub = try HubProcess()
            defer { hub.end() }
            let session = try hub.sql(.superuser)
            func rows() throws -> [String] {
                try session.query(
                    """
                    SELECT actor_user_id::text || ' ' || actor_role || ' ' || host(ip_address) AS text FROM audit_logs
                    WHERE action = 'LOG_IN' AND outcome IS NULL AND clinic_id = $1 ORDER BY id
                    """, [.text(DemoIDs.clinic)]
                ).map { try $0.string("text") }
            }
            let doctor = try hub.client(.doctor)
            for _ in 0..<3 { #expect(try doctor.get("/api/v1/alerts").status == .ok) }
            // Another token of the same person, as a page brings that renewed it.
            let renewed = hub.client.bearing(try hub.tokens.token(.doctor, seconds: 1_800))
            #expect(try renewed.get("/api/v1/alerts").status == .ok)
            _ = try hub.socket(.doctor)
            _ = try hub.socket(.admin)
            let wanted = [
                "\(DemoIDs.doctor) DOCTOR 127.0.0.1", "\(DemoIDs.admin) ADMIN 127.0.0.1",
            ]
            #expect(try poll(within: .seconds(30)) { try rows() == wanted })
            let made = try hub.client(.admin).post(
                "/api/v1/api-keys", ["name": "kiosk", "scopes": ["alerts:read"]])
            let key = try #require(made.json["key"]?.stringValue)
            #expect(try hub.client.bearing(key).get("/api/v1/alerts").status == .ok)
            #expect(try hub.client.bearing("x.y.z").get("/api/v1/alerts").status == .unauthorized)
            #expect(try rows() == wanted)
        }
    }
}
