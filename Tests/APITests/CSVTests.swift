import Testing

@testable import API

@Suite("CSV")
struct CSVTests {
    @Test(
        "what a spreadsheet would take for a formula is made text",
        arguments: [
            "=1+1", "+1 555", "-2+3", "@SUM(A1)", "\t=1", " =1", "\r=1", "\u{FF1D}1", "=HYPERLINK(\"http://x\",\"y\")",
        ])
    func formulas(_ value: String) {
        let field = CSVDocument.field(value)
        #expect(field.hasPrefix("'") || field.hasPrefix("\"'"))
    }

    @Test(
        "numbers stay numbers, and names stay as they are",
        arguments: ["-1.5", "+3", "0", "O'Neill", "Ruiz", "", "a=b"])
    func plain(_ value: String) { #expect(CSVDocument.field(value) == value) }

    @Test("commas, quotes and line ends are quoted")
    func quoted() {
        #expect(CSVDocument.field("a,b") == "\"a,b\"")
        #expect(CSVDocument.field("a\"b") == "\"a\"\"b\"")
        #expect(CSVDocument.field("a\nb") == "\"a\nb\"")
        var document = CSVDocument(header: ["a", "b"])
        document.add(["=x,", "2"])
        #expect(document.text == "a,b\r\n\"'=x,\",2\r\n")
    }
}
