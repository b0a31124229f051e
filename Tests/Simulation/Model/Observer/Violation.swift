package import Clinic

/// Something that must never be, and was.
package struct Violation: Sendable, CustomStringConvertible {
    package let at: Timestamp
    package let alert: AlertID?
    package let what: String

    package var description: String {
        let about = alert.map { "alert \($0.low): " } ?? ""
        return "\(at) \(about)\(what)"
    }
}

/// What was seen of a run, or of many together.
package struct Statistics: Sendable, Equatable {
    package var alerts = 0
    package var plans = 0
    package var messages = 0
    package var attempts = 0
    package var texts = 0
    /// Texts of a message that had been taken before, all with an unknown outcome between.
    package var duplicates = 0
    /// Calls of which the attempt was committed before, and the call begun after, the alert went on.
    package var crossings = 0
    package var deadLetters = 0
    package var alarms = 0
    package var faults: [Fault: Int] = [:]
    package var excused = Duration.zero
    package var events = 0

    package init() {}

    package static func + (left: Self, right: Self) -> Self {
        var sum = left
        sum.alerts += right.alerts
        sum.plans += right.plans
        sum.messages += right.messages
        sum.attempts += right.attempts
        sum.texts += right.texts
        sum.duplicates += right.duplicates
        sum.crossings += right.crossings
        sum.deadLetters += right.deadLetters
        sum.alarms += right.alarms
        sum.faults.merge(right.faults, uniquingKeysWith: +)
        sum.excused += right.excused
        sum.events += right.events
        return sum
    }
}
