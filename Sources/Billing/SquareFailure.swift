/// Why a page of orders was not read. None of it holds anything that Square wrote, or the token.
package enum SquareFailure: Error, Hashable, Sendable {
    /// Too many requests; Square may say how long to rest.
    case rateLimited(after: Duration?)
    /// Square refuses the token (401) or what it may read (403): somebody has to look.
    case unauthorized(status: Int)
    /// Square does not take the request, for example because of a location: somebody has to look.
    case refused(status: Int)
    /// It failed by itself, or answered with a status that this API does not have; it may say how long to rest.
    case failed(status: Int, after: Duration?)
    /// It could not be asked, or did not answer in time.
    case away
    case tooLarge
    /// The answer is no page of orders.
    case notUnderstood

    /// A word for the job's row.
    package var word: String {
        switch self {
        case .rateLimited: "RATE_LIMITED"
        case .unauthorized(let status), .refused(let status), .failed(let status, _): "ANSWERED_\(status)"
        case .away: "AWAY"
        case .tooLarge: "ANSWER_TOO_LARGE"
        case .notUnderstood: "NOT_UNDERSTOOD"
        }
    }

    /// Whether the same would come of every further attempt.
    package var isPermanent: Bool {
        switch self {
        case .unauthorized, .refused: true
        case .rateLimited, .failed, .away, .tooLarge, .notUnderstood: false
        }
    }

    /// How long Square wants to be left alone.
    package var rest: Duration? {
        switch self {
        case .rateLimited(let after), .failed(_, let after): after
        case .unauthorized, .refused, .away, .tooLarge, .notUnderstood: nil
        }
    }
}
