import Clinic
import Database
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    @Suite("Gateway callbacks")
    struct ForgedCallback {
        @Test(
            "A callback with a wrong, foreign or missing signature gets 403 and changes nothing; a true one counts once"
        )
        func forgedCallbacks() throws {
            let gateway = try FakeTwilio()
            defer { gateway.end() }
            let hub = try HubProcess(gateway: gateway)
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 3_600)
            let staff = try hub.client(.admissions)
            let alert = try staff.raise()
            let text = try #require(try first(gateway, DemoIDs.doctorPhone, alert))
            let before = try settled(staff, alert)

            let form = gateway.form(text, "delivered")
            let forgeries = [
                "", "AAAA", gateway.signature(text.callback, form, token: "another token"),
                gateway.signature(text.callback, gateway.form(text, "sent")),
                gateway.signature(text.callback + "&x=1", form), "not base64 \u{7f}",
            ]
            for forgery in forgeries {
                let answer = try gateway.call(hub.client, text, "delivered", signature: forgery)
                #expect(answer.status == .forbidden, "\(forgery)")
                #expect(answer.fields["Content-Type"] == "application/problem+json")
            }
            #expect(try staff.alert(alert.id) == before)

            #expect(try gateway.call(hub.client, text, "delivered").status == .noContent)
            #expect(try poll(within: .seconds(5)) { try staff.alert(alert.id)["status"] == "DELIVERED" })
            let delivered = try settled(staff, alert)
            #expect(try gateway.call(hub.client, text, "delivered").status == .noContent)
            // An older state that comes late does not take the alert back.
            #expect(try gateway.call(hub.client, text, "sent").status == .noContent)
            let later = try staff.alert(alert.id)
            #expect(later["timeline"] == delivered["timeline"])
            #expect(later["status"] == "DELIVERED")
            #expect(later["attempts"]?[0]?["state"] == "DELIVERED")
        }

        @Test("A callback for an attempt that nobody knows changes nothing and does not invite repetition")
        func unknownAttempt() throws {
            let gateway = try FakeTwilio()
            defer { gateway.end() }
            let hub = try HubProcess(gateway: gateway)
            defer { hub.end() }
            let url = "http://127.0.0.1:\(hub.port)/gateways/twilio/status?attempt=\(DemoIDs.nobody)"
            let text = FakeTwilio.Text(
                id: "SM" + String(repeating: "0", count: 32), to: DemoIDs.doctorPhone, body: "", callback: url,
                authorization: nil)
            #expect(try gateway.call(hub.client, text, "delivered").status == .noContent)
            #expect(try hub.client.post("/gateways/unknown/status", [:]).status == .notFound)
        }

        @Test("A callback that comes before the gateway's answer still finds its attempt")
        func callbackBeforeAnswer() throws {
            let mayAnswer = Latch()
            defer { mayAnswer.open() }
            let gateway = try FakeTwilio { _ in
                mayAnswer.wait()
                return nil
            }
            defer { gateway.end() }
            let hub = try HubProcess(gateway: gateway)
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 3_600)
            let staff = try hub.client(.admissions)
            let alert = try staff.raise()
            let text = try #require(try first(gateway, DemoIDs.doctorPhone, alert))
            #expect(try gateway.call(hub.client, text, "delivered").status == .noContent)
            #expect(try staff.alert(alert.id)["status"] == "DELIVERED")
            mayAnswer.open()
            // The answer says less than what is known already.
            #expect(try poll(within: .seconds(5)) { try staff.alert(alert.id)["smsSentAt"]?.stringValue != nil })
            let record = try staff.alert(alert.id)
            #expect(record["status"] == "DELIVERED")
            #expect(record["attempts"]?[0]?["state"] == "DELIVERED")
        }

        @Test("A text that could not be delivered calls the backup at once, long before the timer")
        func undeliveredEscalates() throws {
            let gateway = try FakeTwilio()
            defer { gateway.end() }
            let hub = try HubProcess(gateway: gateway)
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 3_600)
            let staff = try hub.client(.admissions)
            let alert = try staff.raise()
            let text = try #require(try first(gateway, DemoIDs.doctorPhone, alert))
            #expect(try gateway.call(hub.client, text, "undelivered").status == .noContent)
            #expect(try first(gateway, DemoIDs.backupPhone, alert) != nil)
            #expect(try staff.timeline(alert.id).filter { $0.kind == "ESCALATED" }.count == 1)
        }

        private func first(_ gateway: FakeTwilio, _ number: String, _ alert: RaisedAlert) throws -> FakeTwilio.Text? {
            _ = poll(within: .seconds(10)) { !gateway.texts(to: number, about: alert.code).isEmpty }
            return gateway.texts(to: number, about: alert.code).first
        }

        /// The alert once the gateway's answer is stored, so that it changes no more by itself.
        private func settled(_ client: HTTPClient, _ alert: RaisedAlert) throws -> JSONValue {
            _ = try poll(within: .seconds(5)) {
                try client.alert(alert.id)["attempts"]?[0]?["state"] != "SUBMITTING"
            }
            return try client.alert(alert.id)
        }
    }
}
