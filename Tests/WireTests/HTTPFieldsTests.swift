import Testing
import Wire

@Suite("HTTPFields")
struct HTTPFieldsTests {
    @Test("Names compare without regard to case, order and repetition are kept")
    func lookUp() {
        var fields: HTTPFields = ["Accept": "a", "X-One": "1", "accept": "b"]
        #expect(fields["ACCEPT"] == "a")
        #expect(fields.all("Accept") == ["a", "b"])
        #expect(fields.count(of: "accept") == 2)
        #expect(fields["X"] == nil)
        fields.set("ACCEPT", "c")
        #expect(fields.lines.map(\.name) == ["X-One", "ACCEPT"])
        fields.remove("x-one")
        #expect(fields.lines.count == 1)
    }

    @Test("A list runs over all lines, without empty members, and not through quoted commas")
    func lists() {
        let fields: HTTPFields = ["Connection": " keep-alive ,, Upgrade", "X": "a", "connection": #"x="a,\",b", y"#]
        #expect(fields.list("Connection") == ["keep-alive", "Upgrade", #"x="a,\",b""#, "y"])
        #expect(fields.contains("UPGRADE", in: "Connection"))
        #expect(!fields.contains("up", in: "Connection"))
    }

    @Test("No value can inject a line and no name can be more than a token")
    func injection() {
        var fields = HTTPFields()
        let isAdded = fields.append("Location", "/a\r\nSet-Cookie: x=1\n\u{0}\u{7F}")
        #expect(isAdded)
        #expect(fields["Location"] == "/a  Set-Cookie: x=1")
        for name in ["X\r\nY", "", "X Y", "X:", "Ä"] {
            let isAdded = fields.append(name, "z")
            #expect(!isAdded, "\(name)")
        }
        #expect(fields.lines.count == 1)
    }

    @Test("White space around a received value goes, within it stays; text that is not UTF-8 is repaired")
    func received() throws {
        let head = "GET / HTTP/1.1\r\nHost:h\r\nA: \t b \t c\t \r\nE:\r\nL: "
        let bytes = Array(head.utf8) + [0xE9] + Array("\r\n\r\n".utf8)
        let fields = try #require(RequestReading(bytes).requests.first).head.fields
        #expect(fields["host"] == "h")
        #expect(fields["A"] == "b \t c")
        #expect(fields["E"] == "")
        #expect(fields["L"] == "\u{FFFD}")
    }
}
