/// Why a WebSocket ended: the number of a close frame (RFC 6455 section 7.4), and the hub's own table of them.
///
/// Below 3000 the numbers are RFC 6455's and IANA's; 3000-4999 are the hub's, and there the range itself tells a client
/// what to do: 3000-3499 and 4000-4499 come back, 3500-3999 and 4500-4999 do not.
package struct CloseCode: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16

    /// Any number at all; whether a peer may say it is `isPermittedOnWire`.
    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    private init(_ rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// The purpose of the connection is fulfilled.
    package static let normal = CloseCode(1000)
    /// The endpoint goes away: the hub stops, or a browser leaves the page.
    package static let goingAway = CloseCode(1001)
    /// The peer broke the framing rules.
    package static let protocolError = CloseCode(1002)
    /// The peer sent a kind of data that is not taken, such as binary on a text protocol.
    package static let unsupportedData = CloseCode(1003)
    /// No code was in the close frame. Never sent.
    package static let noStatus = CloseCode(1005)
    /// The connection broke without a close frame. Never sent.
    package static let abnormal = CloseCode(1006)
    /// A text message is not UTF-8, or compressed data cannot be inflated.
    package static let invalidData = CloseCode(1007)
    /// The peer broke a rule that has no code of its own, such as the number of fragments.
    package static let policyViolation = CloseCode(1008)
    /// A message is longer than the limit.
    package static let messageTooBig = CloseCode(1009)
    /// A client missed an extension that it needs.
    package static let extensionMissing = CloseCode(1010)
    /// The hub failed; it is not the peer's fault.
    package static let internalError = CloseCode(1011)
    /// The hub restarts; the reason holds the peer's reconnect slot.
    package static let restart = CloseCode(1012)
    /// The hub is overloaded; come back later.
    package static let tryAgainLater = CloseCode(1013)
    /// A gateway between hub and peer got a bad answer.
    package static let badGateway = CloseCode(1014)
    /// TLS failed. Never sent.
    package static let tlsFailed = CloseCode(1015)

    /// The token expired and was not refreshed: fetch a new one, then reconnect.
    package static let tokenExpired = CloseCode(3005)
    /// More was queued for the peer than the limit: reconnect and resume by position.
    package static let tooSlow = CloseCode(3008)
    /// No pong came in time.
    package static let noPong = CloseCode(3012)
    /// The peer sent more messages than its rate allows.
    package static let rateLimited = CloseCode(3013)
    /// The token is forged, malformed or of an unknown issuer.
    package static let badToken = CloseCode(3500)
    /// The peer did not authenticate in time.
    package static let notAuthenticated = CloseCode(3502)
    /// The peer subscribed to more channels than the limit.
    package static let tooManyChannels = CloseCode(3505)
    /// The peer may not do what it asked for.
    package static let notPermitted = CloseCode(3507)

    /// Whether a close frame may carry it (RFC 6455 section 7.4.1 and IANA's registry): 1000-1003, 1007-1014, 3000-4999.
    package var isPermittedOnWire: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    /// Whether a client closed with this code should connect again by itself.
    ///
    /// Below 3000 it should, because networks and servers recover, except after a normal close and where the same client
    /// would only be closed again for the same reason (1003, 1009, 1010).
    package var allowsReconnect: Bool {
        switch rawValue {
        case 1000, 1003, 1009, 1010: false
        case 3500...3999, 4500...4999: false
        default: true
        }
    }
}

extension CloseCode: CustomStringConvertible {
    package var description: String { String(rawValue) }
}
