/// How far an attempt to hand a text to a gateway has come. The raw values are those of `delivery_attempts.state`.
///
/// The one ladder: gateways report in it, the store keeps it, the dispatcher decides by it.
///
/// Answers, callbacks and time-outs arrive late, twice and in any order, so a state is only ever replaced by one that
/// supersedes it. The rank is stored beside the state, so that an UPDATE can demand it.
package enum DeliveryState: String, CaseIterable, Hashable, Sendable {
    /// Committed; the call to the gateway is under way or was cut off.
    case submitting = "SUBMITTING"
    /// The call ended without an answer: the gateway may or may not have the text.
    case unknown = "UNKNOWN"
    /// The gateway has taken the text over.
    case accepted = "ACCEPTED"
    /// The carrier has the text.
    case sent = "SENT"
    /// The gateway refused the text; it never left.
    case rejected = "REJECTED"
    /// The gateway gave up before the carrier had the text.
    case failed = "FAILED"
    /// The carrier could not deliver it.
    case undelivered = "UNDELIVERED"
    /// The phone has the text.
    case delivered = "DELIVERED"
    /// Somebody opened it.
    case read = "READ"

    /// Order among states; a higher one replaces a lower one. Delivered stands above the failures, because a late word of
    /// delivery is the truth, and nothing takes it back.
    package var rank: Int {
        switch self {
        case .submitting, .unknown: 1
        case .accepted: 2
        case .sent: 3
        case .rejected, .failed, .undelivered: 4
        case .delivered: 5
        case .read: 6
        }
    }

    /// Whether nothing more is expected, although late truth may still come.
    package var isFinal: Bool { rank >= DeliveryState.failed.rank }

    /// Whether the text did not reach the phone, as far as is known: the escalation moves on now.
    package var isFailure: Bool { self == .rejected || self == .failed || self == .undelivered }

    /// Whether the person's own device has the message: what makes an alert DELIVERED.
    package var isReceipt: Bool { self == .delivered || self == .read }

    /// Whether news of this state may replace `other`.
    package func supersedes(_ other: DeliveryState) -> Bool {
        rank > other.rank || (self == .unknown && other == .submitting)
    }
}
