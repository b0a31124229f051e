import Clinic
import Store
import Wire

extension ContactRecord {
    /// The contact as REST shows it: the address masked.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("contactId", id.description)
            json.field("userId", user.description)
            json.field("kind", kind.rawValue)
            json.field("label", label)
            json.field("address", maskedAddress)
            json.field("isFromDirectory", isFromDirectory)
            json.field("verifiedAt", verifiedAt?.rfc3339)
            json.field("optedOutAt", optedOutAt?.rfc3339)
            json.field("optedOutBy", optedOutBy?.rawValue)
            json.field("codeExpiresAt", codeExpiresAt?.rfc3339)
            json.field("lockedUntil", lockedUntil?.rfc3339)
            json.field("obstacle", reach.obstacle?.rawValue)
            json.field("isFailing", isFailing)
            lastOutcome.write(to: &json, as: "lastOutcome")
            lastTest.write(to: &json, as: "lastTest")
        }
    }
}

extension ContactOutcome? {
    fileprivate func write(to json: inout JSONWriter, as name: String) {
        guard let self else { return json.field(name, value: .null) }
        json.field(
            name,
            object: { json in
                json.field("at", self.at.rfc3339)
                json.field("state", self.state)
                json.field("errorCode", self.errorCode)
            })
    }
}
