import TestSupport
import Testing
import Wire

@Suite("JSON Schema checks")
struct JSONSchemaTests {
    private func faults(
        _ schema: String, _ value: String, undocumented: SchemaSet.Undocumented = .allowed
    ) throws -> [String] {
        let schemas = SchemaSet([
            "Test": try JSONReader.read(Array(schema.utf8)),
            "Other": [
                "type": "object", "properties": ["a": ["type": "integer"]], "required": ["a"],
                "$defs": ["Short": ["type": "string", "maxLength": 2]],
            ],
        ])
        #expect(schemas.unknownKeywords == [])
        return schemas.faults(of: try JSONReader.read(Array(value.utf8)), by: "Test", undocumented: undocumented)
    }

    @Test(
        "each keyword accepts and refuses",
        arguments: [
            (#"{"type":"string"}"#, #""a""#, "1"), (#"{"type":["string","null"]}"#, "null", "true"),
            (#"{"type":"integer"}"#, "1.0", "1.5"), (#"{"type":"number"}"#, "1", #""1""#),
            (#"{"type":"object"}"#, "{}", "[]"), (#"{"type":"array"}"#, "[]", "{}"),
            (#"{"type":"boolean"}"#, "false", "0"), (#"{"const":"a"}"#, #""a""#, #""b""#),
            (#"{"enum":[1,null]}"#, "null", "2"), ("true", "1", ""), (#"{"minimum":0}"#, "0", "-1"),
            (#"{"maximum":9}"#, "9", "9.5"), (#"{"exclusiveMinimum":0}"#, "0.1", "0"),
            (#"{"minLength":1}"#, #""é""#, #""""#), (#"{"maxLength":1}"#, #""🚑""#, #""ab""#),
            (#"{"pattern":"^a+$"}"#, #""aa""#, #""aab""#), (#"{"pattern":"^a$"}"#, #""a""#, #""a\n""#),
            (#"{"pattern":"b"}"#, #""abc""#, #""ac""#),
            (
                #"{"format":"uuid"}"#, #""0B8f1c2d-3e4f-4a5b-8c6d-7e8f90a1b2c3""#,
                #""0b8f1c2d3e4f4a5b8c6d7e8f90a1b2c3""#
            ),
            (#"{"format":"date-time"}"#, #""2026-02-28T10:15:30.123Z""#, #""2026-02-30T10:15:30.123Z""#),
            (#"{"items":{"type":"integer"}}"#, "[1,2]", #"[1,"2"]"#), (#"{"minItems":1}"#, "[1]", "[]"),
            (#"{"maxItems":1}"#, "[1]", "[1,2]"), (#"{"required":["a"]}"#, #"{"a":null}"#, #"{"b":1}"#),
            (#"{"properties":{"a":{"type":"string"}}}"#, #"{"b":1}"#, #"{"a":1}"#),
            (#"{"properties":{"a":false}}"#, "{}", #"{"a":1}"#),
            (#"{"properties":{"a":true},"additionalProperties":false}"#, #"{"a":1}"#, #"{"b":1}"#),
            (#"{"additionalProperties":{"type":"integer"}}"#, #"{"a":1}"#, #"{"a":"1"}"#),
            (#"{"propertyNames":{"pattern":"^a"}}"#, #"{"a1":1}"#, #"{"b":1}"#),
            (#"{"allOf":[{"minimum":1},{"maximum":2}]}"#, "2", "3"),
            (#"{"anyOf":[{"type":"null"},{"type":"string"}]}"#, "null", "1"),
            (#"{"oneOf":[{"minimum":1},{"maximum":2}]}"#, "3", "2"), (#"{"not":{"type":"null"}}"#, "1", "null"),
            (#"{"$ref":"Other.json"}"#, #"{"a":1}"#, "{}"),
            (#"{"$ref":"Other.json#/$defs/Short"}"#, #""ab""#, #""abc""#),
            (##"{"$ref":"#/$defs/A","$defs":{"A":{"const":1}}}"##, "1", "2"),
        ])
    func keyword(_ schema: String, _ good: String, _ bad: String) throws {
        #expect(try faults(schema, good) == [])
        if !bad.isEmpty { #expect(try faults(schema, bad) != []) }
    }

    @Test("a fault names its place")
    func place() throws {
        let schema = #"{"properties":{"a":{"items":{"$ref":"Other.json"}}}}"#
        #expect(try faults(schema, #"{"a":[{"a":1},{"a":"x"}]}"#) == ["$.a[1].a: is string, not integer"])
    }

    @Test("a reference inside another document is looked up there")
    func otherDocument() throws {
        let schemas = SchemaSet([
            "Test": ["$ref": "Other.json"],
            "Other": ["properties": ["a": ["$ref": "#/$defs/A"]], "$defs": ["A": ["const": 1]]],
        ])
        #expect(schemas.faults(of: ["a": 1], by: "Test") == [])
        #expect(schemas.faults(of: ["a": 2], by: "Test") != [])
        #expect(schemas.faults(of: 1, by: "Missing") == ["there is no schema Missing"])
    }

    @Test("members that nobody documented are found, through references and choices")
    func undocumented() throws {
        let schema = #"{"allOf":[{"$ref":"Other.json"}],"oneOf":[{"properties":{"b":{"properties":{"c":true}}}}]}"#
        #expect(try faults(schema, #"{"a":1,"b":{"c":1}}"#, undocumented: .refused) == [])
        #expect(try faults(schema, #"{"a":1,"x":1}"#, undocumented: .refused) == ["$: x is not documented"])
        #expect(try faults(schema, #"{"a":1,"b":{"d":1}}"#, undocumented: .refused) == ["$.b: d is not documented"])
        #expect(try faults(schema, #"{"a":1,"x":1}"#) == [])
        // Where nothing says which members there are, none is missing from the contract.
        #expect(try faults(#"{"type":"object"}"#, #"{"x":1}"#, undocumented: .refused) == [])
    }

    @Test("a rule that is not understood is reported, not passed over")
    func unknown() {
        let schemas = SchemaSet([
            "A": ["minProperties": 1], "B": ["properties": ["x": ["format": "email"]]],
            "C": ["items": ["$ref": "Nowhere.json"]], "D": ["oneOf": [["pattern": "("]]],
        ])
        #expect(schemas.unknownKeywords.count == 4)
    }
}
