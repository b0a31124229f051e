import Clinic
import TestSupport
import Testing
import Wire

/// The page at `/`, in a real browser against a real hub. One after the other: some of them measure seconds.
@Suite("The board in a browser", .serialized, .timeLimit(.minutes(2)))
struct BoardTests {
    @Test("A doctor signs in, sees an alert within a second, watches its time run, and acknowledges it by a click")
    func acknowledging() throws {
        let stage = try Stage()
        let page = stage.page
        try stage.signIn()
        #expect(try page.shows("#alerts-title", "0"))
        #expect(try page.text("#empty")?.contains("No open alert") == true)

        let alert = try stage.raise(.critical, room: "ER-12")
        #expect(try page.shows(stage.row(alert), "ER-12", within: .seconds(1)))
        #expect(try page.text(stage.row(alert, ".urgency")) == "CRITICAL")
        #expect(try page.text(stage.row(alert, ".patient")) == "J. Doe")
        #expect(try page.text("#open-count") == "1")
        #expect(try page.evaluate("document.getElementById('to-intake').hidden").boolValue == true)
        #expect(
            try page.evaluate("document.getElementById('announcements').textContent").stringValue?
                .contains("New critical alert. Room ER-12. J. Doe") == true)
        #expect(try page.evaluate("document.title").stringValue?.contains("CRITICAL") == true)
        #expect(try page.shows(stage.row(alert, ".state"), "Delivered"))

        // 600 seconds at first: 10:00, then less and less.
        let first = try #require(try page.text(stage.row(alert, ".countdown-value")))
        #expect(first == "10:00" || first.hasPrefix("9:5"))
        var later = first
        #expect(
            try poll(within: .seconds(3)) {
                later = try page.text(stage.row(alert, ".countdown-value")) ?? first
                return later != first && later.hasPrefix("9:5")
            }, "\(first) → \(later)")

        try page.click(stage.row(alert, ".acknowledge"))
        #expect(try page.shows(stage.row(alert, ".state"), "Acknowledged by you"))
        #expect(try stage.status(of: alert) == "ACKNOWLEDGED")
        #expect(try page.text(stage.row(alert, ".acknowledge")) == nil)
        #expect(try page.text("#open-count") == "0")
        #expect(try page.badWords() == [])
    }

    @Test("The keyboard alone is enough: Tab reaches the alert, Enter acknowledges, the focus goes on to the next")
    func keyboard() throws {
        let stage = try Stage()
        let page = stage.page
        try stage.signIn()
        let alerts = [try stage.raise(.critical), try stage.raise(.urgent, room: "Ward 3")]
        #expect(try page.shows(stage.row(alerts[1]), "Ward 3"))
        func focused() throws -> String {
            try page.evaluate("document.activeElement?.ariaLabel ?? document.activeElement?.id ?? ''").stringValue ?? ""
        }
        #expect(
            try poll(within: .seconds(5)) {
                try page.press("Tab", code: 9)
                return try focused().hasPrefix("Acknowledge CRITICAL alert, room ER-12, J. Doe")
            })
        try page.press("Enter", code: 13)
        #expect(try page.shows(stage.row(alerts[0], ".state"), "Acknowledged"))
        #expect(try focused().hasPrefix("Acknowledge URGENT alert, room Ward 3"))
        #expect(try stage.status(of: alerts[1]) != "ACKNOWLEDGED")
        #expect(try page.badWords() == [])
    }

    @Test("Who may not acknowledge has no button; the counts of the patients follow each change")
    func otherRoles() throws {
        let stage = try Stage()
        let page = stage.page
        try stage.signIn("Marta Gil")
        let alert = try stage.raise(.moderate)
        #expect(try page.shows(stage.row(alert), "MODERATE"))
        #expect(try page.text(stage.row(alert, ".acknowledge")) == nil)
        #expect(try page.shows("#to-intake a", "Intake forms"))
        #expect(try page.evaluate("document.querySelector('#to-intake a').pathname").stringValue == "/intake")

        #expect(try page.shows("#flow", "2"))
        let before = try ["waiting", "beingAttended", "discharged", "total"].map { try page.text("#flow-\($0)") }
        #expect(before == ["2", "1", "0", "3"])
        let answer = try stage.hub.client(.admissions).patch(
            "/api/v1/patients/\(DemoIDs.patients[2])/status", ["status": "DISCHARGED"])
        #expect(answer.status == .ok, "\(answer.text)")
        #expect(try page.shows("#flow-discharged", "1"))
        #expect(try page.text("#flow-beingAttended") == "0")
        #expect(try page.text("#flow-total") == "2")
        #expect(try page.badWords() == [])
    }

    @Test("Markup in a patient's name or a room is shown as the text that it is")
    func hostileText() throws {
        let stage = try Stage()
        let page = stage.page
        let name = "<script>document.title='owned'</script>\"'&amp; Ωé😀 \u{202e}x"
        let room = "<img src=x onerror=document.title='owned'>"
        try stage.rename(DemoIDs.patients[1], to: name)
        try stage.signIn()
        let alert = try stage.raise(room: room, patient: DemoIDs.patients[1])
        #expect(try page.shows(stage.row(alert), "<img"))
        #expect(
            try page.evaluate("document.querySelector(\"\(stage.row(alert, ".room"))\").textContent") == .string(room))
        #expect(
            try page.evaluate("document.querySelector(\"\(stage.row(alert, ".patient"))\").textContent")
                == .string(name))
        #expect(try page.count("img, #alerts script, #announcements *:not(p)") == 0)
        #expect(try page.evaluate("document.title").stringValue?.contains("owned") == false)

        // The page comes back with a snapshot: the same text by the other way.
        try page.reload()
        #expect(try page.shows(stage.row(alert), "<img", within: .seconds(10)))
        #expect(try page.count("img, #alerts script") == 0)
        #expect(try page.badWords() == [])
    }

    @Test("What nobody answers becomes an alarm that stays until somebody acts")
    func unanswered() throws {
        let stage = try Stage(firstWait: 1, secondWait: 1)
        let page = stage.page
        try stage.signIn()
        let alert = try stage.raise(.urgent, room: "OR 2")
        #expect(try page.shows(stage.row(alert, ".state"), "Escalated"))
        #expect(try page.shows("#banner.alarm", "NOBODY ANSWERED: OR 2", within: .seconds(10)))
        #expect(try page.evaluate("document.title").stringValue?.hasPrefix("NOBODY ANSWERED") == true)
        try page.click(stage.row(alert, ".acknowledge"))
        #expect(try page.shows(stage.row(alert, ".state"), "Acknowledged"))
        #expect(try page.text("#banner") == nil)
        #expect(try page.badWords() == [])
    }

    @Test("The alarm's sound starts with a click, and a second one ends it")
    func sound() throws {
        let stage = try Stage()
        let page = stage.page
        try stage.signIn()
        #expect(try page.text("#sound") == "Sound off")
        try page.click("#sound")
        #expect(try page.shows("#sound", "Sound on"))
        _ = try stage.raise(.critical)
        #expect(try page.shows("#open-count", "1"))
        try page.click("#sound")
        #expect(try page.shows("#sound", "Sound off"))
        #expect(try page.badWords() == [])
    }
}
