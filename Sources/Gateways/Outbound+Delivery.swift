import Outbound

extension OutboundResponse {
    /// The wait that a `Retry-After` field names in seconds (RFC 9110 section 10.2.3), at most an hour; nil for a date
    /// or anything else, where the dispatcher's own backoff serves.
    var retryAfter: Duration? {
        guard let text = header("Retry-After"), !text.isEmpty, text.utf8.count <= 9,
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let seconds = Int64(text)
        else { return nil }
        return .seconds(min(seconds, 3_600))
    }
}

extension OutboundFailure {
    /// A word for `delivery_attempts.error_code`.
    var code: String {
        switch self {
        case .invalidRequest: "invalidRequest"
        case .queueFull: "queueFull"
        case .closed: "closed"
        case .deadline: "deadline"
        case .connectTimeout: "connectTimeout"
        case .nameNotResolved: "nameNotResolved"
        case .connectFailed: "connectFailed"
        case .tlsFailed: "tlsFailed"
        case .connectionLost: "connectionLost"
        case .responseTooLarge: "responseTooLarge"
        case .headTooLarge: "headTooLarge"
        case .invalidResponse: "invalidResponse"
        case .library(let number): "curl\(number)"
        }
    }
}
