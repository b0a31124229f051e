package import Clinic
import Wire

/// What FCM's error codes mean for the dispatcher.
package enum FCMErrorCode {
    /// The code of the detail of type `FcmError`; nil where the answer has none.
    static func code(in document: JSONObject?) -> String? {
        let details = document?["error"]?["details"]?.arrayValue ?? []
        for detail in details where detail["@type"]?.stringValue?.hasSuffix("FcmError") == true {
            if let code = detail["errorCode"]?.stringValue, code.utf8.count <= 64 { return code }
        }
        return nil
    }

    /// The class of a code, or of the status where there is none; nil where the message may have been taken.
    package static func errorClass(
        of code: String, status: Int, retryAfter: Duration? = nil
    ) -> DeliveryError.Class? {
        switch code {
        // The app is gone from the device, or the token is no token.
        case "UNREGISTERED": .permanentAddress
        case "INVALID_ARGUMENT": .permanentAddress
        // Another project's token; the vendor behind FCM does not let us in.
        case "SENDER_ID_MISMATCH", "THIRD_PARTY_AUTH_ERROR": .configuration
        case "QUOTA_EXCEEDED": .rateLimited(retryAfter: retryAfter ?? .seconds(60))
        // Not taken, says Google: try again with backoff.
        case "UNAVAILABLE": .rateLimited(retryAfter: retryAfter ?? .seconds(10))
        case "INTERNAL": nil
        default:
            switch status {
            case 429: .rateLimited(retryAfter: retryAfter ?? .seconds(60))
            case 400: .permanentContent
            case 404: .permanentAddress
            case 401, 403: .configuration
            default: nil
            }
        }
    }
}
