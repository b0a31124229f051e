package import Clinic

/// The numbers of messages that are about to go out, and how long ago each had its last ones: what decides whether a message
/// waits. Pure.
///
/// `Number` is whatever stands for a number and tells it from others, such as a digest.
package struct NumberCounts<Number: Hashable & Sendable>: Sendable {
    private var ages: [Number: [Duration]] = [:]
    /// Numbers that another hub is counting.
    private var foreign: Set<Number> = []
    /// A number that another hub is counting is looked at again after this.
    private static var foreignWait: Duration { .seconds(1) }

    package init() {}

    /// A message counts once, when it is first tried: what failed is not held up by its own failure.
    package static func binds(_ urgency: UrgencyLevel, by limits: NumberLimits, isFirstTry: Bool) -> Bool {
        isFirstTry && limits.bind(urgency)
    }

    /// Another hub is counting this number.
    package mutating func noteForeign(_ number: Number) { foreign.insert(number) }

    /// The number had a message so long ago; to be told newest first.
    package mutating func note(_ age: Duration, of number: Number) { ages[number, default: []].append(age) }

    /// How long a message to the number must wait; zero if it may go now.
    package func wait(
        for urgency: UrgencyLevel, by limits: NumberLimits, isFirstTry: Bool, to number: Number
    ) -> Duration {
        guard Self.binds(urgency, by: limits, isFirstTry: isFirstTry) else { return .zero }
        if foreign.contains(number) { return Self.foreignWait }
        return limits.wait(for: urgency, ages: ages[number] ?? [])
    }

    /// A message to the number goes out now.
    package mutating func count(_ number: Number, isFirstTry: Bool) {
        if isFirstTry { ages[number, default: []].insert(.zero, at: 0) }
    }
}
