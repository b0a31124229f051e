/// Why a gateway refused or lost a text, sorted by what to do about it.
package struct DeliveryError: Error, Equatable, Sendable {
    /// What the dispatcher does next.
    package enum Class: Equatable, Sendable {
        /// This number will never work: mark the contact unreachable, tell an administrator, go on at once.
        case permanentAddress
        /// This text or sender will not pass through this gateway: another gateway may; do not repeat here.
        case permanentContent
        /// It may work later or through another gateway: try again with backoff.
        case transient
        /// Our account, credentials or sender are wrong: open the gateway's breaker and call the operator.
        case configuration
        /// The person asked not to be texted: mark the contact, tell an administrator, go on at once.
        case optedOut
        /// Not processed, because too much came at once: try again, not before this time where the gateway named one.
        case rateLimited(retryAfter: Duration?)

        /// Whether sending the same text again through the same gateway can succeed.
        package var isRetryable: Bool {
            switch self {
            case .transient, .rateLimited: true
            case .permanentAddress, .permanentContent, .configuration, .optedOut: false
            }
        }

        /// Whether another gateway may take what this one refused.
        package var isOfGateway: Bool {
            switch self {
            case .transient, .rateLimited, .permanentContent, .configuration: true
            case .permanentAddress, .optedOut: false
            }
        }

        /// The word that metrics and `timeline` use.
        package var name: String {
            switch self {
            case .permanentAddress: "permanentAddress"
            case .permanentContent: "permanentContent"
            case .transient: "transient"
            case .configuration: "configuration"
            case .optedOut: "optedOut"
            case .rateLimited: "rateLimited"
            }
        }
    }

    package let errorClass: Class
    /// The gateway's own code (`30003`), or a word of ours (`connectFailed`, `http503`); at most 64 characters, for
    /// `delivery_attempts.error_code`. Holds nothing of the text or the number.
    package let code: String

    package init(_ errorClass: Class, code: String) {
        self.errorClass = errorClass
        self.code = String(code.prefix(64))
    }
}
