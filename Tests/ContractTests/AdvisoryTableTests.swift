import Foundation
import Testing

/// Holds `Tests/Advisories.md` to the tests that it names.
@Suite("Known advisories")
struct AdvisoryTableTests {
    private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    /// The rows of the table: class, advisories, rule, tests.
    private static func rows() throws -> [[String]] {
        let text = try String(contentsOf: tests.appending(path: "Advisories.md"), encoding: .utf8)
        return text.split(separator: "\n").filter { $0.hasPrefix("|") }.dropFirst(2).map { line in
            line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    @Test("each advisory is named in one of the tests of its row")
    func named() throws {
        let rows = try Self.rows()
        #expect(rows.count >= 17)
        for row in rows {
            try #require(row.count == 4, "\(row)")
            let files = row[3].split(separator: ",").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " `")) }
            let text = try files.map { file in
                try String(contentsOf: Self.tests.appending(path: file), encoding: .utf8)
            }.joined()
            for advisory in row[1].split(separator: ",") {
                let name = advisory.trimmingCharacters(in: .whitespaces)
                #expect(text.contains(name), "\(name) of \(row[0]) stands in none of \(files)")
            }
        }
    }
}
