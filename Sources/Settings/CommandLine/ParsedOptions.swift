/// The options of one command line, split into names and values, and the forms that values must have.
struct ParsedOptions {
    private var values: [String: String] = [:]
    private var flags: Set<String> = []
    private(set) var positional: String?

    init(_ arguments: ArraySlice<String>, of syntax: CommandSyntax) throws(CommandLineError) {
        var rest = arguments
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("-"), argument != "-" else {
                guard syntax.positional != nil, positional == nil else {
                    throw .needlessArgument(argument, command: syntax.name)
                }
                positional = argument
                continue
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let name = parts.first ?? argument
            guard let option = syntax.options.first(where: { $0.name == name }) else {
                let names = syntax.options.map(\.name) + ["--help"]
                let nearest = Nearest.candidates(to: name, among: names)
                throw .unknownOption(name, command: syntax.name, nearest: nearest.isEmpty ? names : nearest)
            }
            guard values[name] == nil, !flags.contains(name) else { throw .repeated(option: name) }
            guard let form = option.value else {
                guard parts.count == 1 else { throw .needlessValue(option: name) }
                flags.insert(name)
                continue
            }
            let value = parts.count == 2 ? parts[1] : rest.popFirst() ?? ""
            // `--data --demo` is a forgotten value, not a directory of that name; `--data=--demo` says it is.
            guard !value.isEmpty, parts.count == 2 || !value.hasPrefix("--") else {
                throw .missingValue(option: name, value: form)
            }
            values[name] = value
        }
    }

    subscript(name: String) -> String? { values[name] }

    func has(_ name: String) -> Bool { flags.contains(name) }

    func endpoint(_ name: String) throws(CommandLineError) -> Endpoint? {
        guard let value = values[name] else { return nil }
        guard let endpoint = Endpoint(value) else {
            throw .badValue(option: name, value: value, allowed: "HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080")
        }
        return endpoint
    }

    func text(_ name: String, _ form: TextForm) throws(CommandLineError) -> String? {
        guard let value = values[name] else { return nil }
        guard form.admits(value) else { throw .badValue(option: name, value: value, allowed: form.allowed) }
        return value
    }

    func role(_ name: String, of syntax: CommandSyntax) throws(CommandLineError) -> String {
        let allowed = CommandSyntax.roles.joined(separator: ", ")
        guard let value = values[name] else {
            throw .missingOption(name, command: syntax.name, allowed: allowed)
        }
        let role = value.uppercased()
        guard CommandSyntax.roles.contains(role) else { throw .badValue(option: name, value: value, allowed: allowed) }
        return role
    }

    /// `--id` or `--user`: one of them.
    func revoked(by syntax: CommandSyntax) throws(CommandLineError) -> RevokeOptions.Subject {
        switch (values["--id"], try identifier("--user")) {
        case (let id?, nil):
            guard (1...128).contains(id.unicodeScalars.count) else {
                throw .badValue(option: "--id", value: id, allowed: "1 to 128 characters")
            }
            return .token(id)
        case (nil, let user?): return .user(user)
        case (_?, _?): throw .needlessArgument("--user", command: "\(syntax.name) with --id")
        case (nil, nil): throw .missingOption("--id", command: syntax.name, allowed: "a token's jti, or --user ID")
        }
    }

    /// What one of the `admin` commands is to do.
    func adminTask(of syntax: CommandSyntax) throws(CommandLineError) -> AdminOptions.Task {
        switch syntax.name {
        case "admin clinics": return .listClinics
        case "admin add-clinic":
            let country = try needed("--country", of: syntax, allowed: "two capital letters")
            guard country.utf8.count == 2, country.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
                throw .badValue(option: "--country", value: country, allowed: "two capital letters, such as CO")
            }
            return .addClinic(
                name: try words("--name", of: syntax), country: country,
                zone: try text("--zone", .token(1...64)) ?? "America/Bogota")
        case "admin users": return .listUsers(clinic: try neededIdentifier("--clinic", of: syntax))
        case "admin add-user":
            return .addUser(
                AdminOptions.NewUser(
                    clinic: try neededIdentifier("--clinic", of: syntax), authID: try words("--auth-id", of: syntax),
                    role: try role("--role", of: syntax), name: try words("--name", of: syntax),
                    phone: try text("--phone", .optionalPhone)))
        case "admin square":
            return .setSquare(
                AdminOptions.SquareAccount(
                    clinic: try neededIdentifier("--clinic", of: syntax), locations: try locations(of: syntax),
                    tokenFile: values["--token-file"]))
        case "admin remove-square": return .removeSquare(clinic: try neededIdentifier("--clinic", of: syntax))
        default: return .dismissUser(try neededIdentifier("--user", of: syntax))
        }
    }

    private func locations(of syntax: CommandSyntax) throws(CommandLineError) -> [String] {
        let allowed = "1 to 10 ids of locations with a comma between"
        let text = try needed("--locations", of: syntax, allowed: allowed)
        let locations = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard (1...10).contains(locations.count), Set(locations).count == locations.count,
            locations.allSatisfy({ TextForm.token(1...50).admits($0) })
        else { throw .badValue(option: "--locations", value: text, allowed: allowed) }
        return locations
    }

    private func needed(_ name: String, of syntax: CommandSyntax, allowed: String) throws(CommandLineError) -> String {
        guard let value = values[name] else {
            throw .missingOption(name, command: syntax.name, allowed: allowed)
        }
        return value
    }

    private func words(_ name: String, of syntax: CommandSyntax) throws(CommandLineError) -> String {
        let form = TextForm.words(1...200)
        _ = try needed(name, of: syntax, allowed: form.allowed)
        return try text(name, form) ?? ""
    }

    private func neededIdentifier(_ name: String, of syntax: CommandSyntax) throws(CommandLineError) -> String {
        _ = try needed(name, of: syntax, allowed: "a UUID")
        return try identifier(name) ?? ""
    }

    func identifier(_ name: String) throws(CommandLineError) -> String? {
        guard let value = values[name] else { return nil }
        let groups = value.split(separator: "-", omittingEmptySubsequences: false)
        guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12], groups.allSatisfy({ UInt64($0, radix: 16) != nil }),
            !value.contains("+")
        else {
            throw .badValue(option: name, value: value, allowed: "a UUID, 00000000-0000-4000-8000-000000000001")
        }
        return value.lowercased()
    }

    /// `90s`, `15m`, `1h`, `7d`: 1 second to 366 days.
    func seconds(_ name: String) throws(CommandLineError) -> Int? {
        guard let value = values[name] else { return nil }
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        let digits = value.dropLast()
        guard let unit = value.last.flatMap({ units[$0] }), digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            let count = Int(digits), case let (seconds, overflow) = count.multipliedReportingOverflow(by: unit),
            !overflow,
            (1...366 * 86_400).contains(seconds)
        else {
            throw .badValue(option: name, value: value, allowed: "1s to 366d, in s, m, h or d")
        }
        return seconds
    }
}
