package import Clinic
package import Wire

/// A request that a gateway made to one of the hub's callback paths, as it came in.
package struct GatewayCallback: Equatable, Sendable {
    /// Path and query as they were sent, not decoded: signatures are computed over them.
    package let target: String
    package let fields: HTTPFields
    /// As it was sent.
    package let body: [UInt8]
    /// Signatures that carry a time are believed for some minutes around it.
    package let receivedAt: Timestamp

    package init(target: String, fields: HTTPFields, body: [UInt8], receivedAt: Timestamp) {
        self.target = target
        self.fields = fields
        self.body = body
        self.receivedAt = receivedAt
    }

    /// The attempt that the query names, as the hub wrote it into the callback's URL.
    var attempt: AttemptID? { query?["attempt"].flatMap { AttemptID($0) } }

    /// The path without its query.
    var path: Substring { target.prefix { $0 != "?" } }

    var query: URLEncodedForm? {
        target.firstIndex(of: "?").flatMap { URLEncodedForm(Array(target[target.index(after: $0)...].utf8)) }
    }

    /// The value of a field that stands there exactly once.
    func single(_ name: String) -> String? { fields.count(of: name) == 1 ? fields[name] : nil }

    /// Whether a moment that a signature names is within the vendor's replay window, five minutes to either side.
    func isFresh(secondsSince1970 seconds: Int64) -> Bool {
        let now = receivedAt.microseconds / 1_000_000
        let (age, overflow) = now.subtractingReportingOverflow(seconds)
        return !overflow && (-300...300).contains(age)
    }
}

/// What a verified callback says.
package struct CallbackContent: Equatable, Sendable {
    package var events: [GatewayEvent] = []
    package var texts: [InboundText] = []
    /// What to answer with; nil is 204 without a body.
    package var answer: Answer?

    package init(events: [GatewayEvent] = [], texts: [InboundText] = [], answer: Answer? = nil) {
        self.events = events
        self.texts = texts
        self.answer = answer
    }

    /// A body that the gateway insists on.
    package struct Answer: Equatable, Sendable {
        package let contentType: String
        package let body: String
    }
}

/// What a verified callback says about one attempt.
package struct GatewayEvent: Equatable, Sendable {
    /// nil where the callback names the gateway's own id alone.
    package let attempt: AttemptID?
    /// The gateway's id of the message.
    package let providerID: String
    package let state: DeliveryState
    /// Why, where `state.isFailure`.
    package let error: DeliveryError?
    /// Equal for repetitions of one event: the inbox's key, which makes replays harmless.
    package let key: String

    package init(attempt: AttemptID?, providerID: String, state: DeliveryState, error: DeliveryError?, key: String) {
        self.attempt = attempt
        self.providerID = providerID
        self.state = state
        self.error = error
        self.key = key
    }
}

/// Why a callback is not believed. Nothing is changed and nothing of it is stored.
package enum CallbackRefusal: Error, Equatable, Sendable {
    /// No signature, or not ours: answer 403.
    case forged
    /// Signed, but for another account: answer 403.
    case foreignAccount
    /// Signed once, but too long ago, or in the future: answer 403.
    case stale
    /// Signed, but it cannot be read or names no attempt: answer 400.
    case malformed

    /// The HTTP status to answer with.
    package var status: Int {
        switch self {
        case .forged, .foreignAccount, .stale: 403
        case .malformed: 400
        }
    }
}
