/// An account with Amazon Web Services that sends texts by SNS. It does not print, for it holds a secret.
package struct SNSConfiguration: Sendable, CustomStringConvertible, CustomReflectable {
    /// Such as `us-east-1`.
    package var region: String
    package var accessKeyID: String
    package var secretAccessKey: String
    /// With temporary credentials alone.
    package var sessionToken: String?
    /// The number that the text comes from, where the account has several.
    package var originationNumber: String?
    /// Where the API is, without a trailing slash.
    package var baseURL: String

    package init(
        region: String, accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil,
        originationNumber: String? = nil, baseURL: String? = nil
    ) {
        self.region = region
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.originationNumber = originationNumber
        self.baseURL = baseURL ?? "https://sns.\(region).amazonaws.com"
    }

    package var description: String { "SNSConfiguration(\(region))" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
