package import Clinic

/// An account with Twilio, or with whatever speaks its Messages API. It does not print, for it holds secrets.
package struct TwilioConfiguration: Sendable, CustomStringConvertible, CustomReflectable {
    /// Whom a text comes from.
    package enum Sender: Equatable, Sendable {
        case number(PhoneNumber)
        /// A pool of numbers, `MG` and 32 hexadecimal digits.
        case messagingService(String)
    }

    /// `AC` and 32 hexadecimal digits.
    package var accountSid: String
    /// Signs callbacks; also the password of requests unless there is an API key.
    package var authToken: String
    /// The other token while tokens are rotated; callbacks signed by either are believed.
    package var secondaryAuthToken: String?
    /// User and password of requests, preferred over the account's own.
    package var apiKey: (sid: String, secret: String)?
    package var sender: Sender
    /// Where the API is, without a trailing slash.
    package var baseURL: String
    /// Where Twilio reports, as it sees it from outside. The attempt's id is added as the query `attempt`.
    package var statusCallback: String
    /// Where Twilio passes replies on, as it is configured there for the number or the messaging service.
    package var inboundCallback: String

    package init(
        accountSid: String, authToken: String, sender: Sender, baseURL: String = "https://api.twilio.com",
        statusCallback: String, inboundCallback: String
    ) {
        self.accountSid = accountSid
        self.authToken = authToken
        self.sender = sender
        self.baseURL = baseURL
        self.statusCallback = statusCallback
        self.inboundCallback = inboundCallback
    }

    package var description: String { "TwilioConfiguration(\(accountSid), \(baseURL))" }
    package var customMirror: Mirror { Mirror(self, children: ["accountSid": accountSid]) }
}
