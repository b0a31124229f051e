/// One option of a command, as it is parsed and as `--help` shows it.
struct OptionSyntax: Sendable {
    /// With its dashes: `--listen`.
    let name: String
    /// What stands for the value in the help; nil for a flag.
    var value: String?
    var summary: String
}

/// One command: its words, its options and its help.
struct CommandSyntax: Sendable {
    /// `serve`, or `config check`.
    let name: String
    let summary: String
    let options: [OptionSyntax]
    /// What stands for the one positional argument; nil takes none.
    var positional: String?
    /// Further lines of its help.
    var notes: [String] = []

    static let all = [
        serve, migrate, tokenRevoke, token, auditVerify, rights, adminClinics, adminAddClinic, adminUsers,
        adminAddUser, adminDismissUser, adminSquare, adminRemoveSquare, keysNew, keysRotate, gateway, drill,
        configCheck, configDefaults,
    ]

    static let roles = ["DOCTOR", "ADMIN", "ADMISSIONS", "CORPORATE_ADMIN", "AUDIT_READER"]

    private static let config = OptionSyntax(
        name: "--config", value: "FILE", summary: "configuration, JSON5 (default Config/hub.json5, else built in)")
    private static let data = OptionSyntax(
        name: "--data", value: "DIR", summary: "private PostgreSQL and development secrets (default ./var)")

    static let serve = CommandSyntax(
        name: "serve", summary: "Runs the hub until SIGTERM or Ctrl-C.",
        options: [
            config,
            OptionSyntax(name: "--listen", value: "HOST:PORT", summary: "where to listen (default 127.0.0.1:8080)"),
            data,
            OptionSyntax(
                name: "--demo", summary: "fixed demo clinics and tokens, a policy of seconds, and a local SMS gateway"),
            OptionSyntax(name: "--enable-echo", summary: "serve /echo, for WebSocket conformance suites"),
        ],
        notes: [
            "Environment: DATABASE_URL names a PostgreSQL; without it the hub runs a private one under DIR.",
            "ALERT_HUB_JWT_SECRET, ALERT_HUB_ENCRYPTION_KEY and TWILIO_AUTH_TOKEN, or the files that the",
            "configuration names, hold the secrets.",
        ])

    static let migrate = CommandSyntax(
        name: "migrate", summary: "Applies the migrations that the database does not have yet.",
        options: [
            OptionSyntax(name: "--check", summary: "only report; exits 1 if one is missing or was changed"), data,
            config,
        ])

    static let token = CommandSyntax(
        name: "token", summary: "Mints an HS256 token with the development or the configured secret and prints it.",
        options: [
            OptionSyntax(name: "--role", value: "ROLE", summary: roles.joined(separator: ", ") + "; required"),
            OptionSyntax(name: "--clinic", value: "ID", summary: "UUID (default the demo clinic)"),
            OptionSyntax(name: "--user", value: "ID", summary: "UUID (default that role's demo user)"),
            OptionSyntax(name: "--ttl", value: "TIME", summary: "such as 90s, 15m, 1h or 7d (default 1h)"),
            data, config,
        ])

    static let tokenRevoke = CommandSyntax(
        name: "token revoke", summary: "Shuts out a token, or all that a user was given so far, on every hub.",
        options: [
            OptionSyntax(name: "--id", value: "JTI", summary: "the token's claim jti"),
            OptionSyntax(name: "--user", value: "ID", summary: "UUID; in place of --id"),
            OptionSyntax(name: "--clinic", value: "ID", summary: "UUID (default the demo clinic)"), data, config,
        ],
        notes: ["Sockets that show it are closed with 3503 within a second. DATABASE_URL names the database."])

    static let auditVerify = CommandSyntax(
        name: "audit verify", summary: "Proves that no row of the audit was changed, taken out or moved.",
        options: [
            OptionSyntax(name: "--clinic", value: "ID", summary: "UUID (default every clinic)"), data, config,
        ],
        notes: [
            "Exits 1 and names the rows that are not what they were. Prints each chain's head: kept elsewhere, it proves",
            "later that the whole chain was not made anew. DATABASE_OWNER_URL, or DATABASE_URL, names the tables' owner.",
        ])

    static let rights = CommandSyntax(name: "rights", summary: "Prints which role may do what.", options: [])

    static let adminClinics = CommandSyntax(
        name: "admin clinics", summary: "Lists the clinics.", options: [data, config])

    static let adminAddClinic = CommandSyntax(
        name: "admin add-clinic", summary: "Founds a clinic and prints its id.",
        options: [
            OptionSyntax(name: "--name", value: "NAME", summary: "required"),
            OptionSyntax(name: "--country", value: "CC", summary: "ISO 3166, two capital letters; required"),
            OptionSyntax(name: "--zone", value: "ZONE", summary: "of the IANA database (default America/Bogota)"), data,
            config,
        ])

    static let adminUsers = CommandSyntax(
        name: "admin users", summary: "Lists a clinic's staff.",
        options: [OptionSyntax(name: "--clinic", value: "ID", summary: "UUID; required"), data, config])

    static let adminAddUser = CommandSyntax(
        name: "admin add-user", summary: "Hires somebody and prints the id.",
        options: [
            OptionSyntax(name: "--clinic", value: "ID", summary: "UUID; required"),
            OptionSyntax(
                name: "--auth-id", value: "ID", summary: "by which the issuer of tokens knows the person; required"),
            OptionSyntax(name: "--role", value: "ROLE", summary: roles.joined(separator: ", ") + "; required"),
            OptionSyntax(name: "--name", value: "NAME", summary: "required"),
            OptionSyntax(name: "--phone", value: "NUMBER", summary: "E.164"), data, config,
        ])

