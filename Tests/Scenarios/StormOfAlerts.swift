import Clinic
import TestSupport
import Testing
import Wire

extension Scenarios {
    @Suite("A storm of alerts")
    struct StormOfAlerts {
        /// MODERATE by text, two to a person and the rest bundled; by Telnyx, though Twilio has all the weight.
        private static let policy: JSONValue = [
            "name": "storm",
            "steps": [["targets": [["kind": "ASSIGNED_DOCTOR"]], "waitSeconds": perUrgency(3_600)]],
            "loops": perUrgency(0),
            "urgencies": [
                "MODERATE": [
                    "channels": ["SCREEN", "SMS"], "then": [], "thenAfterSeconds": .null, "bundleSeconds": 3,
                    "receiptTimeoutSeconds": .null, "quietHours": "IGNORE", "smsValiditySeconds": 77,
                ],
                "CRITICAL": [
                    "channels": ["SCREEN", "SMS"], "receiptTimeoutSeconds": .null, "repeatStepSeconds": .null,
                ],
            ],
            "advanceNowOn": ["DECLINED"],
            "storm": ["perUser": ["count": 2, "windowSeconds": 300]],
            "gateways": ["sms": ["telnyx", "twilio"]],
        ]

        private static func perUrgency(_ value: JSONValue) -> JSONValue {
            ["LOW": value, "MODERATE": value, "URGENT": value, "CRITICAL": value]
        }

        @Test(
            "Eight alerts for one doctor are three texts; all eight are DELIVERED, each story says how, and admins are told"
        )
        func bundled() throws {
            let gateways = try GatewayPair()
            defer { gateways.end() }
            var options = HubProcess.Options(database: try ScratchPostgres.migrated())
            options.environment = gateways.environment
            options.configuration =
                "dispatcher: { numberLimitCounts: [], numberLimitWindowSeconds: [] }, "
                + gateways.configuration(twilioWeight: 100)
            let hub = try HubProcess(options)
            defer { hub.end() }
            let admin = try hub.client(.admin)
            let written = try admin.post("/api/v1/policies", Self.policy)
            let path = try #require(written.fields["Location"], "\(written.text)")
            #expect(try admin.send(.post, "\(path)/versions/1/activate").status == .ok)

            let staff = try hub.client(.admissions)
            let alerts = try (0..<8).map { number in
                try RaisedAlert(
                    try staff.post(
                        "/api/v1/alerts",
                        [
                            "patientId": .string(DemoIDs.patients[0]), "assignedTo": .string(DemoIDs.doctor),
                            "urgencyLevel": "MODERATE", "alertType": .string("TYPE_\(number)"),
                        ]))
            }
            let critical = try staff.raise()
            for alert in alerts + [critical] {
                #expect(try poll(within: .seconds(60)) { try staff.alert(alert.id)["status"] == "DELIVERED" })
            }
            let texts = gateways.taken.filter { $0.to == DemoIDs.doctorPhone }
            #expect(gateways.twilio.entries.isEmpty, "the policy prefers the other")
            #expect(texts.filter { $0.body.contains(critical.code) }.count == 1)
            let pages = texts.filter { text in alerts.contains { text.body.contains($0.code) } }
            let bundles = texts.filter { $0.body.contains("for you in AlertHub, the highest MODERATE") }
            // The storm may come in two looks, and then in two bundles; never in more texts than that.
            #expect(pages.count == 2 && (1...2).contains(bundles.count), "\(texts.map(\.body))")
            let told = bundles.compactMap { Int($0.body.split(separator: " ")[1]) }.reduce(0, +)
            #expect(told == 6)
            var bundled = 0
            for alert in alerts {
                let answer = try staff.get("/api/v1/alerts/\(alert.id)")
                #expect(Contract.validate(answer.body, status: 200, to: "GET", "/api/v1/alerts/{id}") == [])
                let story = try #require(answer.json["timeline"]?.arrayValue)
                let line = story.first { $0["kind"] == "BUNDLED" }
                bundled += line == nil ? 0 : 1
                #expect((line?["messageId"]?.stringValue == nil) == (line == nil))
            }
            #expect(bundled == 6)
            let isNoticed = try poll(within: .seconds(30)) {
                try admin.get("/api/v1/reachability").json["notices"]?.arrayValue?
                    .contains { $0["kind"] == "ALERT_STORM" } ?? false
            }
            #expect(isNoticed)
            let report = try admin.get("/api/v1/reachability")
            #expect(Contract.validate(report.body, status: 200, to: "GET", "/api/v1/reachability") == [])
        }
    }
}
