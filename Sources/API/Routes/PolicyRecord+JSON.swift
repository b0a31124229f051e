import Clinic
import Store
import Wire

extension PolicyRecord {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("policyId", policy.id.description)
            json.field("version", policy.version)
            json.field("isActive", isActive)
            json.field("createdAt", createdAt.rfc3339)
            json.field("document", document: policy)
        }
    }

    var response: HTTPResponse {
        var json = JSONWriter(capacity: 4096)
        write(to: &json)
        return .json(.ok, json.bytes, version: policy.version)
    }
}

extension PolicySummary {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("policyId", id.description)
            json.field("name", name)
            json.field("version", version)
            json.field("activeVersion", activeVersion)
            json.field("createdAt", createdAt.rfc3339)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func field(_ name: String, document policy: EscalationPolicy) {
        var document = JSONWriter(capacity: 4096)
        policy.write(to: &document)
        field(name, json: document.bytes)
    }
}
