/// Texts of requests that people read again: a name, a label.
enum Printable {
    /// The text, where it has 1 to `limit` characters and none that controls anything; PostgreSQL cannot even keep a NUL.
    static func text(_ text: String, upTo limit: Int) -> String? {
        let scalars = text.unicodeScalars
        guard (1...limit).contains(scalars.count),
            scalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
        else { return nil }
        return text
    }

    static func expected(_ limit: Int) -> String { "1 to \(limit) characters without control characters" }
}
