package import Clinic
package import Wire

/// A request that a gateway made to the hub's callback path, as it came in.
package struct GatewayCallback: Equatable, Sendable {
    /// Path and query as they were sent, not decoded: signatures are computed over them.
    package let target: String
    package let fields: HTTPFields
    /// As it was sent.
    package let body: [UInt8]

    package init(target: String, fields: HTTPFields, body: [UInt8]) {
        self.target = target
        self.fields = fields
        self.body = body
    }
}

/// What a verified callback says about one attempt.
package struct GatewayEvent: Equatable, Sendable {
    package let attempt: AttemptID
    /// The gateway's id of the text.
    package let providerID: String
    package let state: DeliveryState
    /// Why, where `state.isFailure`.
    package let error: DeliveryError?
    /// The gateway's own word for the state, for `gateway_events.status`.
    package let status: String
    /// Equal for repetitions of one event: the inbox's key, which makes replays harmless.
    package let key: String

    package init(
        attempt: AttemptID, providerID: String, state: DeliveryState, error: DeliveryError?, status: String, key: String
    ) {
        self.attempt = attempt
        self.providerID = providerID
        self.state = state
        self.error = error
        self.status = status
        self.key = key
    }
}

/// Why a callback is not believed. Nothing is changed and nothing of it is stored.
package enum CallbackRefusal: Error, Equatable, Sendable {
    /// No signature, or not ours: answer 403.
    case forged
    /// Signed, but for another account: answer 403.
    case foreignAccount
    /// Signed, but it cannot be read or names no attempt: answer 400.
    case malformed

    /// The HTTP status to answer with.
    package var status: Int {
        switch self {
        case .forged, .foreignAccount: 403
        case .malformed: 400
        }
    }
}
