import HubProtocol
import TestSupport
import Testing
import Wire

@Suite("Examples")
struct ExampleTests {
    private static let examples = Contract.files("Protocol/examples")
    private static let invalid = Contract.files("Protocol/examples/invalid")

    /// The schemas that a union lists.
    private static func choices(of union: String) throws -> Set<String> {
        let schema = try JSONReader.read(Contract.bytes("Protocol/schemas/\(union).json"))
        let references = try #require(schema["oneOf"]?.arrayValue).compactMap { $0["$ref"]?.stringValue }
        return Set(references.map { String($0.dropLast(".json".count)) })
    }

    @Test("each example is what its schema wants, and nothing besides", arguments: examples)
    func valid(_ example: Contract.File) {
        #expect(Contract.validate(example.bytes, against: example.schema) == [])
    }

    @Test("each invalid example is refused by its schema", arguments: invalid)
    func refused(_ example: Contract.File) {
        #expect(Contract.faults(of: example.bytes, by: example.schema) != [])
    }

    @Test("each schema has an example")
    func complete() {
        let withoutOwn: Set = ["Common", "ClientMessage", "ServerMessage"]
        let shown = Set(Self.examples.map(\.schema))
        #expect(Set(Contract.schemas.names).subtracting(withoutOwn) == shown)
    }

    @Test("no schema has a rule that the checks pass over")
    func keywords() {
        #expect(Contract.schemas.unknownKeywords == [])
        #expect(Contract.schemas.names.count == Contract.files("Protocol/schemas").count)
    }

    @Test("the hub reads each example of a client's message", arguments: examples)
    func read(_ example: Contract.File) throws {
        guard try Self.choices(of: "ClientMessage").contains(example.schema) else { return }
        #expect(Contract.validate(example.bytes, against: "ClientMessage") == [])
        #expect(throws: Never.self) { try ClientMessage(reading: example.bytes) }
    }

    @Test("the hub refuses each invalid example of a client's message", arguments: invalid)
    func notRead(_ example: Contract.File) throws {
        guard try Self.choices(of: "ClientMessage").contains(example.schema) else { return }
        #expect(Contract.faults(of: example.bytes, by: "ClientMessage") != [])
        #expect(throws: ClientMessageError.self) { try ClientMessage(reading: example.bytes) }
    }

    @Test("examples of the hub's messages are ones by the union too", arguments: examples)
    func said(_ example: Contract.File) throws {
        guard try Self.choices(of: "ServerMessage").contains(example.schema) else { return }
        #expect(Contract.validate(example.bytes, against: "ServerMessage") == [])
    }

    @Test("a client's message and a request's body are closed, and every closed one shows what is refused")
    func closed() throws {
        let bodies = [
            "RaiseAlert", "NoFields", "ChangePatientStatus", "PolicyDocument", "AddContactMethod",
            "ChangeContactMethod",
            "OrderContactMethods", "VerifyContactMethod", "SetNotificationRules", "SetQuietHours", "SetBackup",
            "SetSchedule", "AddOverride", "SetTestPagePlan", "RunTestPage",
            "AnswerAlert", "SnoozeAlert", "BeginMaintenance", "AddMonitor", "RegisterPatient", "Revoke",
            "CreateApiKey", "CreateClinic", "ChangeClinic", "CreateUser", "ChangeUser",
        ]
        let refusedExamples = Set(Self.invalid.map(\.schema))
        for name in try Self.choices(of: "ClientMessage").union(bodies) {
            let schema = try JSONReader.read(Contract.bytes("Protocol/schemas/\(name).json"))
            #expect(schema["additionalProperties"] == false, "\(name)")
            #expect(refusedExamples.contains(name), "\(name)")
        }
    }

    @Test("asyncapi.yaml lists exactly the messages of both unions")
    func asyncAPI() throws {
        let references = Contract.text("Protocol/asyncapi.yaml").matches(of: /'\.\/schemas\/(\w+)\.json'/)
        let messages = try Self.choices(of: "ClientMessage").union(Self.choices(of: "ServerMessage"))
        #expect(Set(references.map { String($0.output.1) }) == messages)
    }
}
