/// Finds what somebody probably meant to write, for error lines.
enum Nearest {
    /// The candidates closest to `word`, best first: at most `limit`, and none that differs in more than a third.
    static func candidates(to word: String, among candidates: some Sequence<String>, limit: Int = 3) -> [String] {
        let wanted = Array(word.lowercased().prefix(64))
        let scored = candidates.map { (name: $0, distance: distance(wanted, Array($0.lowercased()))) }
        return
            scored
            .filter { $0.distance <= max(2, max(wanted.count, $0.name.count) / 3) }
            .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
            .prefix(limit).map(\.name)
    }

    /// Levenshtein's distance: how many single characters to add, drop or change.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var row = Array(0...right.count)
        for (index, character) in left.enumerated() {
            var diagonal = index
            row[0] = index + 1
            for (column, other) in right.enumerated() {
                let change = diagonal + (character == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(change, row[column] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
