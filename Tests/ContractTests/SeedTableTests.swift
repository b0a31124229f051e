import Testing
import TestSupport

/// The table of `Protocol/README.md` that says which test holds which line of the platform's documents.
@Suite("The table of the platform's lines")
struct SeedTableTests {
    private static let rows = Contract.text("Protocol/README.md").split(separator: "\n").filter { line in
        line.hasPrefix("| `") && line.contains(" | «")
    }

    @Test("every test that the table names is there")
    func named() throws {
        let source = try SourceScan.text(under: "Tests")
        #expect(Self.rows.count >= 36)
        for row in Self.rows {
            let names = row.split(separator: "«").dropFirst().compactMap { $0.split(separator: "»").first }
            #expect(!names.isEmpty, "\(row)")
            for name in names {
                // A name is the test's own sentence, or its beginning.
                #expect(source.contains("\"\(name)"), "no test \(name)")
            }
        }
    }
}
