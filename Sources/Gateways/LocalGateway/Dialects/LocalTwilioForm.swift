import Clinic
import Wire

/// The form of a request to send a text, checked as Twilio checks it.
struct LocalTwilioForm {
    let to: String
    let from: String
    let body: String
    let callbackURL: String?

    private static let maximumBodyLength = 1_600

    init(_ bytes: [UInt8]) throws(LocalGatewayError) {
        guard let form = URLEncodedForm(bytes) else { throw .badRequest(20001, "The body is not a form") }
        guard let to = form["To"], !to.isEmpty else { throw .badRequest(21604, "A 'To' phone number is required.") }
        guard PhoneNumber(to) != nil else { throw .invalidNumber }
        guard let from = form["From"] ?? form["MessagingServiceSid"], !from.isEmpty else {
            throw .badRequest(21603, "A 'From' phone number is required.")
        }
        guard let body = form["Body"], !body.isEmpty else { throw .badRequest(21602, "Message body is required.") }
        guard body.unicodeScalars.count <= Self.maximumBodyLength else {
            throw .badRequest(21617, "The concatenated message body exceeds the 1600 character limit.")
        }
        if let validity = form["ValidityPeriod"] {
            guard let seconds = Int(validity), (1...36_000).contains(seconds) else {
                throw .badRequest(21620, "The ValidityPeriod is not between 1 and 36000 seconds.")
            }
        }
        if let url = form["StatusCallback"] {
            guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
                throw .badRequest(21609, "The StatusCallback URL is not valid.")
            }
        }
        self.to = to
        self.from = from
        self.body = body
        callbackURL = form["StatusCallback"]
    }
}
