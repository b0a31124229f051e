/// A table as RFC 4180 has it, in UTF-8 with CRLF, safe to open in a spreadsheet: a field that would be taken for a
/// formula begins with an apostrophe, which makes it text.
struct CSVDocument {
    private(set) var text = ""

    init(header: [String]) { add(header) }

    mutating func add(_ fields: [String]) {
        text += fields.map(Self.field).joined(separator: ",")
        text += "\r\n"
    }

    /// What spreadsheets begin a formula with, also behind blanks; a tab or line end at the front hides one.
    private static let formula: Set<Unicode.Scalar> = [
        "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
    ]

    static func field(_ value: String) -> String {
        let first = value.unicodeScalars.first { $0 != " " }
        let isFormula = first.map(formula.contains) ?? false
        let isNumber = Double(value) != nil
        let safe = isFormula && !isNumber ? "'" + value : value
        guard safe.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else { return safe }
        return "\"" + safe.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
