import Clinic
import Database

/// How long a message is worth sending: as long as its step waits for an answer.
enum MessageValidity {
    private static let shortest = Duration.seconds(60)
    private static let alarm = Duration.seconds(300)

    static func of(answerWithin: Duration?) -> Duration { max(answerWithin ?? alarm, shortest) }
}

extension Parameter {
    /// Whole seconds, rounded up, or null.
    static func seconds(_ duration: Duration?) -> Parameter {
        guard let duration else { return .null }
        let (seconds, attoseconds) = duration.components
        return .integer(min(attoseconds > 0 ? seconds &+ 1 : seconds, Int64(Int32.max)))
    }
}
