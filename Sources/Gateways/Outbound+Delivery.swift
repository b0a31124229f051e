import Clinic
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

    /// Whether the status alone says that the request was refused: a server error, a proxy's time-out and a redirect tell
    /// nothing sure about the message.
    var isRefusal: Bool { (400...499).contains(status) && status != 408 }
}

extension OutboundResult {
    /// The answer, or what its absence means, which is the same for every gateway.
    var answer: Result<OutboundResponse, NoAnswer> {
        switch self {
        case .response(let response): .success(response)
        case .notSent(.invalidRequest):
            .failure(NoAnswer(outcome: .rejected(DeliveryError(.configuration, code: "invalidRequest"))))
        case .notSent(let failure):
            .failure(NoAnswer(outcome: .rejected(DeliveryError(.transient, code: failure.code))))
        case .outcomeUnknown(let failure): .failure(NoAnswer(outcome: .unknown(code: failure.code)))
        }
    }
}

/// There is no whole answer.
struct NoAnswer: Error {
    let outcome: SubmitOutcome
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
