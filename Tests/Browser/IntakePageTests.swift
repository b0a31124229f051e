import Clinic
import TestSupport
import Testing
import Wire

/// The page at `/intake`, in a real browser against a real hub with a real reader.
@Suite("The page for forms in a browser", .serialized, .timeLimit(.minutes(2)))
struct IntakePageTests {
    private func row(_ form: String, _ part: String = "") -> String { "#form-\(form) \(part)" }

    @Test("A person sees what was read beside the scan, mends it, approves one form and rejects another")
    func reviewing() throws {
        let stage = try Stage()
        let page = stage.page
        let desk = try stage.hub.client(.admissions)
        let forms = SampleForm.series(5, legible: true)
        let (emergency, incomplete) = (forms[1], forms[4])
        let first = try desk.uploaded(try FormDrawing.image(of: emergency))
        let second = try desk.uploaded(try FormDrawing.image(of: incomplete))
        for id in [first, second] { _ = try desk.processed(id) }

        try page.open("http://127.0.0.1:\(stage.hub.port)/intake")
        try page.click("#demo-users button", text: "Marta Gil")
        #expect(try page.shows("#queue-count", "1", within: .seconds(10)))
        #expect(try page.shows(row(second, ".reasons"), "a field is missing"))
        try page.click("#include-all")
        #expect(try page.shows("#queue-count", "2", within: .seconds(10)))
        #expect(try page.shows(row(first, ".marks"), "Emergency, alerted"))
        let name = "document.querySelector('\(row(first, "[name=fullName]"))').value"
        #expect(try page.evaluate(name).stringValue == emergency.fullName)

        try page.click(row(first, ".see"))
        let width = "document.querySelector('\(row(first, ".scan"))').naturalWidth"
        #expect(try poll(within: .seconds(5)) { try page.evaluate(width).integerValue ?? 0 > 600 })

        try page.click(row(first, "[name=notes]"))
        try page.type("Seen at the desk")
        try page.click(row(first, ".approve"))
        #expect(try page.shows("#queue-count", "1", within: .seconds(10)))
        let settled = try desk.form(first)
        #expect(settled["status"] == "VERIFIED")
        let patient = try #require(settled["patientId"]?.stringValue)
        #expect(try desk.get("/api/v1/patients/\(patient)").json["fullName"] == .string(emergency.fullName))

        try page.click(row(second, ".reject"))
        #expect(try page.shows("#queue-count", "0", within: .seconds(10)))
        #expect(try desk.form(second)["status"] == "REJECTED")
        #expect(try page.text("#queue-empty")?.contains("No form waits") == true)
        #expect(try page.badWords() == [])
    }
}
