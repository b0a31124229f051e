import Clinic
import Database
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    @Suite("The way of an alert")
    struct DrillStory {
        @Test("An alert reaches the screens, the doctor's phone, the backup's phone, and ends with an acknowledgement")
        func wholeStory() throws {
            let hub = try HubProcess()
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 2)
            let screen = Screen(hub)
            try screen.connect()
            let staff = try hub.client(.admissions)

            let alert = try staff.raise()
            let new = try screen.read { $0["event"] == "alert:new" }
            #expect(new["data"]?["alertId"] == .string(alert.id))
            #expect(new["data"]?["patientName"] == "J. Doe")
            #expect(new["data"]?["room"] == "ER-12")

            try screen.read { $0["event"] == "alert:delivered" && $0["data"]?["doctorId"] == .string(DemoIDs.doctor) }
            try screen.read { $0["event"] == "alert:escalated" }
            #expect(try poll(within: .seconds(10)) { try texts(hub, about: alert).count == 2 })
            let doctor = try hub.client(.doctor)
            let answer = try doctor.patch("/api/v1/alerts/\(alert.id)/acknowledge")
            #expect(answer.status == .ok)
            #expect(answer.json["status"] == "ACKNOWLEDGED")
            try screen.read { $0["event"] == "alert:acknowledged" }

            let story = try staff.timeline(alert.id)
            #expect(inOrder(["PENDING", "DELIVERED", "ESCALATED", "ACKNOWLEDGED"], in: story.map(\.status)))
            #expect(story.map(\.at) == story.map(\.at).sorted())
            #expect(story.allSatisfy { $0.at.hasSuffix("Z") })
            #expect(try texts(hub, about: alert) == [DemoIDs.doctorPhone, DemoIDs.backupPhone])
            let record = try staff.alert(alert.id)
            #expect(record["status"] == "ACKNOWLEDGED")
            #expect(record["acknowledgedBy"] == .string(DemoIDs.doctor))
            #expect(record["smsSentAt"]?.stringValue != nil)
            #expect(record["escalatedAt"]?.stringValue != nil)
        }

        @Test("Nothing is sent after an acknowledgement, though the timer's time comes")
        func nothingAfterAcknowledgement() throws {
            let gateway = try FakeTwilio()
            defer { gateway.end() }
            let hub = try HubProcess(gateway: gateway)
            defer { hub.end() }
            try hub.useFastPolicy(firstWait: 1)
            let alert = try hub.client(.admissions).raise()
            let acknowledgement = try hub.client(.doctor).patch("/api/v1/alerts/\(alert.id)/acknowledge")
            #expect(acknowledgement.status == .ok)
            // A second alert, raised later, escalates: by then the first one's time is long over.
            let witness = try hub.client(.admissions).raise()
            #expect(poll(within: .seconds(10)) { !gateway.texts(to: DemoIDs.backupPhone, about: witness.code).isEmpty })
            #expect(gateway.texts(to: DemoIDs.backupPhone, about: alert.code).isEmpty)
            let record = try hub.client(.admissions).alert(alert.id)
            #expect(record["status"] == "ACKNOWLEDGED")
            #expect(record["escalatesAt"] == .null)
        }

        @Test("A text names neither the patient nor the reason")
        func textsHoldNoPatientData() throws {
            let gateway = try FakeTwilio()
            defer { gateway.end() }
            let hub = try HubProcess(gateway: gateway)
            defer { hub.end() }
            let alert = try hub.client(.admissions).raise()
            #expect(poll(within: .seconds(10)) { !gateway.texts(to: DemoIDs.doctorPhone, about: alert.code).isEmpty })
            for text in gateway.texts { #expect(!text.body.contains("Doe") && !text.body.contains("ER-12")) }
            #expect(!hub.log.contains("J. Doe"))
            #expect(!hub.log.contains(DemoIDs.doctorPhone))
        }

        /// Whom the demo's gateway was told to text about an alert, in order.
        private func texts(_ hub: HubProcess, about alert: RaisedAlert) throws -> [String] {
            let log = try hub.gateway.get("/log").json
            let entries = try #require(log["messages"]?.arrayValue ?? log.arrayValue, "\(log)")
            return entries.compactMap { entry in
                let body = entry["body"]?.stringValue ?? entry["Body"]?.stringValue ?? ""
                return body.contains(alert.code) ? entry["to"]?.stringValue ?? entry["To"]?.stringValue : nil
            }
        }

        private func inOrder(_ wanted: [String], in story: [String]) -> Bool {
            var rest = wanted[...]
            for word in story where word == rest.first { rest = rest.dropFirst() }
            return rest.isEmpty
        }
    }
}

extension HubProcess {
    /// A hub whose texts go to a gateway in this process.
    convenience init(gateway: FakeTwilio, database: ScratchDatabase? = nil) throws {
        var options = Options(database: database)
        options.gateway = gateway
        try self.init(options)
    }
}
