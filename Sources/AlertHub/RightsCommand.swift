import Clinic

/// `alert-hub rights`: the table that the hub itself asks.
enum RightsCommand {
    static var table: String {
        let width = (Right.allCases.map(\.rawValue.count).max() ?? 0) + 2
        let roles = Role.allCases
        var lines = [String(repeating: " ", count: width) + roles.map(\.rawValue).joined(separator: "  ")]
        for right in Right.allCases {
            var line = right.rawValue + String(repeating: " ", count: width - right.rawValue.count)
            for role in roles {
                let mark = role.has(right) ? "yes" : "-"
                line += mark + String(repeating: " ", count: role.rawValue.count + 2 - mark.count)
            }
            while line.last == " " { line.removeLast() }
            lines.append(line)
        }
        return lines.joined(separator: "\n")
    }
}
