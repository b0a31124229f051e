extension SettingTable {
    /// The table as the commented JSON5 file that is shipped as `Config/hub.json5`.
    package static var document: String {
        var text = """
            // The configuration of AlertHub (JSON5). Every key stands here with its default; a key may be left out.
            // An unknown key, a wrong type or a value outside its range stops the start with a line that names it.
            // Secrets never stand here: they come from the environment (DATABASE_URL, ALERT_HUB_JWT_SECRET,
            // ALERT_HUB_ENCRYPTION_KEY, and those of the gateways) or from a file that is named here.
            // Check a file: alert-hub config check FILE

            """
        text += "{\n"
        var open: [Substring] = []
        for key in keys {
            let parts = key.path.split(separator: ".")
            let sections = Array(parts.dropLast())
            var shared = 0
            while shared < min(open.count, sections.count), open[shared] == sections[shared] { shared += 1 }
            while open.count > shared {
                open.removeLast()
                text += indent(open.count) + "},\n"
            }
            for section in sections.dropFirst(shared) {
                text += "\n" + indent(open.count) + "\(section): {\n"
                open.append(section)
            }
            for line in comment(of: key, width: 116 - 4 * open.count) { text += indent(open.count) + "// \(line)\n" }
            text += indent(open.count) + "\(parts.last ?? ""): \(key.standard),\n"
        }
        while !open.isEmpty {
            open.removeLast()
            text += indent(open.count) + "},\n"
        }
        return text + "}\n"
    }

    /// What is allowed and what is the default, as the comment above a key says it.
    package static func rangeLine(of key: SettingKey) -> String {
        "\(key.kind): \(key.allowed); default \(key.standard)"
    }

    /// The values of `settings`, one key a line, for `alert-hub config check`.
    package static func report(_ settings: Settings) -> String {
        keys.map { key in
            let value = key.read(settings)
            return "\(key.path) = \(value)" + (value == key.standard ? "" : " (default \(key.standard))") + "\n"
        }.joined()
    }

    private static func indent(_ depth: Int) -> String { String(repeating: "    ", count: depth + 1) }

    private static func comment(of key: SettingKey, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in key.summary.split(separator: " ") {
            if line.count + word.count + 4 > width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return lines + [line, rangeLine(of: key)]
    }
}
