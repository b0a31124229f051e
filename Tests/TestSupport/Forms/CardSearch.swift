import Database

/// A search for card numbers everywhere that a hub keeps something.
package struct CardSearch {
    private let hub: HubProcess
    /// Digits alone.
    package let numbers: [String]

    package init(_ hub: HubProcess, numbers: some Sequence<String>) {
        self.hub = hub
        self.numbers = Set(numbers).sorted()
    }

    /// The ways in which a form writes a number.
    private var spellings: [String] {
        numbers.flatMap { number in
            ["", " ", "-", "  "].map { separator in
                stride(from: 0, to: number.count, by: 4).map { start in
                    String(number.dropFirst(start).prefix(4))
                }.joined(separator: separator)
            }
        }
    }

    /// The columns of every table that hold a number, as `table.column`, and how many columns there are.
    package func columns() throws -> (found: [String], searched: Int) {
        let server = try hub.sql(.superuser)
        let columns = try server.query(
            """
            SELECT table_name AS name, column_name AS column, data_type AS type FROM information_schema.columns
            WHERE table_schema = 'public' ORDER BY 1, 2
            """)
        var found: [String] = []
        for column in columns {
            let (table, name) = (try column.string("name"), try column.string("column"))
            let text = try column.string("type") == "bytea" ? "encode(\"\(name)\", 'escape')" : "\"\(name)\"::text"
            for row in try server.query("SELECT \(text) AS text FROM \"\(table)\" WHERE \"\(name)\" IS NOT NULL") {
                let digits = try row.string("text").filter { !" -.\n\t".contains($0) }
                if numbers.contains(where: digits.contains) { found.append("\(table).\(name)") }
            }
        }
        return (found, columns.count)
    }

    /// The files under the hub's directory, its private database's own among them, and its log, that hold a number in clear.
    package func files() throws -> [String] {
        // The search finds what is there.
        guard try !files(holding: ["ocr-processing"]).isEmpty else {
            throw ClientFailure.malformed("the search is blind")
        }
        return try files(holding: spellings)
    }

    private func files(holding words: [String]) throws -> [String] {
        let patterns = words.flatMap { ["-e", $0] }
        let result = try HubProgram.run("/bin/grep", ["-rlaF"] + patterns + [hub.dataDirectory, hub.logFile])
        guard result.exitCode <= 1 else { throw ClientFailure.malformed("grep: \(result.errors)") }
        return result.output.split(separator: "\n").map(String.init)
    }
}
