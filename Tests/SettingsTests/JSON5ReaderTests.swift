import Testing

@testable import Settings

@Suite("JSON5Reader")
struct JSON5ReaderTests {
    @Test(
        "each form of a value is read",
        arguments: [
            ("null", SettingTree.null), ("true", .boolean(true)), (" /* c */ 12 // d", .integer(12)),
            ("+0x1F", .integer(31)), ("-7", .integer(-7)), (".5", .number(0.5)), ("5.", .number(5)),
            ("1e3", .number(1_000)), ("'it\\'s'", .text("it's")), ("\"a\\\nb\"", .text("ab")),
            ("'\\u00e9\\x41\\ud83d\\ude00'", .text("éA😀")), ("[1,[],]", .list([.integer(1), .list([])])),
            ("{a:1,'b c':{},$_9:2,}", .section(["a": .integer(1), "b c": .section([:]), "$_9": .integer(2)])),
            ("\u{FEFF}{}\r\n", .section([:])),
        ])
    func values(text: String, tree: SettingTree) throws {
        #expect(try JSON5Reader.read(text) == tree)
    }

    @Test(
        "what is wrong is named with its place",
        arguments: [
            ("", "line 1, column 1: the text ends, a value is missing"),
            ("{\n  a: 1\n  b: 2\n}", "line 3, column 3: 'b' stands where ',' or '}' should"),
            ("{\n  a: 1,\n  a: 2\n}", "line 3, column 3: the key a stands here twice"),
            ("{ a: 'x\n }", "line 1, column 6: this text has no closing '"),
            ("{ a: x }", "line 1, column 6: x needs quotes"),
            ("{ a = 1 }", "line 1, column 5: '=' stands where ':' should"),
            ("{ a: @ }", "line 1, column 6: '@' stands where a value should"),
            ("{ a: 1", "line 1, column 7: the text ends, ',' or '}' is missing"),
            ("{} {}", "line 1, column 4: something follows the end"),
            ("/* never", "line 1, column 1: this comment has no end"),
            ("010", "line 1, column 1: 010 is not a number"), ("1-2", "line 1, column 1: 1-2 is not a number"),
            ("-", "line 1, column 1:  is not a number"), ("0x", "line 1, column 1: 0x is not a number"),
            ("1e999", "line 1, column 1: 1e999 is not a number"),
            ("[,]", "line 1, column 2: ',' stands where a value should"),
            ("'\\ud800'", "line 1, column 4: half of a surrogate pair"),
            ("'\\1'", "line 1, column 2: \\1 is not an escape"),
        ])
    func failures(text: String, line: String) {
        do {
            let tree = try JSON5Reader.read(text)
            Issue.record("read as \(tree)")
        } catch {
            #expect(error.description == line)
        }
    }

    @Test("deep nesting is refused, not followed")
    func depth() {
        #expect(throws: Never.self) {
            try JSON5Reader.read(String(repeating: "[", count: 16) + String(repeating: "]", count: 16))
        }
        #expect(throws: JSON5Reader.Failure.self) { try JSON5Reader.read(String(repeating: "[", count: 100_000)) }
    }

    @Test("no beginning of a file is accepted or stops the reader")
    func everyPrefix() {
        let text = SettingTable.document
        let scalars = Array(text.unicodeScalars)
        for end in stride(from: 0, to: scalars.count - 2, by: 7) {
            var prefix = String.UnicodeScalarView()
            prefix.append(contentsOf: scalars[..<end])
            #expect(throws: JSON5Reader.Failure.self) { try JSON5Reader.read(String(prefix)) }
        }
    }
}
