import Testing
import Wire

@Suite("Request targets and forms")
struct HTTPTargetTests {
    private func head(_ target: String, method: String = "GET") throws -> HTTPRequestHead {
        try #require(RequestReading(httpHead("\(method) \(target) HTTP/1.1", "Host: h")).requests.first).head
    }

    @Test(
        "Paths are decoded segment by segment",
        arguments: [
            ("/", "/"), ("/a/b", "/a/b"), ("/a%20b", "/a b"), ("/%C3%A9/", "/é/"), ("/a+b", "/a+b"), ("//a", "//a"),
            ("/a/...", "/a/..."), ("/.well-known/x", "/.well-known/x"), ("http://h", "/"), ("HTTP://H/x", "/x"),
            ("http://h?a=1", "/"), ("/%25", "/%"), ("/a?..", "/a"), ("/a:b@c;d=e,f", "/a:b@c;d=e,f"),
        ])
    func paths(target: String, path: String) throws {
        let head = try head(target)
        #expect(head.path == path)
        #expect(head.rawTarget == target)
    }

    @Test("The star is for OPTIONS alone")
    func star() throws {
        #expect(try head("*", method: "OPTIONS").path == "*")
    }

    @Test("Query pairs keep order and repetition, and decode plus and percent")
    func query() throws {
        let query = try head("/a?x=1&y=a+b%2Bc&x=2&&empty=&alone&=v&a=b=c").query
        #expect(query["x"] == "1")
        #expect(query.all("x") == ["1", "2"])
        #expect(query["y"] == "a b+c")
        #expect(query["empty"] == "")
        #expect(query["alone"] == "")
        #expect(query[""] == "v")
        #expect(query["a"] == "b=c")
        #expect(query["none"] == nil)
    }

    @Test("A form of a gateway's callback is read in its order")
    func form() throws {
        let form = try #require(
            URLEncodedForm(Array("MessageSid=SM1&MessageStatus=delivered&To=%2B15005550101&To=b".utf8)))
        #expect(form.pairs.map(\.name) == ["MessageSid", "MessageStatus", "To", "To"])
        #expect(form.all("To") == ["+15005550101", "b"])
    }

    @Test("A form that is malformed, not UTF-8, holds NUL or has too many pairs is refused")
    func badForms() {
        for text in ["a=%", "a=%4", "a=%zz", "%GG=1", "a=%00", "a=%ff", "a=%c0%80", "a=\u{0}"] {
            #expect(URLEncodedForm(Array(text.utf8)) == nil, "\(text)")
        }
        #expect(URLEncodedForm([0x61, 0x3D, 0xFF]) == nil)
        #expect(URLEncodedForm(Array(String(repeating: "a=1&", count: 512).utf8))?.pairs.count == 512)
        #expect(URLEncodedForm(Array(String(repeating: "a=1&", count: 513).utf8)) == nil)
    }

    @Test("What is encoded is read back")
    func roundTrip() throws {
        var form = URLEncodedForm()
        form.append("Body", "CRITICAL: a&b=c +%é\n~")
        form.append("Body", "")
        #expect(String(decoding: form.encoded, as: UTF8.self) == "Body=CRITICAL%3A+a%26b%3Dc+%2B%25%C3%A9%0A~&Body=")
        #expect(URLEncodedForm(form.encoded) == form)
        #expect(PercentCoding.encode("a b/é") == "a%20b%2F%C3%A9")
    }
}
