package import Wire

/// What one loop's transport has done so far, for the metrics; a plain value, copied to be read.
package struct TransportCounters: Sendable, Equatable {
    /// Why a connection was not served, or was ended by the hub.
    package enum Refusal: String, Sendable, CaseIterable {
        /// The process has as many connections as it may.
        case connectionLimit = "connection_limit"
        /// The address has as many connections as it may.
        case addressLimit = "address_limit"
        /// The address opens connections too fast.
        case addressRate = "address_rate"
        case addressMessages = "address_messages"
        /// Too many connections whose peers nobody knows: of the process, of the address.
        case strangerLimit = "unauthenticated_limit"
        case addressStrangerLimit = "unauthenticated_address_limit"
        /// More was said before authentication than is listened to.
        case strangerMessages = "unauthenticated_messages"
        case sessionMessages = "session_messages"
        case userLimit = "user_limit"
        case userRate = "user_rate"
        case userMessages = "user_messages"
        case clinicLimit = "clinic_limit"
        case clinicRate = "clinic_rate"
        case clinicMessages = "clinic_messages"
        case headerDeadline = "header_deadline"
        case bodyDeadline = "body_deadline"
        case handlerDeadline = "handler_deadline"
        case writeDeadline = "write_deadline"
        case malformedRequest = "malformed_request"
        case failedUpgrade = "failed_upgrade"
        /// The peer does not speak TLS, or none that both sides speak.
        case tlsHandshake = "tls_handshake"
        /// A TLS handshake was not done in time.
        case tlsDeadline = "tls_deadline"
    }

    package var accepted: UInt64 = 0
    /// Times that accept failed for want of descriptors or memory.
    package var acceptFailures: UInt64 = 0
    package var openConnections = 0
    package var openWebSockets = 0
    /// TLS handshakes that were completed, and those of them that took up an earlier session.
    package var handshakes: UInt64 = 0
    package var resumedHandshakes: UInt64 = 0
    package var requests: UInt64 = 0
    package var upgrades: UInt64 = 0
    package var bytesIn: UInt64 = 0
    package var bytesOut: UInt64 = 0
    package var framesIn: UInt64 = 0
    /// Frames handed to ``WebSocketConnection/deliver(_:)`` and accepted, written or queued.
    package var framesOut: UInt64 = 0
    /// Frames that the socket would not take at once.
    package var framesQueued: UInt64 = 0
    /// Connections that ended by an error of the socket, such as a reset.
    package var lost: UInt64 = 0
    /// Answers by status.
    package private(set) var responses: [HTTPStatus: UInt64] = [:]
    /// Ends of WebSockets by close code; 1006 where there was no close handshake.
    package private(set) var closes: [CloseCode: UInt64] = [:]
    package private(set) var refusals: [Refusal: UInt64] = [:]

    package init() {}

    mutating func answered(_ status: HTTPStatus) { responses[status, default: 0] &+= 1 }
    mutating func closed(_ code: CloseCode) { closes[code, default: 0] &+= 1 }
    mutating func refused(_ reason: Refusal) { refusals[reason, default: 0] &+= 1 }
}
