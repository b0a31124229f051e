import Foundation
import Testing
import Wire

@Suite("JSONWriter")
struct JSONWriterTests {
    @Test("An event is written as one object without spaces")
    func event() {
        var writer = JSONWriter()
        writer.object { json in
            json.field("type", "event")
            json.field("seq", 42)
            json.field("room", nil as String?)
            json.field("open", true)
            json.field("rate", 0.5)
            json.field("data", object: { json in json.field("alertId", "0b8f") })
            json.field("empty", object: { _ in })
            json.field(
                "list",
                array: { json in
                    json.integer(1)
                    json.string("two")
                    json.array { _ in }
                    json.null()
                    json.object { json in json.field("n", UInt64.max) }
                })
            json.field("stored", json: Array(#"{"a":1}"#.utf8))
            json.field("last", value: [1, ["x": .null]])
        }
        #expect(
            writer.text
                == #"{"type":"event","seq":42,"room":null,"open":true,"rate":0.5,"data":{"alertId":"0b8f"},"empty":{},"#
                + #""list":[1,"two",[],null,{"n":18446744073709551615}],"stored":{"a":1},"last":[1,{"x":null}]}"#)
    }

    @Test("Quotes, backslashes and all control characters are escaped, other text is copied")
    func escapes() throws {
        var writer = JSONWriter()
        let controls = String(String.UnicodeScalarView((0..<0x20).compactMap { Unicode.Scalar($0) }))
        let text = "a\"b\\c/é€\u{1D11E}\u{7F}" + controls
        writer.string(text)
        #expect(writer.text.hasPrefix(#""a\"b\\c/é€"#))
        #expect(writer.text.contains(#"\u0000\u0001"#) && writer.text.contains(#"\u001F"#))
        #expect(writer.text.contains(#"\t\n\u000B\u000C\r"#))
        let read = try JSONSerialization.jsonObject(with: Data(writer.bytes), options: .fragmentsAllowed)
        #expect(read as? String == text)
    }

    @Test("A name is escaped like any text")
    func names() {
        var writer = JSONWriter()
        writer.object { json in json.field("a\"\n", 1) }
        #expect(writer.text == #"{"a\"\n":1}"#)
    }

    @Test("What JSON cannot say as a number is null")
    func impossibleNumbers() {
        var writer = JSONWriter()
        writer.array { json in
            json.number(.nan)
            json.number(-.infinity)
            json.number(1e300)
            json.number(.leastNonzeroMagnitude)
            json.number(-0.0)
            json.integer(Int64.min)
        }
        #expect(writer.text == "[null,null,1e+300,5e-324,-0.0,-9223372036854775808]")
    }

    @Test("A body that throws passes its error on")
    func failures() {
        struct Stop: Error, Equatable {}
        #expect(throws: Stop()) {
            var writer = JSONWriter()
            try writer.object { _ throws(Stop) in throw Stop() }
        }
    }

    @Test("What is written is what the reader reads and what Foundation reads")
    func roundTrip() throws {
        let value: JSONValue = [
            "a": [1, -1, .number(0.1), true, false, .null], "b": ["c": "x\t\"", "d": [:]],
        ]
        var writer = JSONWriter()
        writer.value(value)
        #expect(try JSONReader.read(writer.bytes) == value)
        _ = try JSONSerialization.jsonObject(with: Data(writer.bytes))
    }
}
