import Glibc
import Clinic
import Database
import TestSupport
import Testing
import Wire

extension BoardTests {
    /// What the page does when the hub, the line or the sign-in ends.
    @Suite("Its connection")
    struct ConnectionTests {
        @Test("A stopped hub makes a loud banner; it comes back by itself, with what was raised meanwhile")
        func stoppedHub() throws {
            let stage = try Stage()
            let (hub, page) = (stage.hub, stage.page)
            try stage.signIn()
            let before = try stage.raise(.urgent, room: "Ward 3")
            #expect(try page.shows(stage.row(before), "Ward 3"))

            #expect(hub.stop() == 0)
            #expect(try page.shows("#banner.offline", "OFFLINE since"))
            #expect(try page.text("#banner")?.contains("not up to date") == true)
            #expect(try page.evaluate("document.title").stringValue?.hasPrefix("OFFLINE") == true)
            try page.click(stage.row(before, ".acknowledge"))
            #expect(try page.shows(stage.row(before, ".error"), "nothing was sent"))

            // The page sleeps while the alert is raised, so that it must be fetched afterwards.
            try page.freeze(true)
            try hub.start()
            let meanwhile = try stage.raise(.critical, room: "ER-12")
            try page.freeze(false)
            #expect(try page.shows(stage.row(meanwhile), "ER-12", within: .seconds(25)))
            #expect(try page.shows("#link", "Live"))
            #expect(try page.text("#banner") == nil)
            #expect(try page.count("#alerts > li") == 2)

            hub.kill()
            #expect(try page.shows("#banner.offline", "OFFLINE since"))
            try hub.start()
            #expect(try page.shows("#link", "Live", within: .seconds(25)))
            let after = try stage.raise(.low, room: "Reception")
            #expect(try page.shows(stage.row(after), "Reception", within: .seconds(1)))
            #expect(try page.count("#alerts > li") == 3)
            #expect(try page.badWords() == [])
        }

        @Test("A hub that falls silent is noticed within two heartbeats")
        func silentHub() throws {
            let stage = try Stage()
            let page = stage.page
            try stage.signIn()
            stage.hub.send(SIGSTOP)
            // Two heartbeats of two seconds, and what the machine needs.
            let isNoticed = try page.shows("#banner.offline", "OFFLINE since", within: .seconds(5))
            stage.hub.send(SIGCONT)
            #expect(isNoticed)
            #expect(try page.shows("#link", "Live", within: .seconds(25)))
            #expect(try page.text("#banner") == nil)
            #expect(try page.badWords() == [])
        }

        @Test("Where the engine is late the board says so, loudly, and to call by phone; then all is well again")
        func lateEngine() throws {
            let stage = try Stage(firstWait: 1)
            let page = stage.page
            try stage.signIn()
            // Whoever holds the row's lock keeps every engine from running its timer.
            let holder = try stage.hub.sql(.superuser)
            let alert = try stage.raise(.critical, room: "ER-12")
            _ = try holder.query("BEGIN")
            _ = try holder.query("SELECT FROM escalations WHERE alert_id = $1 FOR UPDATE", [.text(alert)])
            #expect(try page.shows("#banner.alarm", "ESCALATION IS LATE", within: .seconds(90)))
            #expect(try page.text("#banner")?.contains("Call by phone. The oldest call is") == true)
            #expect(try page.evaluate("document.title").stringValue == "ESCALATION LATE – AlertHub")
            #expect(try page.text("#link")?.contains("Live") == true)
            _ = try holder.query("ROLLBACK")
            #expect(
                try poll(within: .seconds(90)) {
                    try page.text("#banner")?.contains("ESCALATION IS LATE") != true
                })
            #expect(try page.badWords() == [])
        }

        @Test("The end of a sign-in is announced, then loud, and leads to a new one")
        func expiry() throws {
            let stage = try Stage()
            let page = stage.page
            let token = try stage.hub.tokens.token(.doctor, seconds: 4)
            try page.click("#token")
            try page.type(token)
            try page.click("#token-form button")
            #expect(try page.shows("#expiry", "Your sign-in ends at"))
            #expect(try page.shows("#banner", "SIGNED OUT since", within: .seconds(10)))
            #expect(try page.shows("#sign-in-reason", "Your sign-in has ended."))
            try stage.signIn()
            #expect(try page.text("#banner") == nil)
            #expect(try page.badWords() == [])
        }

        @Test("A forged token is refused with the hub's words")
        func forgedToken() throws {
            let stage = try Stage()
            let page = stage.page
            let claims = stage.hub.tokens.claims(.doctor)
            try page.click("#token")
            try page.type(try stage.hub.tokens.sign(claims, secret: "another secret, but one of a length that will do"))
            try page.click("#token-form button")
            #expect(try page.shows("#sign-in-reason", "signature"))
            try page.reload()
            #expect(try page.shows("#sign-in", "Access token"))
            #expect(try page.count("#alerts > li") == 0)
        }
    }
}
