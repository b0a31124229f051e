import Testing
import Wire

@Suite("JSONReader")
struct JSONReaderTests {
    private func read(_ text: String) throws(JSONError) -> JSONValue {
        try JSONReader.read(Array(text.utf8))
    }

    private func failure(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) -> JSONError? {
        do {
            _ = try JSONReader.read(bytes, limits: limits)
            return nil
        } catch {
            return error
        }
    }

    private func failure(_ text: String, limits: JSONLimits = JSONLimits()) -> JSONError? {
        failure(Array(text.utf8), limits: limits)
    }

    @Test("The examples of RFC 8259 §13 are read")
    func examples() throws {
        let image = try read(
            """
            {"Image": {"Width": 800, "Height": 600, "Title": "View from 15th Floor",
              "Thumbnail": {"Url": "http://www.example.com/image/481989943", "Height": 125, "Width": 100},
              "Animated" : false, "IDs": [116, 943, 234, 38793]}}
            """)
        #expect(image["Image"]?["Thumbnail"]?["Height"] == 125)
        #expect(image["Image"]?["IDs"] == [116, 943, 234, 38793])
        #expect(image["Image"]?["Animated"] == false)
        #expect(try read("\"Hello world!\"") == "Hello world!")
        #expect(try read("42") == 42)
        #expect(try read("null") == .null)
    }

    @Test("White space may stand around every token, and only the four kinds of it")
    func whitespace() throws {
        #expect(try read(" \t\r\n{ \"a\" : [ 1 , 2 ] , \"b\" : { } }\n") == ["a": [1, 2], "b": [:]])
        #expect(failure("\u{0B}1") == JSONError(.unexpectedByte, at: 0))
        #expect(failure("\u{00A0}1") == JSONError(.unexpectedByte, at: 0))
    }

