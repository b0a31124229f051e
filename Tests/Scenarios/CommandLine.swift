import Clinic
import Database
import Platform
import TestSupport
import Testing
import Wire

extension Scenarios {
    @Suite("The command line")
    struct CommandLine {
        @Test("--help and --version answer on standard output and exit with 0; every command has its own help")
        func help() throws {
            let overview = try HubProgram.run(["--help"])
            #expect(overview.exitCode == 0)
            #expect(overview.errors.isEmpty)
            let commands = [
                "serve", "migrate", "token", "token revoke", "gateway", "drill", "config check",
                "audit verify", "rights", "admin clinics", "admin add-clinic", "admin users", "admin add-user",
                "admin dismiss-user", "keys new", "keys rotate",
            ]
            for command in commands {
                #expect(overview.output.contains(command))
                let help = try HubProgram.run(command.split(separator: " ").map(String.init) + ["--help"])
                #expect(help.exitCode == 0)
                #expect(help.output.contains("usage: alert-hub \(command)"))
            }
            let version = try HubProgram.run(["--version"])
            #expect(version.exitCode == 0)
            #expect(version.output.hasPrefix("alert-hub "))
        }

        @Test("What is not understood is one line on standard error, and exits with 2")
        func misuse() throws {
            let wrong = [
                [], ["sevre"], ["serve", "--demoo"], ["serve", "--listen"], ["serve", "--listen", "nowhere"],
                ["token"], ["token", "--role", "NURSE"], ["token", "--role", "DOCTOR", "--ttl", "soon"],
                ["migrate", "now"],
            ]
            for arguments in wrong {
                let result = try HubProgram.run(arguments)
                #expect(result.exitCode == 2, "\(arguments)")
                #expect(result.output.isEmpty, "\(arguments)")
                #expect(result.errors.split(separator: "\n").count == 1, "\(arguments): \(result.errors)")
            }
            #expect(try HubProgram.run(["serve", "--demoo"]).errors.contains("--demo"))
        }

