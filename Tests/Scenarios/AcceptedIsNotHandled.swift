import Clinic
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    /// A policy that was written and put in force over REST, from the first page to an acceptance that nobody kept.
    @Suite("Accepted is not handled")
    struct AcceptedIsNotHandled {
        private static func perUrgency(_ value: JSONValue) -> JSONValue {
            ["LOW": value, "MODERATE": value, "URGENT": value, "CRITICAL": value]
        }

        private static let policy: JSONValue = [
            "name": "keen",
            "steps": [
                ["targets": [["kind": "ASSIGNED_DOCTOR"]], "waitSeconds": perUrgency(3_600)],
                ["targets": [["kind": "BACKUP_OF_ASSIGNED"]], "waitSeconds": perUrgency(3_600)],
                ["targets": [["kind": "ROLE", "role": "ADMIN"]], "waitSeconds": perUrgency(3_600)],
            ],
            "loops": perUrgency(0),
            "urgencies": [
                "CRITICAL": [
                    "channels": ["SCREEN", "SMS"], "receiptTimeoutSeconds": .null, "repeatStepSeconds": .null,
                ]
            ],
            "advanceNowOn": ["NO_LIVE_SCREEN"],
            "afterAccept": ["remindSeconds": perUrgency(1), "unacceptSeconds": perUrgency(4)],
            "heartbeats": [
                [
                    "source": "ocr-intake", "everySeconds": 5, "graceSeconds": 0, "urgency": "URGENT",
                    "targets": [["kind": "ROLE", "role": "ADMIN"]],
                ]
            ],
        ]

        @Test(
            "No screen shows it: the backup at once; who accepts is reminded, then it goes on; a silent producer is an alert"
        )
        func life() throws {
            let gateway = try FakeTwilio()
            defer { gateway.end() }
            var options = HubProcess.Options(database: try ScratchPostgres.migrated())
            options.gateway = gateway
            let hub = try HubProcess(options)
            defer { hub.end() }
            let admin = try hub.client(.admin)
            let doctor = try hub.client(.doctor)
            let written = try admin.post("/api/v1/policies", Self.policy)
            let path = try #require(written.fields["Location"], "\(written.text)")
            #expect(try admin.send(.post, "\(path)/versions/1/activate").status == .ok)
            let monitors = try admin.get("/api/v1/monitors").json["monitors"]
            #expect(monitors?[0]?["source"] == "ocr-intake" && monitors?[0]?["everySeconds"] == 5)

            // No screen of the clinic is connected.
            let alert = try hub.client(.admissions).raise(newAlert())
            func story() throws -> [JSONValue] { try doctor.alert(alert.id)["timeline"]?.arrayValue ?? [] }
            func first(_ kind: String) throws -> JSONValue? {
                _ = try poll(within: .seconds(20)) { try story().contains { $0["kind"]?.stringValue == kind } }
                return try story().first { $0["kind"]?.stringValue == kind }
            }
            #expect(try first("ESCALATED")?["reason"] == "NO_LIVE_SCREEN")
            #expect(poll(within: .seconds(20)) { !gateway.texts(to: DemoIDs.backupPhone, about: alert.code).isEmpty })

            #expect(try doctor.patch("/api/v1/alerts/\(alert.id)/acknowledge").status == .ok)
            #expect(try first("REMINDED")?["userId"]?.stringValue == DemoIDs.doctor)
            #expect(
                poll(within: .seconds(20)) {
                    gateway.texts(to: DemoIDs.doctorPhone, about: alert.code)
                        .contains { $0.body.contains("Reply 3 \(alert.code) if you work on it") }
                })
            #expect(try first("UNACCEPTED")?["reason"] == "NOT_HANDLED")
            #expect(try doctor.alert(alert.id)["status"] == "ESCALATED")
            #expect(try doctor.alert(alert.id)["step"] == 3)

            // The producer never spoke.
            let isRaised = try poll(within: .seconds(20)) {
                try doctor.get("/api/v1/alerts?limit=10").json["alerts"]?.arrayValue?
                    .contains { $0["alertType"] == "SILENT_PRODUCER" && $0["source"] == "ocr-intake" } ?? false
            }
            #expect(isRaised)
        }
    }
}