    @Test(
        "Numbers are exact as integers and the nearest double otherwise",
        arguments: [
            ("0", JSONValue.integer(0)), ("-0", .integer(0)), ("9223372036854775807", .integer(.max)),
            ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .number(9_223_372_036_854_775_808)),
            ("18446744073709551616", .number(18_446_744_073_709_551_616)), ("1.5", .number(1.5)),
            ("-0.0", .number(-0.0)), ("1e3", .number(1000)), ("1E-2", .number(0.01)), ("0e+0", .number(0)),
            ("5e-324", .number(.leastNonzeroMagnitude)), ("1e-999", .number(0)),
        ])
    func numbers(text: String, value: JSONValue) throws {
        #expect(try read(text) == value)
    }

    @Test(
        "What is not a number of the grammar is refused",
        arguments: ["-", "01", "-01", "1.", ".5", "+1", "1e", "1e+", "0x10", "1_000", "--1", "Infinity", "NaN", "1.e3"])
    func malformedNumbers(text: String) {
        #expect(failure(text) != nil)
    }

    @Test("A number beyond a double, or with too many digits, is refused at its start")
    func numbersOutOfRange() {
        #expect(failure("[1e999]") == JSONError(.numberOutOfRange, at: 1))
        #expect(failure("-1e400") == JSONError(.numberOutOfRange, at: 0))
        #expect(failure("0." + String(repeating: "1", count: 500)) == JSONError(.numberOutOfRange, at: 0))
        #expect(failure(String(repeating: "9", count: 500)) == JSONError(.numberOutOfRange, at: 0))
    }

    @Test("Every escape stands for its character")
    func escapes() throws {
        #expect(try read(#""\"\\\/\b\f\n\r\t""#) == .string("\"\\/\u{8}\u{C}\n\r\t"))
        #expect(try read(#""\u00e9\u20AC""#) == "é€")
        #expect(try read(#""\ud834\udd1E""#) == "\u{1D11E}")
        #expect(try read(#""é\n€""#) == "é\n€")
    }

    @Test(
        "A wrong escape is refused where it stands",
        arguments: [
            (#""a\x""#, JSONError.Reason.invalidEscape, 2), (#""\u12g4""#, .invalidEscape, 5),
            (#""\u12""#, .invalidEscape, 5), (#""\ud834""#, .loneSurrogate, 1), (#""\ud834\u0041""#, .loneSurrogate, 1),
            (#""\udd1e""#, .loneSurrogate, 1), (#""\ud834x\udd1e""#, .loneSurrogate, 1),
            (#""a\u0000""#, .nulCharacter, 2), ("\"\\é\"", .invalidEscape, 1), ("\"\\", .unexpectedEnd, 2),
        ])
    func wrongEscapes(text: String, reason: JSONError.Reason, offset: Int) {
        #expect(failure(text) == JSONError(reason, at: offset))
    }

    @Test(
        "Ill-formed UTF-8 is refused: overlong, surrogate, beyond Unicode, cut off, stray",
        arguments: [
            [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF],
            [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0x80], [0xFF],
        ] as [[UInt8]])
    func illFormedText(sequence: [UInt8]) {
        let quote = [UInt8(ascii: "\"")]
        #expect(failure(quote + Array("ab".utf8) + sequence + quote) == JSONError(.invalidUTF8, at: 3))
        #expect(failure(quote + Array("\\n".utf8) + sequence + quote)?.reason == .invalidUTF8)
    }

    @Test("A byte order mark is refused")
    func byteOrderMark() {
        #expect(failure([0xEF, 0xBB, 0xBF, 0x31]) == JSONError(.unexpectedByte, at: 0))
    }

    @Test(
        "Each syntax error has its reason and place",
        arguments: [
            ("", JSONError.Reason.unexpectedEnd, 0), ("  ", .unexpectedEnd, 2), ("{", .unexpectedEnd, 1),
            ("[", .unexpectedEnd, 1), ("[1", .unexpectedEnd, 2), ("[1,", .unexpectedEnd, 3),
            ("[1,]", .unexpectedByte, 3), ("[,1]", .unexpectedByte, 1), ("{\"a\"}", .unexpectedByte, 4),
            ("{\"a\":1,}", .unexpectedByte, 7), ("{a:1}", .unexpectedByte, 1), ("{\"a\":}", .unexpectedByte, 5),
            ("tru", .unexpectedEnd, 3), ("trux", .unexpectedByte, 3), ("True", .unexpectedByte, 0),
            ("1 2", .trailingBytes, 2), ("{}x", .trailingBytes, 2), ("\"a", .unexpectedEnd, 2),
            ("\"a\nb\"", .controlCharacter, 2), ("\"\\\n\"", .controlCharacter, 2), ("[1 2]", .unexpectedByte, 3),
            ("'a'", .unexpectedByte, 0), ("[1]/*x*/", .trailingBytes, 3), ("]", .unexpectedByte, 0),
            ("{\"a\":1,\"a\":2}", .duplicateName, 7), (#"{"a":1,"\u0061":2}"#, .duplicateName, 7),
        ])
    func syntaxErrors(text: String, reason: JSONError.Reason, offset: Int) {
        #expect(failure(text) == JSONError(reason, at: offset))
    }

    @Test("A name may come again in another object")
    func sameNameElsewhere() throws {
        #expect(try read(#"{"a":{"a":1},"b":[{"a":2},{"a":3}]}"#)["b"]?[1]?["a"] == 3)
    }

    @Test("Thirty-two levels are read, thirty-three are not")
    func depth() {
        func nested(_ levels: Int) -> String {
            String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        }
        #expect(failure(nested(32)) == nil)
        #expect(failure(nested(33)) == JSONError(.tooDeep, at: 32))
        #expect(failure(String(repeating: "{\"a\":", count: 60_000 / 5))?.reason == .tooDeep)
        #expect(failure("[[],[],[]]", limits: JSONLimits(maximumDepth: 2)) == nil)
    }

    @Test("A document of the limit is read, one byte more is not")
    func size() {
        let limits = JSONLimits(maximumBytes: 5)
        #expect(failure("[1,2]", limits: limits) == nil)
        #expect(failure("[1,23]", limits: limits) == JSONError(.tooLarge, at: 5))
    }

    @Test("An object with thousands of members is read, and a late duplicate is still found")
    func manyMembers() throws {
        let members = (0..<5_000).map { "\"n\($0)\":\($0)" }
        let text = "{\(members.joined(separator: ","))}"
        let object = try JSONReader.readObject(Array(text.utf8))
        #expect(object.members.count == 5_000)
        #expect(object["n4321"] == 4321)
        #expect(object["n5000"] == nil)
        #expect(failure("{\(members.joined(separator: ",")),\"n17\":0}")?.reason == .duplicateName)
    }

    @Test("A document that is no object is refused where an object is asked for")
    func notAnObject() {
        #expect(throws: JSONError(.notAnObject, at: 0)) { try JSONReader.readObject(Array("[1]".utf8)) }
    }

    @Test("Every proper beginning of a document is refused, and none traps")
    func everyBeginning() {
        let text = #"{"id":"é€\ud834\udd1e","n":[-1.5e+3,0,true,false,null,{"x":"\u0041"}]}"#
        let bytes = Array(text.utf8)
        #expect(failure(bytes) == nil)
        for count in 0..<bytes.count {
            let error = failure(Array(bytes.prefix(count)))
            #expect(error != nil)
            #expect((error?.offset ?? -1) <= count)
        }
    }

    @Test("Damaged documents never trap, and what is still accepted reads back as it is written")
    func damagedDocuments() {
        var mutation = Mutation(seed: 8259)
        let document = Array(
            #"{"alertId":"0b8f","seq":42,"at":1.5e3,"tags":["é","\ud834\udd1e",null,true],"d":{"e":[[]],"f":-0}}"#.utf8)
        let words = ["\\u", "\\ud800", "{\"a\":", "[", "]", "}", ",", "\"", "1e308", "-", "true", "\u{0}", "\\"]
        for _ in 0..<20_000 {
            let damaged = mutation.damaged(document, words: words)
            guard let value = try? JSONReader.read(damaged) else { continue }
            var writer = JSONWriter()
            writer.value(value)
            #expect((try? JSONReader.read(writer.bytes)) == value)
        }
    }
}