        @Test("config check names the key, the value and what is allowed; serve refuses the same file")
        func configCheck() throws {
            let wrong: [(text: String, words: [String])] = [
                ("{ listne: \"127.0.0.1:8080\" }", ["listne", "listen"]),
                ("{ loops: \"two\" }", ["loops", "two", "integer"]),
                ("{ heartbeat: { intervalSeconds: 0 } }", ["heartbeat.intervalSeconds", "0", "1"]),
                ("{ authentication: { secret: \"hunter2\" } }", ["authentication.secret", "ALERT_HUB_JWT_SECRET"]),
                ("{ loops: 1", []),
            ]
            for (text, words) in wrong {
                try withFile(text) { file in
                    for arguments in [["config", "check", file], ["serve", "--config", file]] {
                        let result = try HubProgram.run(arguments)
                        #expect(result.exitCode == 1, "\(text)")
                        #expect(!result.errors.contains("hunter2"))
                        for word in words { #expect(result.errors.contains(word), "\(text): \(result.errors)") }
                    }
                }
            }
            let shipped = try HubProgram.run(["config", "check", "\(HubProgram.repository)/Config/hub.json5"])
            #expect(shipped.exitCode == 0, "\(shipped.errors)")
        }

        @Test("migrate --check tells of a fresh, a migrated and a changed database")
        func migrate() throws {
            let database = try ScratchPostgres.empty()
            let environment = [
                "DATABASE_URL=\(database.url(.hub))", "DATABASE_OWNER_URL=\(database.url(.owner))",
            ]
            let fresh = try HubProgram.run(["migrate", "--check"], environment: environment)
            #expect(fresh.exitCode == 1)
            #expect(fresh.output.contains("0001"))
            #expect(try HubProgram.run(["migrate"], environment: environment).exitCode == 0)
            let done = try HubProgram.run(["migrate", "--check"], environment: environment)
            #expect(done.exitCode == 0, "\(done.output) \(done.errors)")
            #expect(try HubProgram.run(["migrate"], environment: environment).exitCode == 0)

            let owner = try BlockingConnection(database.settings(.owner))
            _ = try owner.query("UPDATE schema_migrations SET checksum = 'another' WHERE version = 2")
            let changed = try HubProgram.run(["migrate", "--check"], environment: environment)
            #expect(changed.exitCode == 1)
            #expect(changed.output.contains("0002"))
            let refused = try HubProgram.run(["serve", "--listen", "127.0.0.1:0"], environment: environment)
            #expect(refused.exitCode == 1)
        }

        @Test(
            "token prints the token alone, for the secret of the data directory; the drill of the README sees every step"
        )
        func tokenAndDrill() throws {
            var options = HubProcess.Options()
            options.hasTokenSecret = false
            let hub = try HubProcess(options)
            defer { hub.end() }
            let result = try HubProgram.run(["token", "--role", "ADMISSIONS", "--data", hub.dataDirectory])
            #expect(result.exitCode == 0)
            #expect(result.errors.isEmpty)
            let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
            try #require(lines.count == 2 && lines[1].isEmpty, "\(result.output)")
            let token = String(lines[0])
            #expect(token.split(separator: ".").count == 3)
            #expect(try hub.client.bearing(token).get("/api/v1/alerts").status == .ok)
            let greeting = hub.log
            #expect(greeting.contains("http://127.0.0.1:\(hub.port)"))
            #expect(greeting.contains("ADMISSIONS"))

            let drill = try HubProgram.run(
                ["drill", "--url", "http://127.0.0.1:\(hub.port)", "--data", hub.dataDirectory], within: .seconds(90))
            #expect(drill.exitCode == 0, "\(drill.output) \(drill.errors)")
            for step in ["201", "DELIVERED", "ESCALATED", "ACKNOWLEDGED", "The drill saw every step."] {
                #expect(drill.output.contains(step), "\(drill.output)")
            }
            _ = hub.stop()
            let none = try HubProgram.run(
                ["drill", "--url", "http://127.0.0.1:\(hub.port)", "--data", hub.dataDirectory], within: .seconds(60))
            #expect(none.exitCode == 1)
            #expect(!none.errors.isEmpty)
        }

        @Test(
            "admin founds a clinic, hires and dismisses beside a running hub; the rows name the group's administrator")
        func admin() throws {
            let hub = try SharedHub.get()
            func run(_ words: [String]) throws -> String {
                let result = try HubProgram.run(["admin"] + words + ["--data", hub.dataDirectory])
                try #require(result.exitCode == 0, "\(result.errors)")
                return result.output
            }
            let clinic = try run(["add-clinic", "--name", "Clinica Linea", "--country", "CO"]).filter { $0 != "\n" }
            #expect(try run(["clinics"]).contains(clinic))
            let user = try run([
                "add-user", "--clinic", clinic, "--auth-id", "cli|\(clinic)", "--role", "ADMIN", "--name", "Ana Linea",
                "--phone", "+15005550177",
            ]).filter { $0 != "\n" }
            let client = hub.client.bearing(try hub.tokens.token(.admin, clinic: clinic, user: user))
            #expect(try client.get("/api/v1/users").json["users"]?.arrayValue?.count == 1)
            #expect(
                try run(["users", "--clinic", clinic]).contains("\(user)  ADMIN  active  cli|\(clinic)  Ana Linea"))
            #expect(try run(["dismiss-user", "--user", user]).contains("dismissed"))
            #expect(try poll(within: .seconds(10)) { try client.get("/api/v1/users").status == .unauthorized })
            let again = try HubProgram.run([
                "admin", "add-user", "--clinic", clinic, "--auth-id", "cli|\(clinic)", "--role", "ADMIN", "--name", "B",
                "--data", hub.dataDirectory,
            ])
            #expect(again.exitCode == 1)
            #expect(again.errors.contains("another user"))
        }

        @Test("A token for a directory without a secret, and a data directory that cannot be made, fail in one line")
        func failures() throws {
            for arguments in [
                ["token", "--role", "DOCTOR", "--data", "/nonexistent/nowhere"],
                ["serve", "--demo", "--listen", "127.0.0.1:0", "--data", "/proc/nowhere"],
            ] {
                let result = try HubProgram.run(arguments)
                #expect(result.exitCode == 1, "\(arguments)")
                #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
            }
        }

        private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
            let path = "/tmp/alert-hub-test-\(UInt64.random(in: 0...UInt64.max)).json5"
            try HubProgram.write(text, to: path)
            defer { HubProgram.remove(path) }
            try body(path)
        }
    }
}
