import Clinic
import Cryptography
import Database
import Store
import TestSupport
import Testing
import Wire

extension Scenarios {
    @Suite("Nothing of a patient leaves")
    struct NothingLeaks {
        /// No text, log or metric has this by chance.
        private static let marker = "Qvx9Zk"
        private static let names = [
            "Qvx9Zk\"; DROP TABLE alerts; --", "Qvx9Zk\r\nX-Header: 1", "{code} Qvx9Zk {urgency}", "%51vx9Zk Qvx9Zk %s",
            "<b>Qvx9Zk</b>\\u0051", "\u{202E}Qvx9Zk é漢🚑", String(repeating: "Qvx9Zk ", count: 30),
        ]

        /// The marker as it stands, in any case, and as base64 and hexadecimal would hide it.
        private static let spellings: [String] = {
            let bytes = Array(marker.utf8)
            let inBase64 = (0..<3).map { shift in
                let text = Base64.encode([UInt8](repeating: 0, count: shift) + bytes)
                // The digits that the marker alone decides.
                return String(text.dropFirst([0, 2, 3][shift]).prefix(6))
            }
            return [marker.lowercased(), Hex.encode(bytes)] + inBase64.map { $0.lowercased() }
        }()

        private static func leaks(_ text: String) -> Bool {
            let text = text.lowercased()
            return spellings.contains { text.contains($0) }
        }

