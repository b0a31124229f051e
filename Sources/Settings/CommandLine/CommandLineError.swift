/// Why a command line is not accepted. The caller prints `description`, one line, and exits with 2.
package enum CommandLineError: Error, Equatable {
    /// Nothing was asked for.
    case noCommand
    /// No such command; `nearest` are those that it might have meant, or all.
    case unknownCommand(String, nearest: [String])
    /// The command has no such option; `nearest` are those that it might have meant, or all.
    case unknownOption(String, command: String, nearest: [String])
    /// The option came without its value.
    case missingValue(option: String, value: String)
    /// A flag was given a value.
    case needlessValue(option: String)
    /// An option was given twice.
    case repeated(option: String)
    /// The command cannot work without this option.
    case missingOption(String, command: String, allowed: String)
    /// An argument that the command does not take.
    case needlessArgument(String, command: String)
    /// The value is not allowed there.
    case badValue(option: String, value: String, allowed: String)
}

extension CommandLineError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noCommand: "no command; `alert-hub --help` lists them"
        case .unknownCommand(let name, let nearest):
            "unknown command \(Self.quote(name)); there is \(nearest.joined(separator: ", "))"
        case .unknownOption(let name, let command, let nearest):
            "\(command) has no option \(Self.quote(name)); it takes \(nearest.joined(separator: ", "))"
        case .missingValue(let option, let value): "\(option) needs a value: \(option) \(value)"
        case .needlessValue(let option): "\(option) takes no value"
        case .repeated(let option): "\(option) is given twice"
        case .missingOption(let option, let command, let allowed): "\(command) needs \(option): \(allowed)"
        case .needlessArgument(let argument, let command): "\(command) takes no argument \(Self.quote(argument))"
        case .badValue(let option, let value, let allowed):
            "\(option) \(Self.quote(value)) is not allowed: it takes \(allowed)"
        }
    }

    /// What was typed, short and without control characters.
    private static func quote(_ text: String) -> String {
        SettingTree.text(text.count <= 60 ? text : text.prefix(57) + "…").description
    }
}
