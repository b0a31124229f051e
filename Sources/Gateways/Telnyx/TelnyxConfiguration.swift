package import Clinic
package import Cryptography

/// An account with Telnyx. It does not print, for it holds a secret.
package struct TelnyxConfiguration: Sendable, CustomStringConvertible, CustomReflectable {
    /// The bearer of requests, `KEY…`.
    package var apiKey: String
    /// The account's Ed25519 key, which signs every webhook.
    package var publicKey: PublicKey
    package var from: PhoneNumber
    /// Where the API is, without a trailing slash.
    package var baseURL: String
    /// Where Telnyx reports, as it sees it from outside. The attempt's id is added as the query `attempt`.
    package var statusCallback: String

    package init(
        apiKey: String, publicKey: PublicKey, from: PhoneNumber, baseURL: String = "https://api.telnyx.com",
        statusCallback: String
    ) {
        self.apiKey = apiKey
        self.publicKey = publicKey
        self.from = from
        self.baseURL = baseURL
        self.statusCallback = statusCallback
    }

    package var description: String { "TelnyxConfiguration(\(baseURL))" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
