import Testing
import Wire

@Suite("JSONObject fields")
struct JSONFieldTests {
    private enum Urgency: String, CaseIterable {
        case low = "LOW"
        case critical = "CRITICAL"
    }

    private let body: JSONObject

    init() throws {
        let text = """
            {"reason":"chest pain","seq":42,"rate":5.0,"half":0.5,"big":1e300,"open":true,"nothing":null,
             "urgency":"CRITICAL","list":["a",1],"names":["x","yé"],"steps":[{"kind":"sms"},{"kind":7}],
             "policy":{"name":"default","steps":[{"delay":"soon"}]}}
            """
        body = try JSONReader.readObject(Array(text.utf8))
    }

    private func failure<Value>(_ read: () throws(JSONFieldError) -> Value) -> JSONFieldError? {
        do {
            _ = try read()
            return nil
        } catch {
            return error
        }
    }

    @Test("Fields of the right type are given")
    func rightTypes() throws {
        #expect(try body.string("reason", maxLength: 500) == "chest pain")
        #expect(try body.integer("seq") == 42)
        #expect(try body.integer("rate") == 5)
        #expect(try body.number("half") == 0.5)
        #expect(try body.number("seq") == 42)
        #expect(try body.bool("open"))
        #expect(try body.choice("urgency", of: Urgency.self) == .critical)
        #expect(try body.array("list").count == 2)
        #expect(try body.strings("names", maxCount: 2, maxLength: 2) == ["x", "yé"])
        #expect(try body.object("policy").string("name") == "default")
        #expect(try body.parsed("reason", as: "two words") { $0.split(separator: " ").last.map(String.init) } == "pain")
    }

    @Test("A missing field is an error, or nil where it is optional; null counts as missing only there")
    func missing() throws {
        #expect(
            failure { () throws(JSONFieldError) in try body.string("room", maxLength: 20) }
                == JSONFieldError(field: "room", expected: "string of at most 20 characters", actual: "nothing"))
        #expect(
            failure { () throws(JSONFieldError) in try body.string("nothing") }
                == JSONFieldError(field: "nothing", expected: "string", actual: "null"))
        #expect(try body.optionalString("room") == nil)
        #expect(try body.optionalString("nothing") == nil)
        #expect(try body.optionalInteger("nothing") == nil)
        #expect(try body.optionalBool("room") == nil)
        #expect(try body.optionalObject("room") == nil)
        #expect(try body.optionalArray("room") == nil)
        #expect(try body.optionalChoice("room", of: Urgency.self) == nil)
        #expect(try body.optionalParsed("room", as: "room") { $0 } == nil)
    }

    @Test("A wrong type is an error that names field, expectation and what was there, also where it is optional")
    func wrongTypes() {
        #expect(
            failure { () throws(JSONFieldError) in try body.string("seq") }
                == JSONFieldError(field: "seq", expected: "string", actual: "integer"))
        #expect(
            failure { () throws(JSONFieldError) in try body.optionalString("list") }
                == JSONFieldError(field: "list", expected: "string", actual: "array"))
        #expect(
            failure { () throws(JSONFieldError) in try body.integer("half") }
                == JSONFieldError(field: "half", expected: "integer", actual: "number"))
        #expect(failure { () throws(JSONFieldError) in try body.integer("big") }?.actual == "number")
        #expect(failure { () throws(JSONFieldError) in try body.bool("seq") }?.actual == "integer")
        #expect(failure { () throws(JSONFieldError) in try body.object("reason") }?.actual == "string")
        #expect(failure { () throws(JSONFieldError) in try body.array("policy") }?.actual == "object")
        #expect(failure { () throws(JSONFieldError) in try body.number("open") }?.actual == "boolean")
    }

    @Test("Lengths and ranges are held")
    func limits() {
        #expect(failure { () throws(JSONFieldError) in try body.string("reason", maxLength: 10) } == nil)
        #expect(
            failure { () throws(JSONFieldError) in try body.string("reason", maxLength: 9) }
                == JSONFieldError(field: "reason", expected: "string of at most 9 characters", actual: "string of 10"))
        #expect(
            failure { () throws(JSONFieldError) in try body.string("reason", minLength: 11, maxLength: 20) }?.expected
                == "string of 11 to 20 characters")
        #expect(
            failure { () throws(JSONFieldError) in try body.integer("seq", in: 1...41) }
                == JSONFieldError(field: "seq", expected: "integer from 1 to 41", actual: "an integer out of range"))
        #expect(failure { () throws(JSONFieldError) in try body.array("list", maxCount: 1) }?.actual == "array of 2")
        #expect(failure { () throws(JSONFieldError) in try body.strings("names", maxLength: 1) }?.field == "names[1]")
    }

    @Test("A value outside a closed set is refused without being repeated")
    func choices() {
        #expect(
            failure { () throws(JSONFieldError) in try body.choice("reason", of: Urgency.self) }
                == JSONFieldError(field: "reason", expected: "one of LOW, CRITICAL", actual: "another string"))
    }

    @Test("Errors inside nested objects carry the whole path")
    func paths() throws {
        let steps = try body.objects("steps")
        #expect(try steps[0].string("kind") == "sms")
        #expect(failure { () throws(JSONFieldError) in try steps[1].string("kind") }?.field == "steps[1].kind")
        let inner = try body.object("policy").objects("steps")
        #expect(
            failure { () throws(JSONFieldError) in try inner[0].integer("delay") }?.field == "policy.steps[0].delay")
        #expect(failure { () throws(JSONFieldError) in try body.objects("list") }?.field == "list[0]")
    }

    @Test("A field that is not known is refused by name")
    func unknownFields() throws {
        let step = try body.objects("steps")[0]
        try step.allowOnly(["kind", "delay"])
        #expect(
            failure { () throws(JSONFieldError) in try step.allowOnly(["delay"]) }
                == JSONFieldError(
                    field: "steps[0].kind", expected: "one of the fields delay", actual: "an unknown field"))
    }
}
