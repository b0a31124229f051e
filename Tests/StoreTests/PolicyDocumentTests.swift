import Clinic
import Testing
import Wire

@testable import Store

@Suite("Policy document")
struct PolicyDocumentTests {
    private func document(_ policy: EscalationPolicy) throws -> JSONObject {
        var json = JSONWriter()
        policy.write(to: &json)
        return try JSONReader.readObject(json.bytes)
    }

    @Test("A policy survives its document", arguments: [true, false])
    func roundTrip(isDemo: Bool) throws {
        let policy: EscalationPolicy = isDemo ? .demo(id: DemoData.policy) : .standard(id: DemoData.policy)
        let read = try EscalationPolicy(id: policy.id, version: policy.version, document: try document(policy))
        #expect(read == policy)
    }

    @Test("A wrong field is named by its path")
    func namesField() throws {
        let text = #"{"name":"x","steps":[{"targets":[{"kind":"ROLE"}],"waitSeconds":{}}]}"#
        #expect(throws: JSONFieldError.self) {
            try EscalationPolicy(
                id: DemoData.policy, version: 1, document: try JSONReader.readObject(Array(text.utf8)))
        }
        do {
            _ = try EscalationPolicy(
                id: DemoData.policy, version: 1, document: try JSONReader.readObject(Array(text.utf8)))
        } catch let error as JSONFieldError {
            #expect(error.field == "steps[0].targets[0].kind")
        }
    }
}