        @Test("Adversarial names in every field of patients, people and alerts reach no gateway, log, metric or URL")
        func adversarialNames() throws {
            let gateway = try FakeTwilio()
            defer { gateway.end() }
            let key = SecureRandom.bytes(PHIVault.keyLength)
            let vault = try #require(PHIVault(key: key))
            var options = HubProcess.Options(database: try ScratchPostgres.migrated())
            options.gateway = gateway
            options.environment = ["ALERT_HUB_ENCRYPTION_KEY=\(Base64.encode(key))"]
            let hub = try HubProcess(options)
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 1)
            let session = try hub.sql(.superuser)
            let patient = try #require(PatientID(DemoIDs.patients[0]))
            let staff = try hub.client(.admissions)
            for name in Self.names {
                _ = try session.query(
                    "UPDATE patients SET full_name = $1 WHERE id = $2",
                    [.bytes(try vault.seal(name: PHI(name), of: patient)), .text(DemoIDs.patients[0])])
                _ = try session.query("UPDATE users SET full_name = $1::text || ' ' || id::text", [.text(name)])
                _ = try session.query("UPDATE clinics SET name = $1::text || ' ' || id::text", [.text(name)])
                let answer = try staff.post(
                    "/api/v1/alerts",
                    [
                        "patientId": .string(DemoIDs.patients[0]), "assignedTo": .string(DemoIDs.doctor),
                        "urgencyLevel": "CRITICAL",
                        "room": .string(
                            String(name.unicodeScalars.prefix(12).map(Character.init).filter { !$0.isNewline })),
                        "reason": .string(name.replacing("\r\n", with: " ")),
                    ])
                let alert = try RaisedAlert(answer)
                // The test can see what it looks for: the staff's own answer has it.
                #expect(Self.leaks(try staff.get("/api/v1/alerts/\(alert.id)").text))
                #expect(
                    poll(within: .seconds(30)) { !gateway.texts(to: DemoIDs.doctorPhone, about: alert.code).isEmpty })
                let text = try #require(gateway.texts(to: DemoIDs.doctorPhone, about: alert.code).first)
                _ = try gateway.call(hub.client, text, "delivered")
                #expect(
                    poll(within: .seconds(30)) { !gateway.texts(to: DemoIDs.backupPhone, about: alert.code).isEmpty })
                _ = try staff.get("/api/v1/alerts/\(Self.marker)")
                _ = try hub.client(.doctor).patch("/api/v1/alerts/\(alert.id)/acknowledge")
            }
            for text in gateway.texts {
                #expect(!Self.leaks(text.body) && !Self.leaks(text.callback) && !Self.leaks(text.authorization ?? ""))
                #expect(text.body.utf8.count <= 160)
            }
            #expect(gateway.texts.count >= 2 * Self.names.count)
            #expect(!Self.leaks(hub.log), "the log")
            #expect(!Self.leaks(try hub.client.get("/metrics").text), "the metrics")
            #expect(!hub.log.contains(DemoIDs.doctorPhone) && !hub.log.contains(DemoIDs.backupPhone))
            let dead = try hub.client(.admin).get("/api/v1/dead-letters").text
            #expect(!Self.leaks(dead), "the dead letters")
        }

        /// GSM 03.38's basic table as far as ASCII has it, one septet each; what is not in it costs two, or makes the text
        /// UCS-2.
        private static let septets = Set(
            "@$_ !\"#%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\n\r")

        @Test(
            "Whole requests for texts and pushes, of an alert's whole life, hold nothing of anybody; each text is a segment"
        )
        func wholeRequests() throws {
            let gateway = try GatewayProcess(token: Base64.encodeURL(SecureRandom.bytes(24)))
            defer { gateway.end() }
            let key = SecureRandom.bytes(PHIVault.keyLength)
            let vault = try #require(PHIVault(key: key))
            var account = JSONWriter()
            account.object { json in
                json.field("type", "service_account")
                json.field("project_id", "clinic-1")
                json.field("client_email", "hub@clinic-1.example")
                json.field("private_key_id", "k1")
                json.field("private_key", RSAKey.pem)
                json.field("token_uri", "http://127.0.0.1:\(gateway.port)/token")
            }
            var options = HubProcess.Options(database: try ScratchPostgres.migrated())
            options.environment = [
                "ALERT_HUB_ENCRYPTION_KEY=\(Base64.encode(key))", "TWILIO_AUTH_TOKEN=\(gateway.token)",
                "FCM_SERVICE_ACCOUNT=\(account.text)",
            ]
            options.configuration = """
                gateways: {
                    twilio: {
                        enabled: true, accountSid: "AC\(String(repeating: "0", count: 32))", fromNumber: "+15005550006",
                        baseURL: "http://127.0.0.1:\(gateway.port)",
                    },
                    fcm: { enabled: true, baseURL: "http://127.0.0.1:\(gateway.port)" },
                }
                """
            let hub = try HubProcess(options)
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 2, secondWait: 2)
            let doctor = try hub.client(.doctor)
            let device = "device-token-0123456789"
            let contacts = "/api/v1/users/\(DemoIDs.doctor)/contact-methods"
            let made = try doctor.post(
                contacts, ["kind": "PUSH", "address": .string(device), "label": .string("\(Self.marker)'s phone")])
            let contact = try #require(made.json["contactId"]?.stringValue, "\(made.text)")
            func sent(_ to: String, _ words: String) -> [GatewayProcess.Entry] {
                gateway.entries.filter { $0.isTaken && $0.to == to && $0.body.contains(words) }
            }
            #expect(poll(within: .seconds(30)) { !sent(device, "confirms this contact").isEmpty })
            let code = try #require(
                sent(device, "confirms").first?.body.firstMatch(of: #/code (\d{6}) confirms/#)?.output.1)
            #expect(try doctor.post("\(contacts)/\(contact)/verify", ["code": .string(String(code))]).status == .ok)

            let session = try hub.sql(.superuser)
            let name = Self.names[0]
            let patient = try #require(PatientID(DemoIDs.patients[0]))
            _ = try session.query(
                "UPDATE patients SET full_name = $1 WHERE id = $2",
                [.bytes(try vault.seal(name: PHI(name), of: patient)), .text(DemoIDs.patients[0])])
            for table in ["users SET full_name", "clinics SET name"] {
                _ = try session.query("UPDATE \(table) = $1::text || ' ' || id::text", [.text(name)])
            }
            let alert = try RaisedAlert(
                try hub.client(.admissions).post(
                    "/api/v1/alerts",
                    [
                        "patientId": .string(DemoIDs.patients[0]), "assignedTo": .string(DemoIDs.doctor),
                        "urgencyLevel": "CRITICAL", "room": .string(Self.marker), "reason": .string(name),
                        "source": .string(Self.marker), "alertType": .string(Self.marker),
                        "repetitionKey": .string(Self.marker),
                    ]))
            // Page, push, backup, the alarm at the end, the acceptance by text and its answer, the weekly test.
            for phone in [DemoIDs.doctorPhone, device, DemoIDs.backupPhone] {
                #expect(poll(within: .seconds(30)) { !sent(phone, alert.code).isEmpty }, "\(phone)")
            }
            #expect(poll(within: .seconds(30)) { gateway.entries.contains { $0.body.contains("UNANSWERED") } })
            #expect(try doctor.patch("/api/v1/alerts/\(alert.id)/acknowledge").status == .ok)
            let run = try hub.client(.admin).post("/api/v1/reachability/test-page/run", [:])
            #expect(run.status == .accepted)
            #expect(poll(within: .seconds(30)) { !sent(device, "weekly test").isEmpty })
            let test = try #require(sent(device, "weekly test").first)
            #expect(test.request.contains("content-available") && !test.request.contains("\"alert\":"))

            let entries = gateway.entries
            #expect(Set(entries.map(\.gateway)) == ["twilio", "fcm"])
            for entry in entries {
                #expect(!Self.leaks(entry.request) && !entry.request.contains(DemoIDs.clinic), "\(entry.request)")
                #expect(entry.request.utf8.count > entry.body.utf8.count)
                #expect(entry.body.count <= 160 && entry.body.allSatisfy(Self.septets.contains), "\(entry.body)")
            }
            let log = try gateway.client.get("/log").text
            #expect(!Self.leaks(log) && log.contains(alert.code))
            #expect(!Self.leaks(hub.log) && !hub.log.contains(device))
            #expect(!Self.leaks(try hub.client.get("/metrics").text))
        }
    }
}
