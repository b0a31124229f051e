package import Wire

/// Why the hub closes a WebSocket: the close codes of this protocol (RFC 6455 §7.4).
///
/// A client comes back after 3000–3499, 4000–4499 and most codes below 3000; after 3500–3999 and 4500–4999 it does not,
/// since the same would happen again. The table for clients is `Protocol/close-codes.json`.
package enum SessionEnd: UInt16, CaseIterable, Hashable, Sendable {
    case normal = 1000
    /// The hub stops and does not come back soon.
    case goingAway = 1001
    case protocolError = 1002
    /// A binary message; this protocol is text.
    case unsupportedData = 1003
    /// A text message that is not UTF-8.
    case invalidData = 1007
    case policyViolation = 1008
    case messageTooBig = 1009
    case internalError = 1011
    /// The hub restarts; the reason carries the moment to come back, see `reason(retryAfterMilliseconds:)`.
    case restart = 1012
    /// The hub has no room or no database at the moment.
    case tryAgainLater = 1013
    /// The token's time is over: come back with a new one.
    case tokenExpired = 3005
    /// The client did not take its events fast enough: come back and resume by position.
    case tooSlow = 3008
    /// Nothing was heard from the client for too long.
    case noPong = 3012
    /// Too many messages.
    case rateLimited = 3013
    /// The token is forged, malformed, or not for this hub.
    case badToken = 3500
    /// No token in time.
    case authenticationTimeout = 3502
    /// The token was revoked, or all that its bearer was given so far.
    case revoked = 3503
    case tooManyChannels = 3505
    case notPermitted = 3507

    /// The code as frames carry it.
    package var closeCode: CloseCode { CloseCode(rawValue: rawValue) }

    /// Whether the client should connect again.
    package var invitesReconnect: Bool { closeCode.allowsReconnect }

    /// The close frame's reason: at most 123 bytes of UTF-8, no data of anybody.
    package var reason: String {
        switch self {
        case .normal: "bye"
        case .goingAway: "going away"
        case .protocolError: "protocol error"
        case .unsupportedData: "text messages only"
        case .invalidData: "not UTF-8"
        case .policyViolation: "policy violation"
        case .messageTooBig: "message too big"
        case .internalError: "internal error"
        case .restart: "restart"
        case .tryAgainLater: "try again later"
        case .tokenExpired: "token expired"
        case .tooSlow: "too slow"
        case .noPong: "no pong"
        case .rateLimited: "rate limited"
        case .badToken: "bad token"
        case .authenticationTimeout: "no authentication in time"
        case .revoked: "revoked"
        case .tooManyChannels: "too many channels"
        case .notPermitted: "not permitted"
        }
    }

    /// The reason with this client's own slot to come back in, so that a restart does not bring all at once.
    package func reason(retryAfterMilliseconds slot: UInt32) -> String {
        "\(reason) retry_after_ms=\(slot)"
    }
}
