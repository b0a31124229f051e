package import Clinic

/// What Twilio's error codes mean for the dispatcher. The same codes come in answers and in callbacks.
package enum TwilioErrorCode {
    /// The class of a code; nil for one that this table does not know, of which the caller decides.
    ///
    /// Twilio warns that meanings change, so an unknown code is tried again once rather than believed to be final.
    package static func errorClass(of code: Int, retryAfter: Duration? = nil) -> DeliveryError.Class? {
        switch code {
        // Too many requests: never processed.
        case 20429, 14107, 63017, 63018: .rateLimited(retryAfter: retryAfter)
        // Queue overflow, account suspended temporarily, validity expired, handset unreachable, unknown error.
        case 21611, 30001, 30003, 30008, 30036: .transient
        // Credentials, account, sender, geographic permission, campaign registration.
        case 20003, 20404, 20005, 20008, 21408, 21603, 21606, 21607, 21608, 21612, 21659, 21660, 21703, 30002, 30032,
            30033, 30034, 30035:
            .configuration
        // No such number, a landline, not mobile, blocked by the carrier for this subscriber.
        case 21211, 21217, 21401, 21407, 21421, 21614, 21635, 30004, 30005, 30006: .permanentAddress
        case 21610: .optedOut
        // Filtered by the carrier, body missing or too long.
        case 21602, 21605, 21617, 21619, 30007, 30022, 30037, 30038: .permanentContent
        default: nil
        }
    }

    /// Why a delivered-or-not callback failed; a code that is missing or not known counts as transient.
    package static func error(ofCallback code: String?) -> DeliveryError {
        guard let code, !code.isEmpty else { return DeliveryError(.transient, code: "unspecified") }
        return DeliveryError(Int(code).flatMap { errorClass(of: $0) } ?? .transient, code: code)
    }
}
