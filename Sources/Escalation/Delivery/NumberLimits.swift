package import Clinic

/// How many messages one number gets in a time, so that a carrier does not block the hub and a person is not buried.
/// Pure.
package struct NumberLimits: Equatable, Sendable {
    /// At most `count` messages within any `window`.
    package struct Limit: Equatable, Sendable {
        package let count: Int
        package let window: Duration
        /// Urgencies that go out whatever the count.
        package let spares: Set<UrgencyLevel>

        package init(count: Int, window: Duration, spares: Set<UrgencyLevel> = [.critical]) {
            self.count = count
            self.window = window
            self.spares = spares
        }
    }

    package let limits: [Limit]

    /// Limits of less than one message are left out: they would silence a number.
    package init(_ limits: [Limit]) { self.limits = limits.filter { $0.count > 0 && $0.window > .zero } }

    /// Both at once: whichever is stricter holds.
    package func and(_ other: NumberLimits) -> NumberLimits { NumberLimits(limits + other.limits) }

    /// What is known of a number is forgotten after this.
    package var longestWindow: Duration { limits.map(\.window).max() ?? .zero }

    /// How many of the newest messages to a number matter.
    package var longestCount: Int { limits.map(\.count).max() ?? 0 }

    /// Whether messages of this urgency are counted against their number at all.
    package func bind(_ urgency: UrgencyLevel) -> Bool { limits.contains { !$0.spares.contains(urgency) } }

    /// How long a message must wait; zero if it may go now.
    ///
    /// - Parameter ages: how long ago the number's last messages were, newest first.
    package func wait(for urgency: UrgencyLevel, ages: [Duration]) -> Duration {
        limits.reduce(.zero) { longest, limit in
            guard ages.count >= limit.count, !limit.spares.contains(urgency) else { return longest }
            return max(longest, limit.window - ages[limit.count - 1])
        }
    }
}
