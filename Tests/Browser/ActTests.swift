import Clinic
import TestSupport
import Testing
import Wire

extension BoardTests {
    @Suite("What people do on the board")
    struct ActTests {
        @Test(
            "A doctor puts off, calls the next, passes on, accepts, hands back, closes and re-opens; the story tells all of it"
        )
        func acts() throws {
            let stage = try Stage()
            let page = stage.page
            try stage.signIn()
            let alert = try stage.raise(.urgent, room: "Ward 3")
            #expect(try page.shows(stage.row(alert), "Ward 3"))
            #expect(try page.text(stage.row(alert, ".panel")) == nil)
            try page.click(stage.row(alert, ".more"))

            try page.click(stage.row(alert, ".act-snooze"))
            try page.click(stage.row(alert, ".question .main"), text: "Put off")
            #expect(try page.shows(stage.row(alert, ".state"), "Put off until"))
            try page.click(stage.row(alert, ".act-escalate"))
            #expect(try page.shows(stage.row(alert, ".state"), "Escalated, step 2"))
            // The hub's own words: the doctor is not among those whom the second step called.
            try page.click(stage.row(alert, ".act-decline"))
            try page.click(stage.row(alert, ".question .main"), text: "Pass on")
            #expect(try page.shows(stage.row(alert, ".panel .error"), "alert"))
            try page.click(stage.row(alert, ".question button"), text: "Cancel")
            try page.click(stage.row(alert, ".acknowledge"))
            #expect(try page.shows(stage.row(alert, ".state"), "Acknowledged by you"))
            // After its farewell it stands among those that are not closed yet.
            #expect(try page.shows("#answered", "Ward 3", within: .seconds(15)))
            #expect(try page.text("#answered-count") == "1")
            try page.click(stage.row(alert, ".act-progress"))
            try page.click(stage.row(alert, ".act-unaccept"))
            try page.click(stage.row(alert, ".question .main"), text: "Hand back")
            #expect(try page.shows(stage.row(alert, ".notes"), "Given back"))
            #expect(try page.shows("#alerts", "Ward 3"))
            try page.click(stage.row(alert, ".act-close"))
            try page.click(stage.row(alert, ".question .main"), text: "Close")
            #expect(try page.shows("#closed", "Ward 3"))
            #expect(try stage.status(of: alert) == "CLOSED")

            // Who comes later sees it too, and may take it back.
            try page.reload()
            #expect(try page.shows("#closed", "Ward 3", within: .seconds(15)))
            try page.click(stage.row(alert, ".more"))
            try page.click(stage.row(alert, ".act-reopen"))
            #expect(try page.shows("#alerts", "Ward 3"))
            #expect(try page.text("#open-count") == "1")
            try page.click(stage.row(alert, ".story"))
            for words in [
                "Dr. Ana Reyes was called: assigned doctor", "By text: delivered. twilio: delivered at", "put it off",
                "On to step 2: called by hand by Dr. Ana Reyes", "Dr. Luis Mora was called: backup",
                "Dr. Ana Reyes accepted it (on a screen)", "handed back",
                "Closed by Dr. Ana Reyes (on a screen, Handled)",
                "Re-opened by Dr. Ana Reyes",
            ] {
                #expect(try page.shows("#story-lines", words), "\(words)")
            }
            try page.press("Escape", code: 27)
            #expect(try page.text("#story") == nil)
            #expect(try page.badWords() == [])
        }

        @Test("CRITICAL cannot be put off, and each role is offered what it may do")
        func offers() throws {
            let stage = try Stage()
            let page = stage.page
            try stage.signIn("Marta Gil")
            let alert = try stage.raise(.critical)
            #expect(try page.shows(stage.row(alert), "CRITICAL"))
            try page.click(stage.row(alert, ".more"))
            #expect(try page.text(stage.row(alert, ".act-escalate")) == "Call the next now")
            for act in ["snooze", "decline", "close", "reopen", "unaccept", "progress"] {
                #expect(try page.text(stage.row(alert, ".act-\(act)")) == nil, "\(act)")
            }
            for view in ["notices", "operations", "times"] {
                #expect(try page.text("#views [data-view=\(view)]") == nil, "\(view)")
            }
            try page.click("#sign-out")
            try stage.signIn("Jorge Paz")
            try page.click(stage.row(alert, ".more"))
            #expect(try page.text(stage.row(alert, ".act-snooze")) == nil)
            #expect(try page.text(stage.row(alert, ".act-close")) == "Close")
            #expect(try page.badWords() == [])
        }

