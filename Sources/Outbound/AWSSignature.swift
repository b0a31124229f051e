/// What signs a request to Amazon's services by Signature Version 4; libcurl does it, with the time of sending. It does
/// not print.
package struct AWSSignature: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
    package let region: String
    package let service: String
    package let accessKeyID: String
    package let secretAccessKey: String

    package init(region: String, service: String, accessKeyID: String, secretAccessKey: String) {
        self.region = region
        self.service = service
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
    }

    /// The value of `CURLOPT_AWS_SIGV4`.
    var scheme: String { "aws:amz:\(region):\(service)" }

    /// The value of `CURLOPT_USERPWD`; the first colon parts it, and no key id has one.
    var credentials: String { "\(accessKeyID):\(secretAccessKey)" }

    package var description: String { "AWSSignature(\(region), \(service))" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
