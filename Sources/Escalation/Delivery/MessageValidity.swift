/// How long a message is worth sending: as long as its step waits for an answer. Pure.
package enum MessageValidity {
    private static let shortest = Duration.seconds(60)
    private static let alarm = Duration.seconds(300)

    /// - Parameter answerWithin: how long until the next person is called; `nil` where there is none.
    package static func of(answerWithin: Duration?) -> Duration { max(answerWithin ?? alarm, shortest) }
}
