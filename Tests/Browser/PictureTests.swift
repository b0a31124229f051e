import Foundation
import Clinic
import TestSupport
import Testing
import Wire

extension BoardTests {
    /// Makes the README's picture:
    ///
    ///     BOARD_PICTURE=Tests/Browser/board.png swift test --filter Browser.BoardTests/PictureTests
    @Suite("Its picture", .enabled(if: ProcessInfo.processInfo.environment["BOARD_PICTURE"] != nil))
    struct PictureTests {
        @Test("A board with a handful of alerts, for the README")
        func board() throws {
            let path = try #require(ProcessInfo.processInfo.environment["BOARD_PICTURE"])
            let stage = try Stage(firstWait: 120, secondWait: 600)
            let page = stage.page
            let patients = DemoIDs.patients
            for (patient, name) in zip(patients, ["Carmen Ortiz", "Daniel Restrepo", "Lucía Fernández"]) {
                try stage.rename(patient, to: name)
            }
            try page.resize(width: 1_200, height: 790)
            try stage.signIn()
            let escalated = try stage.raise(.urgent, room: "Ward 3, bed 14", patient: patients[1])
            #expect(try page.shows(stage.row(escalated, ".state"), "Delivered"))
            _ = try stage.hub.client(.admin).post("/api/v1/alerts/\(escalated)/escalate", [:])
            let critical = try stage.raise(.critical, room: "ER-12", patient: patients[0])
            let moderate = try stage.raise(.moderate, room: "Radiology", patient: patients[2], doctor: DemoIDs.backup)
            let low = try stage.raise(.low, room: "Reception", patient: patients[0])
            let done = try stage.raise(.urgent, room: "OR 2", patient: patients[2])
            #expect(try page.shows(stage.row(low, ".state"), "Held back"))
            #expect(try page.shows(stage.row(escalated, ".state"), "Escalated"))
            #expect(try page.shows(stage.row(critical, ".age-value"), "0:07", within: .seconds(15)))
            #expect(try page.shows(stage.row(moderate), "Radiology"))
            try page.click(stage.row(done, ".acknowledge"))
            #expect(try page.shows(stage.row(done, ".state"), "Acknowledged by you"))
            _ = try page.evaluate("scrollTo(0, 0)")
            let picture = try page.picture()
            #expect(picture.count <= 150_000)
            try Data(picture).write(to: URL(fileURLWithPath: path))
        }
    }
}
