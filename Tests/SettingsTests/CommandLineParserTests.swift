import Testing

@testable import Settings

@Suite("CommandLineParser")
struct CommandLineParserTests {
    private func parse(_ line: String) throws -> Command {
        try CommandLineParser.parse(line.split(separator: " ").map(String.init))
    }

    @Test("serve takes its options in any order and both spellings")
    func serve() throws {
        #expect(try parse("serve") == .serve(ServeOptions()))
        let full = ServeOptions(
            config: "a.json5", listen: Endpoint(host: "0.0.0.0", port: 80), data: "/srv/hub", demo: true)
        #expect(try parse("serve --config a.json5 --listen 0.0.0.0:80 --data /srv/hub --demo") == .serve(full))
        #expect(try parse("serve --enable-echo") == .serve(ServeOptions(enableEcho: true)))
        #expect(try parse("serve --demo --data=/srv/hub --listen=0.0.0.0:80 --config=a.json5") == .serve(full))
        #expect(try CommandLineParser.parse(["serve", "--data", "a b"]) == .serve(ServeOptions(data: "a b")))
    }

    @Test("migrate, gateway, drill and config take theirs")
    func others() throws {
        #expect(try parse("migrate --check --data d") == .migrate(MigrateOptions(data: "d", checkOnly: true)))
        #expect(try parse("gateway") == .gateway(GatewayOptions()))
        let account = "AC" + String(repeating: "0", count: 32)
        #expect(
            try parse("gateway --listen [::1]:9 --account-sid \(account) --auth-token-file t")
                == .gateway(
                    GatewayOptions(
                        listen: Endpoint(host: "::1", port: 9), accountSid: account, authTokenFile: "t")))
        #expect(try parse("drill") == .drill(DrillOptions()))
        #expect(
            try parse("drill --url https://hub.example --token abc")
                == .drill(DrillOptions(url: "https://hub.example", token: Secret("abc"))))
        #expect(try parse("config check") == .configCheck(file: nil))
        #expect(try parse("config check my.json5") == .configCheck(file: "my.json5"))
        #expect(try parse("config defaults") == .configDefaults)
        let id = "00000000-0000-4000-8000-00000000000a"
        #expect(try parse("audit verify") == .auditVerify(AuditVerifyOptions()))
        #expect(
            try parse("audit verify --clinic \(id) --data d") == .auditVerify(AuditVerifyOptions(data: "d", clinic: id))
        )
        #expect(try parse("rights") == .rights)
        #expect(try parse("keys new --data d") == .keys(KeysOptions(data: "d", task: .new)))
        #expect(try parse("keys rotate") == .keys(KeysOptions(task: .rotate)))
        #expect(try parse("admin clinics") == .admin(AdminOptions(task: .listClinics)))
        #expect(
            try parse("admin add-clinic --name N --country CO")
                == .admin(AdminOptions(task: .addClinic(name: "N", country: "CO", zone: "America/Bogota"))))
        #expect(
            try parse("admin add-user --clinic \(id) --auth-id a --role doctor --name N --phone +15005550101")
                == .admin(
                    AdminOptions(
                        task: .addUser(
                            AdminOptions.NewUser(
                                clinic: id, authID: "a", role: "DOCTOR", name: "N", phone: "+15005550101")))))
        #expect(try parse("admin dismiss-user --user \(id)") == .admin(AdminOptions(task: .dismissUser(id))))
        let square = AdminOptions.SquareAccount(clinic: id, locations: ["L1", "L2"], tokenFile: "f")
        #expect(
            try parse("admin square --clinic \(id) --locations L1,L2 --token-file f")
                == .admin(AdminOptions(task: .setSquare(square))))
        #expect(
            try parse("admin remove-square --clinic \(id)") == .admin(AdminOptions(task: .removeSquare(clinic: id))))
        #expect(try parse("--version") == .version)
    }

    @Test("token wants a role, and reads ids and times")
    func token() throws {
        let id = "00000000-0000-4000-8000-00000000000A"
        #expect(
            try parse("token --role doctor --clinic \(id) --user \(id) --ttl 15m")
                == .token(
                    TokenOptions(
                        role: "DOCTOR", clinic: id.lowercased(), user: id.lowercased(), timeToLiveSeconds: 900)))
        #expect(try parse("token --role CORPORATE_ADMIN") == .token(TokenOptions(role: "CORPORATE_ADMIN")))
        for (text, seconds) in [("1s", 1), ("90s", 90), ("1h", 3_600), ("366d", 31_622_400)] {
            #expect(
                try parse("token --role ADMIN --ttl \(text)")
                    == .token(TokenOptions(role: "ADMIN", timeToLiveSeconds: seconds)))
        }
    }

    @Test("token revoke wants a token's id or a user's")
    func revoke() throws {
        let id = "00000000-0000-4000-8000-00000000000A"
        #expect(try parse("token revoke --id t-1") == .revoke(RevokeOptions(subject: .token("t-1"))))
        #expect(
            try parse("token revoke --user \(id) --clinic \(id) --data d")
                == .revoke(RevokeOptions(data: "d", subject: .user(id.lowercased()), clinic: id.lowercased())))
    }

    @Test(
        "one line says what is wrong and what is allowed",
        arguments: [
            ("", "no command; `alert-hub --help` lists them"),
            ("serv", "unknown command \"serv\"; there is serve"),
            (
                "wibble!",
                "unknown command \"wibble!\"; there is " + CommandSyntax.all.map(\.name).joined(separator: ", ")
            ),
            ("config", "unknown command \"config\"; there is config check, config defaults"),
            ("config chek", "unknown command \"config chek\"; there is config check, config defaults"),
            ("serve --lisen x:1", "serve has no option \"--lisen\"; it takes --listen"),
            (
                "migrate --zzzzzzzzzz",
                "migrate has no option \"--zzzzzzzzzz\"; it takes --check, --data, --config, --help"
            ),
            ("serve extra", "serve takes no argument \"extra\""),
            ("config check a b", "config check takes no argument \"b\""),
            ("serve --data", "--data needs a value: --data DIR"),
            ("serve --data --demo", "--data needs a value: --data DIR"),
            ("serve --data=", "--data needs a value: --data DIR"),
            ("serve --demo=yes", "--demo takes no value"),
            ("serve --demo --demo", "--demo is given twice"),
            ("serve --data a --data b", "--data is given twice"),
            ("token revoke", "token revoke needs --id: a token's jti, or --user ID"),
            (
                "token revoke --id a --user 00000000-0000-4000-8000-000000000001",
                "token revoke with --id takes no argument \"--user\""
            ),
            (
                "token revoke --user 7",
                "--user \"7\" is not allowed: it takes a UUID, 00000000-0000-4000-8000-000000000001"
            ),
            ("admin users", "admin users needs --clinic: a UUID"),
            (
                "admin square --clinic 00000000-0000-4000-8000-000000000001 --locations L1,,L2",
                "--locations \"L1,,L2\" is not allowed: it takes 1 to 10 ids of locations with a comma between"
            ),
            (
                "admin add-clinic --name N --country Colombia",
                "--country \"Colombia\" is not allowed: it takes two capital letters, such as CO"
            ),
            ("token", "token needs --role: DOCTOR, ADMIN, ADMISSIONS, CORPORATE_ADMIN, AUDIT_READER"),
            (
                "token --role NURSE",
                "--role \"NURSE\" is not allowed: it takes DOCTOR, ADMIN, ADMISSIONS, CORPORATE_ADMIN, AUDIT_READER"
            ),
            (
                "token --role ADMIN --clinic 7",
                "--clinic \"7\" is not allowed: it takes a UUID, 00000000-0000-4000-8000-000000000001"
            ),
            ("token --role ADMIN --ttl 0s", "--ttl \"0s\" is not allowed: it takes 1s to 366d, in s, m, h or d"),
            ("token --role ADMIN --ttl 367d", "--ttl \"367d\" is not allowed: it takes 1s to 366d, in s, m, h or d"),
            (
                "token --role ADMIN --ttl 9223372036854775807d",
                "--ttl \"9223372036854775807d\" is not allowed: it takes 1s to 366d, in s, m, h or d"
            ),
            (
                "serve --listen 8080",
                "--listen \"8080\" is not allowed: it takes HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080"
            ),
        ])
    func refusal(line: String, message: String) {
        do {
            let arguments = line.split(separator: " ").map(String.init)
            let command = try CommandLineParser.parse(arguments)
            Issue.record("accepted as \(command)")
        } catch {
            #expect(error.description == message)
        }
    }

    @Test("a token given on the command line is not printed by an error or a dump")
    func tokenIsNotPrinted() throws {
        let command = try parse("drill --token hunter2")
        #expect(!"\(command)".contains("hunter2"))
    }

    @Test("help is there for all and for each command, names each option, and fits a terminal")
    func help() throws {
        guard case .help(let overview) = try parse("--help") else {
            Issue.record("no help")
            return
        }
        for syntax in CommandSyntax.all {
            #expect(overview.contains("  \(syntax.name) "))
            guard case .help(let text) = try parse("\(syntax.name) --help") else {
                Issue.record("no help for \(syntax.name)")
                continue
            }
            #expect(try parse("help \(syntax.name)") == .help(text))
            for option in syntax.options { #expect(text.contains("  \(option.name)")) }
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 })
        }
        #expect(try parse("config --help") != parse("config check --help"))
        #expect(try parse("serve --bogus --help") == parse("serve --help"))
    }
}
