import Clinic
import Database
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    /// Clinic 1 looks for what belongs to clinic 2, and the other way about: each answer must be the one for what does
    /// not exist at all.
    @Suite("Two clinics")
    struct TwoClinics {
        @Test("Over REST, another clinic's alert, patient and doctor are answered as unknown ones, byte for byte")
        func rest() throws {
            let hub = try SharedHub.get()
            let alert = try raiseInOther(hub)
            let attempts: [(Role, HTTPMethod, (String) -> String, (String) -> JSONValue?, String)] = [
                (.admin, .get, { "/api/v1/alerts/\($0)" }, { _ in nil }, alert.id),
                (.doctor, .patch, { "/api/v1/alerts/\($0)/acknowledge" }, { _ in nil }, alert.id),
                (.admin, .post, { "/api/v1/alerts/\($0)/escalate" }, { _ in nil }, alert.id),
                (
                    .admissions, .patch, { "/api/v1/patients/\($0)/status" }, { _ in ["status": "BEING_ATTENDED"] },
                    DemoIDs.otherPatient
                ),
                (.admissions, .post, { _ in "/api/v1/alerts" }, { newAlert(patient: $0) }, DemoIDs.otherPatient),
                (.admissions, .post, { _ in "/api/v1/alerts" }, { newAlert(assignedTo: $0) }, DemoIDs.otherDoctor),
                (.admin, .get, { "/api/v1/alerts?assignedTo=\($0)" }, { _ in nil }, DemoIDs.otherDoctor),
            ]
            for (role, method, path, body, foreign) in attempts {
                let client = try hub.client(role)
                let answer = try client.send(method, path(foreign), body(foreign))
                let unknown = try client.send(method, path(DemoIDs.nobody), body(DemoIDs.nobody))
                #expect(answer.status == unknown.status, "\(method) \(path(foreign))")
                #expect(answer.body == unknown.body, "\(method) \(path(foreign)): \(answer.text) \(unknown.text)")
                #expect(names(answer) == names(unknown))
                #expect(!answer.text.contains(DemoIDs.otherClinic))
                if method != .get { #expect(answer.status == .notFound || answer.status == .unprocessableContent) }
            }
            let record = try hub.client(.admissions, clinic: DemoIDs.otherClinic).alert(alert.id)
            #expect(["PENDING", "DELIVERED"].contains(record["status"]?.stringValue))
        }

        @Test("Lists, cursors and counts hold the own clinic alone")
        func lists() throws {
            let hub = try SharedHub.get()
            let others = Set(try (0..<3).map { _ in try raiseInOther(hub).id })
            let own = Set(try (0..<3).map { _ in try hub.client(.admissions).raise().id })
            let client = try hub.client(.admin)
            let ids = try list(client, "/api/v1/alerts?limit=100")
            #expect(ids.isSuperset(of: own))
            #expect(ids.isDisjoint(with: others))

            // A cursor of the other clinic's list is a place in time, not a key to its rows.
            let page = try hub.client(.admin, clinic: DemoIDs.otherClinic).get("/api/v1/alerts?limit=1")
            let cursor = try #require(page.json["next"]?.stringValue)
            #expect(try list(client, "/api/v1/alerts?limit=100&cursor=\(cursor)").isDisjoint(with: others))

            let flow = try hub.client(.admin, clinic: DemoIDs.otherClinic).get("/api/v1/dashboard/flow")
            #expect(flow.status == .ok)
            #expect(flow.json["total"]?.integerValue ?? 9 <= 1, "clinic 2 has one patient")
        }

        @Test("A key of Idempotency-Key does not lead to another clinic's alert")
        func idempotencyKeys() throws {
            let hub = try SharedHub.get()
            let body = newAlert(patient: DemoIDs.otherPatient, assignedTo: DemoIDs.otherDoctor)
            let other = try hub.client(.admissions, clinic: DemoIDs.otherClinic).raise(body, key: "tenant-key")
            let own = try hub.client(.admissions).raise(key: "tenant-key")
            #expect(own.id != other.id)
        }

        @Test("Over a socket, another clinic's channel and alert are answered as unknown ones; its events never come")
        func socket() throws {
            let hub = try SharedHub.get()
            let alert = try raiseInOther(hub)
            let other = Screen(hub, clinic: DemoIDs.otherClinic)
            try other.connect()
            let epoch = try #require(other.epoch)
            let socket = try hub.socket(.doctor)
            try socket.send(subscribe(DemoIDs.clinic))
            _ = try socket.message("subscribed")

            let attempts: [(foreign: JSONValue, unknown: JSONValue)] = [
                (subscribe(DemoIDs.otherClinic), subscribe(DemoIDs.nobody)),
                (
                    subscribe(DemoIDs.otherClinic, epoch: epoch, seq: 0),
                    subscribe(DemoIDs.nobody, epoch: epoch, seq: 0)
                ),
                (message("acknowledge", alert: alert.id), message("acknowledge", alert: DemoIDs.nobody)),
                (message("decline", alert: alert.id), message("decline", alert: DemoIDs.nobody)),
                (receipt(DemoIDs.otherClinic), receipt(DemoIDs.nobody)),
                (unsubscribe(DemoIDs.otherClinic), unsubscribe(DemoIDs.nobody)),
            ]
            for (foreign, unknown) in attempts {
                try socket.send(foreign)
                let answer = try socket.message("error")
                try socket.send(unknown)
                #expect(answer == (try socket.message("error")), "\(foreign)")
            }

            // Whoever is of the whole group has no other clinic's channel either: a token names one clinic.
            let corporate = try hub.socket(.corporateAdmin)
            try corporate.send(subscribe(DemoIDs.otherClinic))
            #expect(try corporate.message("error")["code"] == 102)

            // The first event after one of each clinic is the own one.
            let hidden = try raiseInOther(hub)
            let shown = try hub.client(.admissions).raise()
            let event = try socket.message { $0["type"] == "event" && $0["event"] == "alert:new" }
            #expect(event["data"]?["alertId"] == .string(shown.id))
            #expect(event["channel"] == .string("clinic:\(DemoIDs.clinic)"))
            try other.read { $0["data"]?["alertId"] == .string(hidden.id) && $0["event"] == "alert:new" }
            #expect(!other.events.contains { $0["data"]?["alertId"] == .string(shown.id) })
        }

        @Test("A position of another clinic's channel is no position in one's own")
        func foreignPosition() throws {
            let hub = try SharedHub.get()
            let other = Screen(hub, clinic: DemoIDs.otherClinic)
            try other.connect()
            let socket = try hub.socket(.admin)
            try socket.send(subscribe(DemoIDs.clinic, epoch: other.epoch, seq: 0))
            let answer = try socket.message("subscribed")
            #expect(answer["recovered"] == false)
            #expect(answer["epoch"] != other.epoch.map { .string($0) })
        }

        @Test("Open pages name no clinic, no person and no id")
        func openPages() throws {
            let hub = try SharedHub.get()
            _ = try raiseInOther(hub)
            _ = try hub.client(.admissions).raise()
            for path in ["/metrics", "/health/live", "/health/ready", "/"] {
                let page = try hub.client.get(path)
                #expect(page.status == .ok, "\(path)")
                for word in ["00000000-0000-4000-8000", "Clinica", "J. Doe", "+1500555"] {
                    #expect(!page.text.contains(word), "\(path) holds \(word)")
                }
            }
            #expect(!hub.log.contains("J. Doe") && !hub.log.contains("L. Poe"))
        }

        // MARK: SQL, as the hub itself

        @Test(
            "Under the hub's role every tenant table shows one clinic, no clinic where none is set, and takes no foreign row"
        )
        func rowLevelSecurity() throws {
            let hub = try SharedHub.get()
            _ = try raiseInOther(hub)
            _ = try hub.client(.admissions).raise()
            let server = try hub.sql(.superuser)
            let none = try hub.sql(.hub)
            let own = try hub.sql(.hub, clinic: DemoIDs.clinic, role: "ADMIN")
            let tables = try server.query(
                """
                SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS is_forced,
                       has_table_privilege('alert_hub', c.oid, 'SELECT') AS is_readable
                FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND a.attname = 'clinic_id'
                ORDER BY 1
                """)
            #expect(tables.count >= 15)
            for table in tables {
                let name = try table.string("name")
                if name == "audit_logs" {
                    #expect(try !table.bool("is_readable"), "the hub writes the audit and cannot read it")
                    continue
                }
                #expect(try table.bool("is_forced"), "\(name)")
                guard try table.bool("is_readable") else { continue }
                #expect(try count(none, "SELECT count(*) AS n FROM \(name)") == 0, "\(name) without a clinic")
                let foreign = "SELECT count(*) AS n FROM \(name) WHERE clinic_id <> '\(DemoIDs.clinic)'"
                #expect(try count(own, foreign) == 0, "\(name)")
            }
            #expect(try count(own, "SELECT count(*) AS n FROM clinics") == 1)
            #expect(try count(own, "SELECT count(*) AS n FROM alerts") > 0)
            #expect(try count(server, "SELECT count(DISTINCT clinic_id) AS n FROM alerts") >= 2)

            let insert = "INSERT INTO alerts (clinic_id, patient_id, urgency_level) VALUES ($1, $2, 'LOW')"
            #expect(throws: DatabaseError.self) {
                try own.query(insert, [.text(DemoIDs.otherClinic), .text(DemoIDs.otherPatient)])
            }
            // A row of the own clinic cannot point into the other one.
            #expect(throws: DatabaseError.self) {
                try own.query(insert, [.text(DemoIDs.clinic), .text(DemoIDs.otherPatient)])
            }
            let moved = try own.query(
                "UPDATE alerts SET status = 'CLOSED' WHERE clinic_id = $1", [.text(DemoIDs.otherClinic)])
            #expect(moved.affected == 0)
        }

        @Test("The hub's claims across clinics see timers and messages, and no alert, patient, person or event")
        func engine() throws {
            let hub = try SharedHub.get()
            _ = try raiseInOther(hub)
            _ = try hub.client(.admissions).raise()
            let engine = try hub.sql(.hub, role: "ENGINE")
            #expect(try count(engine, "SELECT count(DISTINCT clinic_id) AS n FROM escalations") >= 2)
            for table in ["alerts", "patients", "users", "clinic_events", "alert_timeline", "receipts", "intake_forms"]
            {
                #expect(try count(engine, "SELECT count(*) AS n FROM \(table)") == 0, "\(table)")
            }
        }

        @Test("The hub's role owns nothing, bypasses nothing, and can neither change nor erase audit and events")
        func appendOnly() throws {
            let hub = try SharedHub.get()
            _ = try hub.client(.admissions).raise()
            let server = try hub.sql(.superuser)
            let role = try server.query(
                """
                SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb AS is_mighty,
                       (SELECT count(*) FROM pg_class WHERE relowner = r.oid) AS owned
                FROM pg_roles r WHERE rolname = 'alert_hub'
                """)
            #expect(try role.first?.bool("is_mighty") == false)
            #expect(try role.first?.int("owned") == 0)
            let own = try hub.sql(.hub, clinic: DemoIDs.clinic, role: "ADMIN")
            for statement in [
                "UPDATE clinic_events SET type = 'x'", "DELETE FROM clinic_events", "TRUNCATE clinic_events",
                "DELETE FROM alert_timeline", "UPDATE alert_timeline SET kind = 'x'", "DELETE FROM alerts",
                "SELECT * FROM audit_logs",
                "TRUNCATE audit_logs", "ALTER TABLE alerts DISABLE ROW LEVEL SECURITY", "DROP TABLE alerts",
                "DROP TRIGGER no_update_audit_logs ON audit_logs", "SET ROLE alert_hub_owner", "SET ROLE postgres",
                "UPDATE clinic_channels SET epoch = gen_random_uuid()", "CREATE TABLE loot (x INT)",
            ] {
                #expect(throws: DatabaseError.self, "\(statement)") { try own.query(statement) }
            }
            // Neither the hub nor the owner of the table changes the audit, and both are told so.
            let owner = try hub.sql(.owner, clinic: DemoIDs.clinic)
            for session in [own, owner] {
                for statement in ["UPDATE audit_logs SET action = 'x'", "DELETE FROM audit_logs"] {
                    #expect(throws: DatabaseError.self) { try session.query(statement) }
                }
            }
            #expect(try count(server, "SELECT count(*) AS n FROM audit_logs WHERE action = 'x'") == 0)
            #expect(try count(server, "SELECT count(*) AS n FROM audit_logs") > 0)
        }

        // MARK: Steps

        private func raiseInOther(_ hub: HubProcess) throws -> RaisedAlert {
            try hub.client(.admissions, clinic: DemoIDs.otherClinic).raise(
                newAlert(patient: DemoIDs.otherPatient, assignedTo: DemoIDs.otherDoctor))
        }

        private func list(_ client: HTTPClient, _ target: String) throws -> Set<String> {
            let answer = try client.get(target)
            try #require(answer.status == .ok, "\(answer.text)")
            return Set(answer.json["alerts"]?.arrayValue?.compactMap { $0["alertId"]?.stringValue } ?? [])
        }

        private func count(_ session: BlockingConnection, _ sql: String) throws -> Int {
            try #require(try session.query(sql).first).int("n")
        }

        private func names(_ response: HTTPResponse) -> [String] { response.fields.lines.map(\.name).sorted() }

        private func message(_ type: String, alert: String) -> JSONValue {
            ["type": .string(type), "id": 1, "alertId": .string(alert)]
        }

        private func receipt(_ clinic: String) -> JSONValue {
            ["type": "receipt", "id": 1, "channel": .string("clinic:\(clinic)"), "seq": 1, "stage": "rendered"]
        }

        private func unsubscribe(_ clinic: String) -> JSONValue {
            ["type": "unsubscribe", "id": 1, "channel": .string("clinic:\(clinic)")]
        }
    }
}
