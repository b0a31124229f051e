package import Cryptography
import Wire

/// Google's service account: who the hub is to FCM. It does not print, for it holds a private key.
package struct ServiceAccount: Sendable, CustomStringConvertible, CustomReflectable {
    package let projectID: String
    package let clientEmail: String
    package let keyID: String
    package let key: PrivateKey
    /// Where access tokens are given out.
    package let tokenURL: String

    package init(projectID: String, clientEmail: String, keyID: String, key: PrivateKey, tokenURL: String) {
        self.projectID = projectID
        self.clientEmail = clientEmail
        self.keyID = keyID
        self.key = key
        self.tokenURL = tokenURL
    }

    /// Reads the JSON file that Google gives out; nil where a member is missing, or the key is no RSA key of 2,048 bits or
    /// more.
    package init?(json: [UInt8]) {
        guard let document = try? JSONReader.readObject(json), document["type"]?.stringValue == "service_account",
            let project = document["project_id"]?.stringValue, Self.isName(project),
            let email = document["client_email"]?.stringValue, let keyID = document["private_key_id"]?.stringValue,
            let pem = document["private_key"]?.stringValue, let key = PrivateKey(pem: Array(pem.utf8)),
            key.kind == .rs256, let url = document["token_uri"]?.stringValue, url.hasPrefix("http")
        else { return nil }
        self.init(projectID: project, clientEmail: email, keyID: keyID, key: key, tokenURL: url)
    }

    /// What may stand in a path: 1 to 64 letters, digits and `-`.
    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    package var description: String { "ServiceAccount(\(projectID))" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
