/// A configuration file as it was written, before anything is checked: JSON5 without meaning.
///
/// The file is read whole into this tree, and every key in it is then asked for in `SettingTable`: so none is
/// ignored silently.
package enum SettingTree: Equatable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([SettingTree])
    case section([String: SettingTree])
}

extension SettingTree: CustomStringConvertible {
    /// The value as the file would hold it, on one line.
    package var description: String {
        switch self {
        case .null: "null"
        case .boolean(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let value): String(value)
        case .text(let value): Self.quoted(value)
        case .list(let items): "[" + items.map(\.description).joined(separator: ", ") + "]"
        case .section(let entries):
            "{" + entries.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "}"
        }
    }

    /// The value for an error line: short, and without what stands before an `@` in an address.
    var excerpt: String {
        if case .text(let value) = self, value.contains("@") { return "\"…@…\"" }
        var full = description
        if case .section(let entries) = self { full = "{" + entries.keys.sorted().joined(separator: ", ") + "}" }
        return full.count <= 60 ? full : full.prefix(57) + "…"
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