        @Test("On call, notices, maintenance, gateways and response times are there for whom they concern")
        func views() throws {
            let stage = try Stage()
            let page = stage.page
            let admin = try stage.hub.client(.admin)
            try stage.signIn("Jorge Paz")
            try page.click("#views button", text: "On call")
            #expect(try page.shows("#duties", "by rotation weeks"))
            #expect(try page.shows("#steps", "Assigned doctor"))

            try page.click("#views button", text: "Notices")
            #expect(try page.shows("#no-notices", "Everybody can be reached"))
            let contacts = try admin.get("/api/v1/users/\(DemoIDs.doctor)/contact-methods").json
            let contact = try #require(contacts["contactMethods"]?[0]?["contactId"]?.stringValue)
            let out = try admin.patch(
                "/api/v1/users/\(DemoIDs.doctor)/contact-methods/\(contact)", ["isOptedOut": true])
            #expect(out.status == .ok, "\(out.text)")
            #expect(try page.shows("#notice-list", "Dr. Ana Reyes cannot be reached: asked for silence."))
            #expect(try page.text("#notice-count") == "2")
            try page.click("#test-plan button", text: "Test all now")
            #expect(try page.shows("#test-result", "contacts are being tested"))

            try page.click("#views button", text: "Operations")
            #expect(try page.shows("#gateways", "twilio"))
            try page.click("#maintenance-form button", text: "Begin")
            #expect(try page.shows("#maintenance", "LOW alerts call nobody until"))
            try page.click("#windows button", text: "End now")
            #expect(try poll(within: .seconds(5)) { try page.text("#maintenance") == nil })

            let alert = try stage.raise(.urgent)
            _ = try stage.hub.client(.doctor).patch("/api/v1/alerts/\(alert)/acknowledge")
            try page.click("#views button", text: "Response times")
            #expect(try page.shows("#times", "URGENT"))
            #expect(try page.badWords() == [])
        }

        @Test("Who is on the board adds a contact of their own, and proves it by the code that was sent there")
        func contacts() throws {
            let stage = try Stage()
            let page = stage.page
            try stage.signIn()
            try page.click("#views button", text: "My contacts")
            #expect(try page.shows("#contacts", "SMS +…01"))
            try page.click("#contact-address")
            try page.type("+15005550188")
            try page.click("#contact-form button", text: "Add")
            #expect(try page.shows("#contacts", "SMS +…88"))
            #expect(try page.shows("#contacts", "it is not confirmed"))
            // The local gateway of demo mode shows what was sent.
            let gateway = HTTPClient(port: stage.hub.port + 1)
            var code: Substring?
            #expect(
                try poll(within: .seconds(15)) {
                    code = try gateway.get("/log").text.firstMatch(of: #/code (\d{6}) confirms/#)?.output.1
                    return code != nil
                })
            try page.click("#contacts form input")
            try page.type(String(try #require(code)))
            try page.press("Enter", code: 13)
            #expect(try page.shows("#contacts-result", "Confirmed."))
            try page.click("#quiet-form button", text: "Save")
            #expect(try page.shows("#quiet-now", "Quiet from 22:00 to 06:30 every day"))
            try page.click("#quiet-clear")
            #expect(try page.shows("#quiet-now", "None: every message comes at once."))
            #expect(try poll(within: .seconds(5)) { try page.text("#contacts")?.contains("not confirmed") == false })
            #expect(try page.badWords() == [])
        }
    }
}
