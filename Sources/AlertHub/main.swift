import Gateways
import Glibc
import Platform
import Settings

let version = "0.1.0"

/// Words for a person who typed a command: one line on standard error.
func complain(_ text: String) {
    let line = Array("alert-hub: \(text)\n".utf8)
    _ = unsafe write(STDERR_FILENO, line, line.count)
}

func run(_ command: Command) -> CInt {
    switch command {
    case .serve(let options): return ServeCommand.run(options)
    case .migrate(let options): return MigrateCommand.run(options)
    case .token(let options): return TokenCommand.run(options)
    case .revoke(let options): return RevokeCommand.run(options)
    case .auditVerify(let options): return AuditVerifyCommand.run(options)
    case .admin(let options): return AdminCommand.run(options)
    case .keys(let options): return KeysCommand.run(options)
    case .rights: print(RightsCommand.table)
    case .gateway(let options): return GatewayCommand.run(options)
    case .drill(let options): return DrillCommand.run(options)
    case .configCheck(let file): return ConfigCommand.check(file)
    case .configDefaults: print(SettingTable.document, terminator: "")
    case .help(let text):
        print(text)
        // Which number is treated how is the gateway's own knowledge.
        if text.hasPrefix("usage: alert-hub gateway") { print("\n\(LocalBehaviour.table)") }
    case .version: print("alert-hub \(version)")
    }
    return 0
}

do {
    exit(run(try CommandLineParser.parse(Array(CommandLine.arguments.dropFirst()))))
} catch {
    complain(error.description)
    exit(2)
}
