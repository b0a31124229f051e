import Clinic
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    @Suite("What people do to an alert")
    struct Answering {
        private static let root = "/api/v1/alerts"

        private func act(
            _ client: HTTPClient, _ act: String, _ alert: String, _ body: JSONValue? = nil
        ) throws -> HTTPResponse {
            let method: HTTPMethod = act == "acknowledge" ? .patch : .post
            let response = try client.send(method, "\(Self.root)/\(alert)/\(act)", body)
            let faults = Contract.validate(
                response.body, status: Int(response.status.rawValue), to: method.rawValue, "\(Self.root)/{id}/\(act)")
            #expect(faults == [], "\(act): \(response.text)")
            return response
        }

        @Test(
            "Each act does its work once, is told to the screens, stands in the story with its way, and keeps to its role"
        )
        func lifecycle() throws {
            let hub = try HubProcess()
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 3_600)
            let screen = Screen(hub)
            try screen.connect()
            let doctor = try hub.client(.doctor)
            let admin = try hub.client(.admin)
            let alert = try hub.client(.admissions).raise(newAlert(urgency: "URGENT")).id

            #expect(try act(hub.client(.admissions), "decline", alert).status == .forbidden)
            #expect(try act(admin, "snooze", alert, [:]).status == .unprocessableContent)
            let now = try #require(Timestamp(rfc3339: try doctor.alert(alert)["createdAt"]?.stringValue ?? ""))
            let until = now.advanced(by: .seconds(600)).rfc3339
            let snooze: JSONValue = ["until": .string(until), "reason": "WITH_ANOTHER_PATIENT"]
            for _ in 0..<2 { #expect(try act(doctor, "snooze", alert, snooze).status == .ok) }
            #expect(try doctor.alert(alert)["snoozedUntil"]?.stringValue == until)
            for _ in 0..<2 { #expect(try act(doctor, "acknowledge", alert).status == .ok) }
            #expect(try act(doctor, "progress", alert).json["status"] == "ACKNOWLEDGED")
            #expect(try act(doctor, "unaccept", alert, ["reason": "OFF_SITE"]).json["status"] == "ESCALATED")
            for _ in 0..<2 { #expect(try act(admin, "close", alert, ["reason": "HANDLED"]).json["status"] == "CLOSED") }
            #expect(try act(doctor, "acknowledge", alert).status == .conflict)
            #expect(try act(admin, "reopen", alert).json["status"] == "PENDING")
            #expect(try act(admin, "reopen", alert).status == .ok)
            #expect(try act(doctor, "decline", alert, ["reason": "BUSY"]).json["status"] == "ESCALATED")

            try screen.read { $0["event"] == "alert:declined" }
            let kinds = screen.kinds(about: alert)
            for kind in ["alert:snoozed", "alert:acknowledged", "alert:unaccepted", "alert:closed", "alert:reopened"] {
                #expect(kinds.filter { $0 == kind }.count == 1, "\(kind) in \(kinds)")
            }
            let detail = try doctor.get("\(Self.root)/\(alert)")
            #expect(Contract.validate(detail.body, status: 200, to: "GET", "\(Self.root)/{id}") == [])
            let story = try #require(detail.json["timeline"]?.arrayValue)
            let closed = try #require(story.first { $0["kind"] == "CLOSED" })
            #expect(closed["way"] == "REST" && closed["why"] == "HANDLED")
            #expect(closed["userId"]?.stringValue == DemoIDs.admin)
        }

        @Test("The same acts over the socket")
        func socket() throws {
            let hub = try SharedHub.get()
            let alert = try hub.client(.admissions).raise(newAlert(urgency: "URGENT")).id
            let socket = try hub.socket(.doctor)
            for (number, type) in ["progress", "close", "reopen", "decline", "snooze"].enumerated() {
                try socket.send(["type": .string(type), "id": .integer(Int64(number)), "alertId": .string(alert)])
                let answer = try socket.message { $0["id"] == .integer(Int64(number)) }
                #expect(Contract.validate(text(answer), against: "ServerMessage") == [])
                // A snooze says until when.
                #expect(answer["type"] == (type == "snooze" ? "error" : "reply"), "\(answer)")
                if type != "snooze" { #expect(answer["to"]?.stringValue == type) }
            }
        }

        private func text(_ value: JSONValue) -> [UInt8] {
            var writer = JSONWriter()
            writer.value(value)
            return writer.bytes
        }

        @Test("A one-time link shows nothing of a patient, does nothing when it is fetched, and answers once")
        func link() throws {
            let gateway = try FakeTwilio()
            defer { gateway.end() }
            var options = HubProcess.Options(database: try ScratchPostgres.migrated())
            options.gateway = gateway
            options.configuration = #"publicURL: "https://hub.example""#
            let hub = try HubProcess(options)
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 3_600)
            let alert = try hub.client(.admissions).raise(newAlert(room: "Room of Doe"))
            #expect(poll(within: .seconds(30)) { !gateway.texts(to: DemoIDs.doctorPhone, about: alert.code).isEmpty })
            let body = try #require(gateway.texts(to: DemoIDs.doctorPhone, about: alert.code).first).body
            #expect(body.count <= 160)
            let path = String(try #require(body.firstMatch(of: /https:\/\/hub\.example(\/a\/[\w-]{22})/)).output.1)

            for method in [HTTPMethod.get, .head, .get] {
                let page = try hub.client.send(method, path)
                #expect(page.status == .ok)
                #expect(page.fields["Referrer-Policy"] == "no-referrer")
                #expect(page.fields["Cache-Control"] == "no-store")
                #expect(page.fields["Content-Security-Policy"]?.contains("default-src 'none'") == true)
                #expect(!page.text.contains("Doe") && !page.text.contains("<script"))
                #expect(method == .head || page.text.contains(alert.code))
            }
            let doctor = try hub.client(.doctor)
            #expect(try doctor.alert(alert.id)["status"] == "PENDING", "a link that is only looked at does nothing")
            #expect(try post(hub, path, "act=close").status == .badRequest)
            #expect(try post(hub, path, "act=acknowledge").status == .ok)
            #expect(try post(hub, path, "act=decline").status == .gone)
            #expect(try hub.client.get(path).status == .gone)
            #expect(try hub.client.get("/a/abcdefghijklmnopqrstuv").status == .notFound)
            #expect(try post(hub, "/a/abcdefghijklmnopqrstuv", "act=acknowledge").status == .notFound)
            let story = try #require(try doctor.alert(alert.id)["timeline"]?.arrayValue)
            let accepted = story.filter { $0["kind"] == "ACKNOWLEDGED" }
            #expect(accepted.count == 1)
            #expect(accepted.first?["way"] == "LINK")
            #expect(accepted.first?["userId"]?.stringValue == DemoIDs.doctor)
            #expect(!hub.log.contains(path.dropFirst(3)), "the secret is in no log")
        }

        private func post(_ hub: HubProcess, _ path: String, _ form: String) throws -> HTTPResponse {
            try hub.client.send(
                .post, path, body: Array(form.utf8), fields: ["Content-Type": "application/x-www-form-urlencoded"])
        }
    }
}
