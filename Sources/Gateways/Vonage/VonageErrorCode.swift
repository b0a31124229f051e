package import Clinic

/// What the numbers at the end of Vonage's error types mean for the dispatcher.
package enum VonageErrorCode {
    /// The class of a code; nil for one that this table does not know.
    package static func errorClass(of code: Int, retryAfter: Duration? = nil) -> DeliveryError.Class? {
        switch code {
        // Throttled.
        case 1000, 1241, 1380: .rateLimited(retryAfter: retryAfter)
        // Barred or illegal number, absent for good, not reachable by this network, deactivated.
        case 1050, 1170, 1190, 1240, 1250, 1280, 1300, 1370: .permanentAddress
        // Malformed, taken for spam.
        case 1010, 1020, 1021, 1022, 1210, 1320: .permanentContent
        // Internal, absent for now, busy, network, unknown, expired.
        case 1030, 1180, 1200, 1220, 1230, 1260, 1330, 1360: .transient
        // Account barred or without funds, sender, destination not allowed, credentials.
        case 1060, 1070, 1080, 1090, 1120, 1160, 1290, 1310, 1340: .configuration
        default: nil
        }
    }

    /// The number at the end of `https://developer.vonage.com/api-errors/messages#1020`.
    static func code(ofType type: String?) -> Int? {
        type.flatMap { text in text.lastIndex(of: "#").flatMap { Int(text[text.index(after: $0)...]) } }
    }
}
