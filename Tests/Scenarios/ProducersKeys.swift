import Clinic
import Database
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    /// API keys of programs.
    @Suite("Producers' keys")
    struct ProducersKeys {
        private static let path = "/api/v1/api-keys"

        private func make(_ client: HTTPClient, _ scopes: JSONValue, expiresAt: String? = nil) throws -> JSONValue {
            var body: [String: JSONValue] = ["name": "kiosk", "scopes": scopes]
            if let expiresAt { body["expiresAt"] = .string(expiresAt) }
            var writer = JSONWriter()
            writer.object { json in for (name, value) in body { json.field(name, value: value) } }
            let answer = try client.send(
                .post, Self.path, body: writer.bytes, fields: ["Content-Type": "application/json"])
            try #require(answer.status == .created, "\(answer.text)")
            #expect(Contract.validate(answer.body, status: 201, to: "POST", Self.path) == [])
            #expect(answer.fields["Cache-Control"] == "no-store")
            return answer.json
        }

        @Test(
            "A key raises alerts in its clinic by its scope and nothing else; it is shown once, kept as a digest, audited"
        )
        func life() throws {
            let hub = try SharedHub.get()
            let admin = try hub.client(.admin)
            let made = try make(admin, ["alerts:create"])
            let key = try #require(made["key"]?.stringValue)
            let id = try #require(made["keyId"]?.stringValue)
            #expect(key.hasPrefix(try #require(made["prefix"]?.stringValue)))
            let producer = hub.client.bearing(key)
            let raised = try producer.post("/api/v1/alerts", newAlert())
            #expect(raised.status == .created, "\(raised.text)")
            #expect(try producer.get("/api/v1/alerts").status == .forbidden)
            #expect(try producer.get("/api/v1/patients").status == .forbidden)
            #expect(try producer.get(Self.path).status == .forbidden)
            let foreign = newAlert(patient: DemoIDs.otherPatient, assignedTo: DemoIDs.otherDoctor)
            #expect(try producer.post("/api/v1/alerts", foreign).status == .unprocessableContent)

            let list = try admin.get(Self.path)
            #expect(Contract.validate(list.body, status: 200, to: "GET", Self.path) == [])
            #expect(!list.text.contains(key))
            let own = try #require(list.json["keys"]?.arrayValue?.first { $0["keyId"]?.stringValue == id })
            #expect(own["lastUsedAt"]?.stringValue != nil)
            let session = try hub.sql(.superuser)
            let found = try session.query(
                "SELECT FROM api_keys WHERE api_keys::text LIKE '%' || $1 || '%'", [.text(key)])
            #expect(found.isEmpty)
            #expect(!hub.log.contains(key))
            let alert = try #require(raised.json["alertId"]?.stringValue)
            let told = try session.query(
                "SELECT actor_role, actor_user_id::text AS id FROM audit_logs WHERE action = 'ALERT_CREATED' AND target_id = $1",
                [.text(alert)])
            #expect(try told.first?.string("actor_role") == "API_KEY")
            #expect(try told.first?.string("id") == id)

            // Revoked: out at once, on a socket never in.
            let revoked = try admin.send(.delete, "\(Self.path)/\(id)")
            #expect(revoked.status == .ok)
            #expect(Contract.validate(revoked.body, status: 200, to: "DELETE", "\(Self.path)/{id}") == [])
            #expect(try producer.post("/api/v1/alerts", newAlert()).status == .unauthorized)
            #expect(try admin.send(.delete, "\(Self.path)/\(id)").json["revokedAt"] == revoked.json["revokedAt"])
            for action in ["CREATE_API_KEY", "REVOKE_API_KEY"] {
                let sql = "SELECT FROM audit_logs WHERE action = $1 AND target_id = $2"
                #expect(try session.query(sql, [.text(action), .text(id)]).count >= 1, "\(action)")
            }
        }

        @Test("A key that is over, unknown or only looks like one is refused alike; it opens no socket")
        func refused() throws {
            let hub = try SharedHub.get()
            let made = try make(try hub.client(.admin), ["alerts:read"])
            let key = try #require(made["key"]?.stringValue)
            #expect(try hub.client.bearing(key).get("/api/v1/alerts").status == .ok)
            let socket = try WebSocketClient(port: hub.port, token: key)
            let end = try socket.next(until: MonotonicTime.now().advanced(by: .seconds(10)))
            guard case .closed(let code, _) = end else {
                Issue.record("a socket for a key: \(end)")
                return
            }
            #expect(code.rawValue == 3500)
            let session = try hub.sql(.superuser)
            let second = try make(try hub.client(.admin), ["alerts:read"])
            _ = try session.query(
                "UPDATE api_keys SET expires_at = now() WHERE id = $1", [.text(second["keyId"]?.stringValue ?? "")])
            let texts = try [
                second["key"]?.stringValue ?? "", "ahk_" + String(repeating: "A", count: 43), "ahk_", "ahk_short",
            ].map { text in
                let answer = try hub.client.bearing(text).get("/api/v1/alerts")
                #expect(answer.status == .unauthorized, "\(text)")
                return answer.text
            }
            #expect(Set(texts).count == 1)
        }

        @Test("Only administrators have to do with keys, of their clinic; what is wrong with a wish is told")
        func rights() throws {
            let hub = try SharedHub.get()
            let id = try #require(try make(try hub.client(.admin), ["alerts:create"])["keyId"]?.stringValue)
            let other = try hub.client(.admin, clinic: DemoIDs.otherClinic)
            let foreign = try other.send(.delete, "\(Self.path)/\(id)")
            let unknown = try other.send(.delete, "\(Self.path)/\(DemoIDs.nobody)")
            #expect(foreign.status == .notFound)
            #expect(foreign.text == unknown.text)
            #expect(try !other.get(Self.path).text.contains(id))
            for role in Role.allCases where role != .admin {
                #expect(try hub.client(role).get(Self.path).status == .forbidden)
            }
            for (body, field): (JSONValue, String) in [
                (["name": "", "scopes": ["alerts:read"]], "name"),
                (["name": "a\u{1}", "scopes": ["alerts:read"]], "name"), (["name": "a", "scopes": []], "scopes"),
                (["name": "a", "scopes": ["alerts:close"]], "scopes"),
                (["name": "a", "scopes": ["alerts:read", "alerts:read"]], "scopes"),
                (["name": "a", "scopes": ["alerts:read"], "expiresAt": "2020-01-01T00:00:00Z"], "expiresAt"),
                (["name": "a", "scopes": ["alerts:read"], "expiresAt": "2099-01-01T00:00:00Z"], "expiresAt"),
            ] {
                let answer = try hub.client(.admin).post(Self.path, body)
                #expect(answer.status == .unprocessableContent, "\(answer.text)")
                #expect(answer.json["field"]?.stringValue == field)
            }
        }

        @Test("A key uploads forms by its scope, asks how they stand, and sees nothing of what they say")
        func forms() throws {
            let hub = try SharedHub.get()
            let admin = try hub.client(.admin)
            let made = try make(admin, ["forms:upload"])
            let scanner = hub.client.bearing(try #require(made["key"]?.stringValue))
            let image = try FormDrawing.image(of: SampleForm.series(1, legible: true)[0])
            let form = try scanner.uploaded(image, key: "scan-1")
            #expect(try scanner.uploaded(image, key: "scan-1") == form)
            #expect(try scanner.upload(image + [0], key: "scan-1").status == .conflict)
            #expect(try scanner.form(form)["formId"] == .string(form))
            for path in ["review-queue", "\(form)/file"] {
                #expect(try scanner.get("/api/v1/intake/\(path)").status == .forbidden, "\(path)")
            }
            let rejection: JSONValue = ["decision": "REJECTED"]
            #expect(try scanner.patch("/api/v1/intake/\(form)/confirm", rejection).status == .forbidden)
            #expect(try scanner.post("/api/v1/alerts", newAlert()).status == .forbidden)
            let other = hub.client.bearing(try #require(try make(admin, ["alerts:create"])["key"]?.stringValue))
            #expect(try other.upload(image).status == .forbidden)
            #expect(try hub.client(.admin).get("/api/v1/intake/\(form)/file").body == image)
            let row = try hub.sql(.superuser).query(
                """
                SELECT uploaded_by_user_id::text AS person, uploaded_by_key_id::text AS key,
                    (SELECT actor_role FROM audit_logs WHERE action = 'UPLOAD_CREATED' AND target_id = $1) AS role
                FROM uploads WHERE id = $1
                """, [.text(form)])[0]
            #expect(try row.optionalString("person") == nil)
            #expect(try row.string("key") == made["keyId"]?.stringValue)
            #expect(try row.string("role") == "API_KEY")
        }
    }
}
