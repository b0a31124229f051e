package import Clinic
package import Wire

extension EscalationPolicy {
    /// Refuses what this policy's document does not have, so that a misspelt optional field is not passed over: `given`
    /// is the document that the policy was read from.
    package func refuseUnknownFields(in given: JSONObject) throws(JSONFieldError) {
        var json = JSONWriter(capacity: 4096)
        write(to: &json)
        guard let known = try? JSONReader.readObject(json.bytes) else { return }
        try Self.compare(.object(given), .object(known), at: "")
    }

    private static func compare(_ given: JSONValue, _ known: JSONValue, at path: String) throws(JSONFieldError) {
        switch (given, known) {
        case (.object(let given), .object(let known)):
            for member in given.members {
                let field = path.isEmpty ? member.name : "\(path).\(member.name)"
                guard let value = known[member.name] else {
                    let names = known.members.map(\.name).joined(separator: ", ")
                    throw JSONFieldError(
                        field: String(field.prefix(200)), expected: "one of the fields \(names)",
                        actual: "an unknown field")
                }
                try compare(member.value, value, at: field)
            }
        case (.array(let given), .array(let known)):
            for (index, pair) in zip(given, known).enumerated() {
                try compare(pair.0, pair.1, at: "\(path)[\(index)]")
            }
        default: break
        }
    }
}
