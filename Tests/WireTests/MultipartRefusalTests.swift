import Testing
import Wire

@Suite("multipart/form-data that is refused")
struct MultipartRefusalTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let text: String
        let error: MultipartError

        init(_ name: String, _ text: String, _ error: MultipartError) {
            (testDescription, self.text, self.error) = (name, text, error)
        }
    }

    private static let a = "Content-Disposition: form-data; name=a"

    private static func part(_ head: String, _ body: String = "x") -> String { "--b\r\n\(head)\r\n\r\n\(body)\r\n" }

    static let refusals = [
        Refusal("a preamble", "hello\r\n--b--", .preamble),
        Refusal("two empty lines before the first part", "\r\n\r\n--b--", .preamble),
        Refusal("a bare LF before the first part", "\n--b--", .preamble),
        Refusal("another boundary", "--c\r\n", .preamble),
        Refusal("one dash", "-b\r\n", .preamble),
        Refusal("an epilogue", "--b--\r\nbye", .epilogue),
        Refusal("an epilogue without a line end", "--b--bye", .epilogue),
        Refusal("a second body behind the first", "--b--\r\n--b--", .epilogue),
        Refusal("a bare LF at the end", "--b--\n", .epilogue),
        Refusal("a delimiter with a tail", "--bc\r\n", .malformedDelimiter),
        Refusal("a delimiter with one dash", "--b-\r\n", .malformedDelimiter),
        Refusal("a delimiter that ends with LF", "--b\n", .malformedDelimiter),
        Refusal("a delimiter that ends with CR", "--b\r\r", .malformedDelimiter),
        Refusal("a delimiter with a tail in a body", part(a) + "--bc\r\n", .malformedDelimiter),
        Refusal("no header", "--b\r\n\r\nx\r\n--b--", .malformedHeader),
        Refusal("a bare LF in the header", "--b\r\n\(a)\n\nx\r\n--b--", .malformedHeader),
        Refusal("a folded header", part("Content-Disposition: form-data;\r\n name=a"), .malformedHeader),
        Refusal("a space before the colon", part("Content-Disposition : form-data; name=a"), .malformedHeader),
        Refusal("NUL in a header", part("\(a)\r\nX: \u{0}"), .malformedHeader),
        Refusal("two types", part("\(a)\r\nContent-Type: a/b\r\nContent-Type: c/d"), .malformedHeader),
        Refusal("no disposition", part("Content-Type: text/plain"), .malformedDisposition),
        Refusal("two dispositions", part("\(a)\r\n\(a)"), .malformedDisposition),
        Refusal("another disposition", part("Content-Disposition: attachment; name=a"), .malformedDisposition),
        Refusal("a name twice", part("\(a); name=b"), .malformedDisposition),
        Refusal("a name twice in other case", part("\(a); NAME=b"), .malformedDisposition),
        Refusal("filename*", part("\(a); filename*=utf-8''x"), .malformedDisposition),
        Refusal("an open quote", part("Content-Disposition: form-data; name=\"a"), .malformedDisposition),
        Refusal("a space around =", part("Content-Disposition: form-data; name =a"), .malformedDisposition),
        Refusal("no name", part("Content-Disposition: form-data"), .missingName),
        Refusal("an empty name", part("Content-Disposition: form-data; name=\"\""), .missingName),
        Refusal("the same name twice", part(a) + part(a) + "--b--", .duplicateName),
        Refusal("multipart in multipart", part("\(a)\r\nContent-Type: multipart/mixed; boundary=c"), .nested),
        Refusal("base64", part("\(a)\r\nContent-Transfer-Encoding: base64"), .unsupportedEncoding),
        Refusal("five parts", (0..<5).map { part("\(a)\($0)") }.joined() + "--b--", .tooManyParts),
        Refusal("a long header", part("\(a)\r\nX: \(String(repeating: "x", count: 200))"), .headTooLarge),
        Refusal("many fields", part("\(a)\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4"), .tooManyFields),
        Refusal("a long body", part(a, String(repeating: "x", count: 33)), .partTooLarge),
        Refusal("white space without end", "--b" + String(repeating: " ", count: 201), .malformedDelimiter),
        Refusal(
            "long bodies together", (0..<4).map { part("\(a)\($0)", String(repeating: "x", count: 30)) }.joined(),
            .tooLarge),
    ]

    private static let limits = MultipartLimits(
        maximumParts: 4, maximumHeadBytes: 200, maximumFields: 4, maximumPartBytes: 32, maximumBytes: 100)

    @Test("each shape has its error, whole and at each split", arguments: refusals)
    func refused(_ refusal: Refusal) throws {
        let bytes = Array(refusal.text.utf8)
        let whole = try MultipartReading([bytes], limits: Self.limits)
        #expect(whole.error == refusal.error)
        #expect(try MultipartReading(bytes.map { [$0] }, limits: Self.limits).error == refusal.error)
        for cut in 0...bytes.count {
            let reading = try MultipartReading([Array(bytes[..<cut]), Array(bytes[cut...])], limits: Self.limits)
            #expect(reading.error == refusal.error, "cut at \(cut)")
        }
    }

    @Test("a header that is not UTF-8 is refused")
    func notUTF8() throws {
        let bytes = Array("--b\r\nContent-Disposition: form-data; name=\"".utf8) + [0xC3] + Array("\"\r\n\r\n".utf8)
        #expect(try MultipartReading([bytes]).error == .notUTF8)
    }

    @Test("bodies of the limits are read, and repeated names where they are allowed")
    func limits() throws {
        var limits = Self.limits
        limits.allowsRepeatedNames = true
        let text = (0..<3).map { _ in Self.part(Self.a, String(repeating: "x", count: 32)) }.joined() + "--b--"
        let reading = try MultipartReading([Array(text.utf8)], limits: limits)
        #expect(reading.error == nil && reading.parts.map(\.body.count) == [32, 32, 32])
    }

    @Test(
        "a boundary of other characters, of none, or of more than 70 is refused",
        arguments: [
            "", " ", "a ", "a\"b", "a;b", "a\u{0}", "ä", "a\tb", String(repeating: "a", count: 71), "a*b", "<a>", "@",
        ])
    func boundaries(_ text: String) { #expect(MultipartBoundary(text) == nil) }

    @Test("the boundaries of browsers and of RFC 2046 are read")
    func goodBoundaries() {
        for text in [
            "----WebKitFormBoundary7MA4YWxkTrZu0gW", "---------------------------9051914041544843365972754266",
            "gc0pJq0M:08jU534c0p", "a b", String(repeating: "a", count: 70),
        ] { #expect(MultipartBoundary(text) != nil) }
    }

    @Test("a Content-Type that does not name one form boundary is refused")
    func contentTypes() {
        func failure(_ fields: HTTPFields) -> MultipartError? {
            do throws(MultipartError) { _ = try MultipartBoundary(fields) } catch { return error }
            return nil
        }
        #expect(failure([:]) == .notFormData)
        #expect(failure(["Content-Type": "multipart/mixed; boundary=b"]) == .notFormData)
        #expect(failure(["Content-Type": "application/json"]) == .notFormData)
        let type = "multipart/form-data"
        #expect(
            failure(["Content-Type": "\(type); boundary=b", "content-type": "\(type); boundary=c"]) == .notFormData)
        for parameters in [
            "", ";", "; boundary", "; boundary=", "; boundary=\"\"", "; boundary=a; boundary=b", "; boundary=a b",
            "; boundary=\"a", "; boundary =a", "; x=1; boundary=\"a \"",
        ] { #expect(failure(["Content-Type": type + parameters]) == .malformedBoundary, "\(parameters)") }
        for parameters in ["; boundary=b", ";;boundary=b ;", "; charset=\"u;tf\"; Boundary=\"a b\""] {
            #expect(failure(["Content-Type": type + parameters]) == nil, "\(parameters)")
        }
    }

    @Test("nothing is read after an error")
    func finished() throws {
        var parser = MultipartParser(boundary: try #require(MultipartBoundary("b")))
        let bytes = Array("x--b--".utf8)
        for _ in 0..<2 {
            var offset = 0
            #expect(throws: MultipartError.preamble) { try parser.next(in: bytes.span, at: &offset) }
            #expect(throws: MultipartError.preamble) { try parser.finish() }
        }
    }

    @Test("every error has a client's status")
    func statuses() {
        for error in MultipartError.allCases { #expect((400...415).contains(error.status.rawValue)) }
    }

    @Test("damaged bodies never trap, and their split changes nothing")
    func damaged() throws {
        var mutation = Mutation(seed: 7578)
        let words = ["\r\n--b", "--b", "--", "\r\n", "\r", "\n", "\"", ";", "name=", "form-data", "\\", "\u{0}", "é"]
        for _ in 0..<5_000 {
            let damaged = mutation.damaged(MultipartTests.upload, words: words)
            let whole = try MultipartReading([damaged], limits: Self.limits)
            let pieces = try MultipartReading(mutation.pieces(damaged), limits: Self.limits)
            if whole.error != pieces.error || (whole.error == nil && whole != pieces) {
                Issue.record("\(damaged)")
            }
        }
    }
}
