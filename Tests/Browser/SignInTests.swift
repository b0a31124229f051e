import Clinic
import Cryptography
import Database
import Platform
import TestSupport
import Testing
import Wire

extension BoardTests {
    /// Signing in at an issuer: a real one, with a page of its own.
    @Suite("Signing in")
    struct SignInTests {
        private func stage(_ issuer: TestIssuer) throws -> (HubProcess, Chromium, Page) {
            var options = HubProcess.Options()
            options.configuration = """
                authentication: {
                    algorithms: ["HS256", "EdDSA"], keySetURL: "\(issuer.keySetURL)", leewaySeconds: 0,
                    clinicClaim: "https://nexa.example/clinic_id", userClaim: "https://nexa.example/user_id",
                    roleClaim: "https://nexa.example/role", signInClient: "board",
                    authorizationURL: "http://127.0.0.1:\(issuer.port)/authorize",
                    tokenURL: "http://127.0.0.1:\(issuer.port)/token",
                }
                """
            let hub = try HubProcess(options)
            let chromium = try Chromium()
            return (hub, chromium, try Page(chromium))
        }

        private func letIn(_ issuer: TestIssuer, _ key: IssuerKeys, _ hub: HubProcess, seconds: Int64) {
            let tokens = hub.tokens
            issuer.letIn {
                var claims: [String: JSONValue] = [:]
                for (name, value) in tokens.claims(.doctor, seconds: seconds) {
                    let isOurs = ["clinic_id", "user_id", "role"].contains(name)
                    claims[isOurs ? "https://nexa.example/\(name)" : name] = name == "role" ? [value] : value
                }
                return try key.sign(claims)
            }
        }

        @Test(
            "The issuer's code and PKCE open the board; the token is renewed in the background while the socket stays")
        func signIn() throws {
            let issuer = try TestIssuer()
            defer { issuer.end() }
            let key = try IssuerKeys(.ed25519, id: "a")
            issuer.publish([key])
            let (hub, chromium, page) = try stage(issuer)
            defer { hub.end() }
            letIn(issuer, key, hub, seconds: 6)
            try page.open("http://127.0.0.1:\(hub.port)/")
            #expect(try page.shows("#issuer", "Sign in"))
            #expect(try page.text("#token-form") == nil)
            try page.click("#issuer-button")
            try #require(try page.shows("#link", "Live", within: .seconds(10)))
            #expect(try page.shows("#role", "Doctor"))
            #expect(try page.evaluate("location.href") == .string("http://127.0.0.1:\(hub.port)/"))
            // Past the end of the first token and of the second.
            #expect(poll(within: .seconds(30)) { issuer.renewals >= 3 })
            #expect(try page.text("#link")?.contains("Live") == true)
            // It is the same socket still.
            let opened = try hub.sql(.superuser).query(
                "SELECT FROM audit_logs WHERE action IN ('SUBSCRIBE', 'RESUME')")
            #expect(opened.count == 1)
            // After a reload it goes on where it was.
            try page.reload()
            #expect(try page.shows("#link", "Live", within: .seconds(10)))
            #expect(try page.badWords() == [])
            _ = chromium
        }

        @Test("A code that this page did not ask for, and a refusal, open nothing and say so")
        func foreignCode() throws {
            let issuer = try TestIssuer()
            defer { issuer.end() }
            let key = try IssuerKeys(.ed25519, id: "a")
            issuer.publish([key])
            let (hub, chromium, page) = try stage(issuer)
            defer { hub.end() }
            letIn(issuer, key, hub, seconds: 60)
            try page.open("http://127.0.0.1:\(hub.port)/?code=stolen&state=mine")
            #expect(try page.shows("#sign-in-reason", "not begun here"))
            #expect(try page.evaluate("location.search") == "")
            try page.open("http://127.0.0.1:\(hub.port)/?error=access_denied&state=x")
            #expect(try page.shows("#sign-in-reason", "not begun here"))
            #expect(try page.text("#board") == nil)
            _ = chromium
        }
    }
}
