import Clinic
import Foundation
import TestSupport
import Testing
import Wire

extension BoardTests {
    @Suite("States of an alert on the board")
    struct StateTests {
        @Test("Put off, held back, passed on, given back and under maintenance are told in words")
        func states() throws {
            let stage = try Stage()
            let page = stage.page
            try page.resize(width: 1_200, height: 760)
            try stage.signIn()
            let admin = try stage.hub.client(.admin)
            let doctor = try stage.hub.client(.doctor)
            let patients = DemoIDs.patients
            let critical = try stage.raise(.critical, room: "ER-12", patient: patients[0])
            let low = try stage.raise(.low, room: "Reception", patient: patients[0])
            #expect(try page.shows(stage.row(low, ".state"), "Held back: a more urgent alert"))
            let urgent = try stage.raise(.urgent, room: "Ward 3", patient: patients[1])
            let until = ISO8601DateFormatter().string(from: Date().addingTimeInterval(600))
            let snoozed = try doctor.post(
                "/api/v1/alerts/\(urgent)/snooze", ["until": .string(until), "reason": "BUSY"])
            #expect(snoozed.status == .ok, "\(snoozed.text)")
            #expect(try page.shows(stage.row(urgent, ".state"), "Put off until"))
            let declined = try doctor.post("/api/v1/alerts/\(critical)/decline", ["reason": "BUSY"])
            #expect(declined.status == .ok, "\(declined.text)")
            #expect(try page.shows(stage.row(critical, ".state"), "Escalated, step 2"))
            let window = try admin.post("/api/v1/maintenance", ["suppresses": ["LOW"], "until": .string(until)])
            #expect(window.status == .created, "\(window.text)")
            #expect(try page.shows("#maintenance", "LOW alerts call nobody until"))
            let given = try stage.raise(.urgent, room: "OR 2", patient: patients[2])
            #expect(try page.shows(stage.row(given), "OR 2"))
            _ = try doctor.patch("/api/v1/alerts/\(given)/acknowledge")
            #expect(try page.shows(stage.row(given, ".state"), "Acknowledged"))
            _ = try doctor.post("/api/v1/alerts/\(given)/unaccept", [:])
            #expect(try page.shows(stage.row(given, ".notes"), "Given back"))
            if let path = ProcessInfo.processInfo.environment["BOARD_STATES_PICTURE"] {
                try Data(try page.picture()).write(to: URL(fileURLWithPath: path))
            }
        }
    }
}
