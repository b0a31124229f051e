import Testing

@testable import Settings

@Suite("Settings")
struct SettingsTests {
    @Test("an empty object is the defaults")
    func defaults() throws {
        #expect(try Settings.parse("{}") == Settings())
    }

    @Test("JSON5 comments, bare keys, single quotes, hexadecimal and trailing commas are read")
    func json5() throws {
        let settings = try Settings.parse(
            """
            // a comment
            { listen: '[::1]:0', /* another */ limits: { headerBytes: 0x1000, }, log: { level: "debug" }, }
            """)
        #expect(settings.listen == Endpoint(host: "::1", port: 0))
        #expect(settings.limits.headerBytes == 4_096)
        #expect(settings.log.level == .debug)
        #expect(settings.limits.headerFields == Settings().limits.headerFields)
    }

    @Test("certificates are pairs of files, and are reported as the file holds them")
    func certificates() throws {
        let settings = try Settings.parse(
            "{ tls: { enabled: true, certificateFiles: [{ certificate: 'a.pem', key: 'a.key' }], minimumVersion: '1.3' } }"
        )
        #expect(settings.tls.certificateFiles == [.init(certificate: "a.pem", key: "a.key")])
        #expect(settings.tls.minimumVersion == .tls13)
        #expect(
            SettingTable.report(settings).contains(
                "tls.certificateFiles = [{certificate: \"a.pem\", key: \"a.key\"}] (default [])\n"))
    }

    @Test(
        "one line names the key, the value and what is allowed",
        arguments: [
            (
                "{ limits: { headerBytes: 12 } }",
                "limits.headerBytes = 12 is not allowed: it takes 1024 to 65536 bytes (default 8192)"
            ),
            (
                "{ limits: { headerBytes: \"8192\" } }",
                "limits.headerBytes = \"8192\" has the wrong type: it takes integer, 1024 to 65536 bytes (default 8192)"
            ),
            (
                "{ limits: { headerByte: 12 } }",
                "limits.headerByte is not a key; did you mean limits.headerBytes or limits.headerFields or limits.messageBytes?"
            ),
            ("{ headerBytes: 9000 }", "headerBytes is not a key; did you mean limits.headerBytes?"),
            ("{ wxyzzyq: 1 }", "wxyzzyq is not a key; `alert-hub config defaults` prints every key"),
            ("{ limits: 3 }", "limits = 3 has the wrong type: it takes section, { … } (default {})"),
            (
                "{ log: { level: 'loud' } }",
                "log.level = \"loud\" is not allowed: it takes \"debug\", \"info\", \"notice\", \"warning\", \"error\""
                    + " (default \"info\")"
            ),
            (
                "{ listen: '127.0.0.1' }",
                "listen = \"127.0.0.1\" is not allowed: it takes host:port, port 0 to 65535"
                    + " (default \"127.0.0.1:8080\")"
            ),
            (
                "{ loops: 1.5 }",
                "loops = 1.5 has the wrong type: it takes integer, 0 to 256 threads (default 0)"
            ),
            (
                "{ loops: 99999999999999999999999 }",
                "loops = 1e+23 has the wrong type: it takes integer, 0 to 256 threads (default 0)"
            ),
            (
                "{ dispatcher: { backoffSeconds: [1, 0] } }",
                "dispatcher.backoffSeconds = [1, 0] is not allowed: it takes 1 to 20 numbers, each 1 to 3600 seconds"
                    + " (default [1, 5, 15, 60])"
            ),
            (
                "{ diagnostics: { echo: 1 } }",
                "diagnostics.echo = 1 has the wrong type: it takes boolean, true or false (default false)"
            ),
            (
                "{ drain: { deadlineSeconds: null } }",
                "drain.deadlineSeconds = null has the wrong type: it takes integer, 0 to 300 seconds (default 10)"
            ),
            (
                "{ heartbeat: { intervalSeconds: 5 } }",
                "heartbeat.pongDeadlineSeconds = 10 is not allowed: it takes at most heartbeat.intervalSeconds, "
                    + "which is 5 (default 10)"
            ),
            (
                "{ tls: { enabled: true } }",
                "tls.certificateFiles = [] is not allowed: it takes at least one {certificate: a path, key: a path}, "
                    + "because tls.enabled is true (default [])"
            ),
            (
                "{ tls: { certificateFiles: [{ certificate: 'a.pem' }] } }",
                "tls.certificateFiles = [{certificate: \"a.pem\"}] is not allowed: it takes 0 to 64 of "
                    + "{certificate: a path, key: a path} (default [])"
            ),
            (
                "{ tls: { certificateFiles: 'a.pem' } }",
                "tls.certificateFiles = \"a.pem\" has the wrong type: it takes list of sections, 0 to 64 of "
                    + "{certificate: a path, key: a path} (default [])"
            ),
            (
                "{ tls: { minimumVersion: '1.1' } }",
                "tls.minimumVersion = \"1.1\" is not allowed: it takes \"1.2\", \"1.3\" (default \"1.2\")"
            ),
            ("[1]", "configuration is not JSON5: it must be one object, { … }"),
        ])
    func refusal(text: String, line: String) {
        #expect(throws: (any Error).self) { try Settings.parse(text) }
        do { _ = try Settings.parse(text) } catch { #expect(error.description == line) }
    }

    @Test("intake: what goes against each other is refused by name")
    func intake() throws {
        for (text, path) in [
            ("{ intake: { leaseSeconds: 20, ocr: { seconds: 20 } } }", "intake.ocr.seconds"),
            ("{ intake: { retrySeconds: 60, longestRetrySeconds: 30 } }", "intake.longestRetrySeconds"),
            ("{ intake: { s3: { bucketURL: 'https://forms.example' } } }", "intake.s3.accessKeyID"),
        ] {
            do {
                _ = try Settings.parse(text)
                Issue.record("accepted: \(text)")
            } catch {
                #expect(error.description.hasPrefix(path), "\(error.description)")
            }
        }
    }

    @Test("text that is not JSON5 is refused with its place")
    func malformed() {
        do {
            _ = try Settings.parse("{\n  loops: 1\n  listen: 'x'\n}", name: "hub.json5")
            Issue.record("accepted")
        } catch {
            #expect(error.description.hasPrefix("hub.json5 is not JSON5: "))
            #expect(error.description.contains("line 3"))
            #expect(!error.description.contains("\n"))
        }
    }

    @Test(
        "a secret in the file is refused with where it belongs, and is not repeated",
        arguments: [
            ("{ database: { url: 'postgres://hub:hunter2@db/x' } }", "DATABASE_URL"),
            ("{ gateways: { twilio: { authToken: 'hunter2' } } }", "TWILIO_AUTH_TOKEN"),
            ("{ authentication: { secret: 'hunter2' } }", "ALERT_HUB_JWT_SECRET"),
            ("{ smtpPassword: 'hunter2' }", "environment"),
        ])
    func secretInFile(text: String, hint: String) {
        do {
            _ = try Settings.parse(text)
            Issue.record("accepted")
        } catch {
            #expect(error.description.contains("is a secret") && error.description.contains(hint))
            #expect(!error.description.contains("hunter2"))
        }
    }

    @Test("an address that carries a password is refused without repeating it")
    func passwordInURL() {
        do {
            _ = try Settings.parse("{ publicURL: 'https://me:hunter2@hub.example' }")
            Issue.record("accepted")
        } catch {
            #expect(error.description.hasPrefix("publicURL = \"…@…\" is not allowed"))
        }
    }

    @Test("every problem of a file is reported by config check, in a stable order")
    func allProblems() {
        let text = "{ zzz: 1, loops: -1, limits: { fragments: 0, nope: 2 }, listen: 4 }"
        let lines = Settings.problems(inText: text).map(\.description)
        #expect(lines.count == 5)
        #expect(
            lines.map { $0.split(separator: " ")[0] } == ["limits.nope", "zzz", "listen", "loops", "limits.fragments"])
    }

    @Test("Twilio, once enabled, needs its account and its number")
    func twilio() throws {
        #expect(throws: SettingsError.self) { try Settings.parse("{ gateways: { twilio: { enabled: true } } }") }
        let account = "AC" + String(repeating: "0a", count: 16)
        let settings = try Settings.parse(
            "{ gateways: { twilio: { enabled: true, accountSid: '\(account)', fromNumber: '+15005550006' } } }")
        #expect(settings.gateways.twilio.enabled)
        do {
            _ = try Secrets.load(for: settings, environment: [:])
            Issue.record("accepted without an auth token")
        } catch {
            #expect(error.description.contains("TWILIO_AUTH_TOKEN"))
        }
        let secrets = try Secrets.load(for: settings, environment: ["TWILIO_AUTH_TOKEN": "t0ken"])
        #expect(secrets.gateways.twilioAuthToken?.revealed == "t0ken")
    }
}