    static let adminDismissUser = CommandSyntax(
        name: "admin dismiss-user", summary: "Dismisses somebody, and revokes the tokens so far.",
        options: [OptionSyntax(name: "--user", value: "ID", summary: "UUID; required"), data, config])

    static let adminSquare = CommandSyntax(
        name: "admin square",
        summary: "Sets where a clinic's orders are read at Square, and reads them from the beginning.",
        options: [
            OptionSyntax(name: "--clinic", value: "ID", summary: "UUID; required"),
            OptionSyntax(
                name: "--locations", value: "IDS",
                summary: "Square's ids of its locations, 1 to 10, by commas; required"),
            OptionSyntax(
                name: "--token-file", value: "FILE", summary: "file of the access token (default SQUARE_ACCESS_TOKEN)"),
            data, config,
        ],
        notes: [
            "The token needs ORDERS_READ alone. It is kept sealed. Also the way to go on once a token was refused."
        ])

    static let adminRemoveSquare = CommandSyntax(
        name: "admin remove-square", summary: "Reads a clinic's orders no more, and forgets those that were read.",
        options: [OptionSyntax(name: "--clinic", value: "ID", summary: "UUID; required"), data, config])

    static let keysNew = CommandSyntax(
        name: "keys new", summary: "Puts the data directory's key of patient data aside and makes another.",
        options: [data, config], notes: ["Restart every hub after it, then run alert-hub keys rotate."])

    static let keysRotate = CommandSyntax(
        name: "keys rotate", summary: "Seals patient data and numbers anew under the current key, beside running hubs.",
        options: [data, config],
        notes: [
            "Every hub must have the current key before, and keep the old one among the retired. Exits 1 where values are",
            "left under another key. DATABASE_OWNER_URL, or DATABASE_URL, names the tables' owner. Run it as the hub's own",
            "user: it writes the scans of forms anew, and the hub must read them.",
        ])

    static let gateway = CommandSyntax(
        name: "gateway", summary: "Runs a local gateway that speaks the vendors' APIs, sends nothing and calls back.",
        options: [
            OptionSyntax(name: "--listen", value: "HOST:PORT", summary: "where to listen (default 127.0.0.1:8081)"),
            OptionSyntax(name: "--account-sid", value: "SID", summary: "the one account that is served (default any)"),
            OptionSyntax(
                name: "--auth-token-file", value: "FILE", summary: "its auth token (default TWILIO_AUTH_TOKEN)"),
            OptionSyntax(name: "--log-file", value: "FILE", summary: "append a line of JSON for each message"),
            OptionSyntax(name: "--faults", value: "FILE", summary: "how it is to fail, as PUT /faults takes it"),
        ],
        notes: [
            "It is Twilio, Telnyx, Vonage, Amazon SNS, FCM and a receiver of webhooks, by what it is sent. The token",
            "is the password for all of them. GET /log answers with what it was sent, PUT /faults with rules makes it",
            "fail, POST /inbound with gateway, from, text and url sends a reply to the hub.",
        ])

    static let drill = CommandSyntax(
        name: "drill", summary: "Raises a drill alert on a running hub, watches it through and prints the timeline.",
        options: [
            OptionSyntax(name: "--url", value: "URL", summary: "the hub (default http://127.0.0.1:8080)"),
            OptionSyntax(
                name: "--token", value: "T", summary: "bearer token; others on this machine can see it, prefer a file"),
            OptionSyntax(
                name: "--token-file", value: "FILE", summary: "file of the token (default ALERT_HUB_TOKEN, else minted)"
            ),
            data, config,
        ],
        notes: ["Exits 1 if a step is missing."])

    static let configCheck = CommandSyntax(
        name: "config check", summary: "Checks a configuration and prints the value of every key.", options: [],
        positional: "FILE", notes: ["Exits 1 and names key, value and what is allowed where something is wrong."])

    static let configDefaults = CommandSyntax(
        name: "config defaults", summary: "Prints every key with its range, unit and default, as a JSON5 file.",
        options: [])
}

extension CommandSyntax {
    /// `alert-hub serve [--config FILE] …`, in lines that fit a terminal.
    var usage: String {
        let parts = options.map { option in
            let text = option.value.map { "\(option.name) \($0)" } ?? option.name
            return name == "token" && option.name == "--role" ? text : "[\(text)]"
        }
        var lines = ["alert-hub \(name)"]
        for part in parts + (positional.map { ["[\($0)]"] } ?? []) {
            let last = lines.count - 1
            if lines[last].count + part.count < 110 {
                lines[last] += " " + part
            } else {
                lines.append("        " + part)
            }
        }
        return lines.joined(separator: "\n")
    }

    /// What `alert-hub NAME --help` prints.
    var help: String {
        var text = "usage: \(usage)\n\n\(summary)\n"
        let shown = options + [OptionSyntax(name: "--help", summary: "this text")]
        text += "\n"
        for option in shown {
            text += Self.row(option.value.map { "\(option.name) \($0)" } ?? option.name, option.summary)
        }
        if !notes.isEmpty { text += "\n" + notes.joined(separator: "\n") + "\n" }
        return text
    }

    /// What `alert-hub --help` prints.
    static var overview: String {
        var text = "usage: alert-hub COMMAND [OPTIONS]\n\nThe real-time alert hub of a group of clinics.\n\n"
        for command in all { text += row(command.name, command.summary) }
        text += row("help [COMMAND]", "What a command takes; the same as COMMAND --help.")
        return text + row("--version", "The version.")
    }

    private static func row(_ left: String, _ right: String) -> String {
        "  " + left + String(repeating: " ", count: max(2, 24 - left.count)) + right + "\n"
    }
}
