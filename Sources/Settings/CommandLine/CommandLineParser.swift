/// Turns arguments into a `Command`: pure, so that every answer of the command line has a test.
///
/// It stands in `Settings` and not in the executable because a test cannot import an executable.
/// Options are `--name VALUE` or `--name=VALUE`, in any order, each once.
package enum CommandLineParser {
    /// `arguments` without the program's name.
    package static func parse(_ arguments: [String]) throws(CommandLineError) -> Command {
        guard let first = arguments.first else { throw .noCommand }
        switch first {
        case "--version": return .version
        case "--help", "-h": return .help(CommandSyntax.overview)
        case "help":
            let words = arguments.dropFirst()
            guard !words.isEmpty else { return .help(CommandSyntax.overview) }
            return .help(try find(Array(words)).syntax.help)
        default: break
        }
        if first == "config", arguments.dropFirst().first.map({ $0 == "--help" || $0 == "-h" }) == true {
            return .help(CommandSyntax.configCheck.help + "\n" + CommandSyntax.configDefaults.help)
        }
        let (syntax, rest) = try find(arguments)
        if rest.contains("--help") || rest.contains("-h") { return .help(syntax.help) }
        return try command(syntax, ParsedOptions(rest, of: syntax))
    }

    private static func find(
        _ arguments: [String]
    ) throws(CommandLineError) -> (syntax: CommandSyntax, rest: ArraySlice<String>) {
        for syntax in CommandSyntax.all {
            let words = syntax.name.split(separator: " ").map(String.init)
            if arguments.starts(with: words) { return (syntax, arguments.dropFirst(words.count)) }
        }
        let names = CommandSyntax.all.map(\.name)
        let typed = arguments.first == "config" ? arguments.prefix(2).joined(separator: " ") : arguments.first ?? ""
        let nearest =
            arguments.first == "config"
            ? names.filter { $0.hasPrefix("config ") } : Nearest.candidates(to: typed, among: names)
        throw .unknownCommand(typed, nearest: nearest.isEmpty ? names : nearest)
    }

    private static func command(
        _ syntax: CommandSyntax, _ options: ParsedOptions
    ) throws(CommandLineError) -> Command {
        let config = options["--config"]
        let data = options["--data"]
        switch syntax.name {
        case "serve":
            return .serve(
                ServeOptions(
                    config: config, listen: try options.endpoint("--listen"), data: data, demo: options.has("--demo"),
                    enableEcho: options.has("--enable-echo")))
        case "migrate": return .migrate(MigrateOptions(config: config, data: data, checkOnly: options.has("--check")))
        case "token":
            var token = TokenOptions(config: config, data: data, role: try options.role("--role", of: syntax))
            token.clinic = try options.identifier("--clinic")
            token.user = try options.identifier("--user")
            token.timeToLiveSeconds = try options.seconds("--ttl") ?? token.timeToLiveSeconds
            return .token(token)
        case "token revoke":
            var revoke = RevokeOptions(config: config, data: data, subject: try options.revoked(by: syntax))
            revoke.clinic = try options.identifier("--clinic")
            return .revoke(revoke)
        case "audit verify":
            return .auditVerify(
                AuditVerifyOptions(config: config, data: data, clinic: try options.identifier("--clinic")))
        case "rights": return .rights
        case "keys new": return .keys(KeysOptions(config: config, data: data, task: .new))
        case "keys rotate": return .keys(KeysOptions(config: config, data: data, task: .rotate))
        case "admin clinics", "admin add-clinic", "admin users", "admin add-user", "admin dismiss-user",
            "admin square", "admin remove-square":
            return .admin(AdminOptions(config: config, data: data, task: try options.adminTask(of: syntax)))
        case "gateway":
            var gateway = GatewayOptions()
            gateway.listen = try options.endpoint("--listen") ?? gateway.listen
            gateway.accountSid = try options.text("--account-sid", .optionalAccountSid)
            gateway.authTokenFile = options["--auth-token-file"]
            gateway.logFile = options["--log-file"]
            gateway.faultsFile = options["--faults"]
            return .gateway(gateway)
        case "drill":
            var drill = DrillOptions(config: config, data: data)
            drill.url = try options.text("--url", .webURL) ?? drill.url
            drill.token = options["--token"].map(Secret.init)
            drill.tokenFile = options["--token-file"]
            return .drill(drill)
        case "config check": return .configCheck(file: options.positional)
        default: return .configDefaults
        }
    }
}
