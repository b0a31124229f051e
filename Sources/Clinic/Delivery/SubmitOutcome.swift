/// What became of handing a text to a gateway.
package enum SubmitOutcome: Equatable, Sendable {
    /// The gateway has it, under its own id; delivery is still open.
    case accepted(providerID: String)
    /// The gateway does not have it and will not send it.
    case rejected(DeliveryError)
    /// It may have it: no answer, or one that says nothing sure (5xx). The code is for the log and the row.
    case unknown(code: String)

    /// The state that the attempt takes.
    package var state: DeliveryState {
        switch self {
        case .accepted: .accepted
        case .rejected: .rejected
        case .unknown: .unknown
        }
    }
}
