package import Cryptography

/// An account with Vonage. It does not print, for it holds secrets.
package struct VonageConfiguration: Sendable, CustomStringConvertible, CustomReflectable {
    /// How requests prove whose they are.
    package enum Credentials: Sendable {
        /// Key and secret of the account.
        case basic(key: String, secret: String)
        /// An application and its RSA key: a token of its own for each request.
        case application(id: String, key: PrivateKey)
    }

    package var credentials: Credentials
    /// Signs every webhook.
    package var signatureSecret: HS256Key
    /// The sending number without `+`, or a sender's name.
    package var from: String
    /// Where the API is, without a trailing slash.
    package var baseURL: String
    /// Where Vonage reports, as it sees it from outside.
    package var statusCallback: String

    package init(
        credentials: Credentials, signatureSecret: HS256Key, from: String,
        baseURL: String = "https://api.nexmo.com", statusCallback: String
    ) {
        self.credentials = credentials
        self.signatureSecret = signatureSecret
        self.from = from
        self.baseURL = baseURL
        self.statusCallback = statusCallback
    }

    package var description: String { "VonageConfiguration(\(baseURL))" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
