/// What an `error` message says was wrong; the numbers up to 112 are Centrifuge's, for its clients' sake.
package enum ErrorCode: Int, CaseIterable, Hashable, Sendable {
    /// The hub could not do it just now, for example without its database.
    case internalError = 100
    /// No valid token was presented yet.
    case unauthorized = 101
    /// There is no such channel, or it is not this session's to know.
    case unknownChannel = 102
    /// The role has no right to it.
    case permissionDenied = 103
    case alreadySubscribed = 105
    /// A limit of the session, which `welcome` told.
    case limitExceeded = 106
    /// Not a message of this protocol; the text names the field.
    case badRequest = 107
    /// No such alert in this clinic, or no such subscription.
    case notFound = 108
    case tokenExpired = 109
    case tooManyRequests = 111
    /// The history does not reach back to the position; subscribe without one.
    case unrecoverablePosition = 112
    /// The alert's state does not allow it, for example because it is closed.
    case conflict = 409

    /// The words for the `name` field; stable, for programs.
    package var name: String {
        switch self {
        case .internalError: "internal error"
        case .unauthorized: "unauthorized"
        case .unknownChannel: "unknown channel"
        case .permissionDenied: "permission denied"
        case .alreadySubscribed: "already subscribed"
        case .limitExceeded: "limit exceeded"
        case .badRequest: "bad request"
        case .notFound: "not found"
        case .tokenExpired: "token expired"
        case .tooManyRequests: "too many requests"
        case .unrecoverablePosition: "unrecoverable position"
        case .conflict: "conflict"
        }
    }

    /// Whether the same message may succeed later (after a refresh, for an expired token).
    package var isTemporary: Bool {
        switch self {
        case .internalError, .tokenExpired, .tooManyRequests: true
        case .unauthorized, .unknownChannel, .permissionDenied, .alreadySubscribed, .limitExceeded, .badRequest,
            .notFound, .unrecoverablePosition, .conflict:
            false
        }
    }
}
