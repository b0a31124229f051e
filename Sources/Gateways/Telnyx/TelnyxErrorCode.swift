package import Clinic

/// What Telnyx's error codes mean for the dispatcher. The same codes come in answers and in webhooks.
package enum TelnyxErrorCode {
    /// The class of a code; nil for one that this table does not know.
    package static func errorClass(of code: Int, retryAfter: Duration? = nil) -> DeliveryError.Class? {
        switch code {
        // Too many requests; the account's or the carrier's rate.
        case 10011, 40016, 40318: .rateLimited(retryAfter: retryAfter)
        // The person answered STOP.
        case 40300: .optedOut
        // Not routable, rejected by the destination, not a mobile number, malformed.
        case 40001, 40004, 40310: .permanentAddress
        // Taken for spam; the body is not acceptable.
        case 40002, 40003, 40009, 40015, 40302: .permanentContent
        // Expired on the way, carrier or handset away, undeliverable for a reason that nobody named.
        case 40005, 40006, 40008, 40014: .transient
        // Key, funds, sender, campaign registration, region.
        case 10001, 10006, 10007, 10009, 20012, 20014, 20100, 40010, 40011, 40012, 40100, 40305, 40309, 40312, 40313,
            40329, 40333:
            .configuration
        default: nil
        }
    }
}
