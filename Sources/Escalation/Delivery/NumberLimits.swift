package import Clinic

/// How many messages one number gets in a time, so that a carrier does not block the hub and a person is not buried.
/// CRITICAL goes out whatever the count. Pure.
package struct NumberLimits: Equatable, Sendable {
    /// At most `count` messages within any `window`.
    package struct Limit: Equatable, Sendable {
        package let count: Int
        package let window: Duration

        package init(count: Int, window: Duration) {
            self.count = count
            self.window = window
        }
    }

    package let limits: [Limit]

    /// Limits of less than one message are left out: they would silence a number.
    package init(_ limits: [Limit]) { self.limits = limits.filter { $0.count > 0 && $0.window > .zero } }

    /// What is known of a number is forgotten after this.
    package var longestWindow: Duration { limits.map(\.window).max() ?? .zero }

    /// How many of the newest messages to a number matter.
    package var longestCount: Int { limits.map(\.count).max() ?? 0 }

    /// Whether messages of this urgency are counted against their number at all.
    package func bind(_ urgency: UrgencyLevel) -> Bool { urgency < .critical && !limits.isEmpty }

    /// How long a message must wait; zero if it may go now.
    ///
    /// - Parameter ages: how long ago the number's last messages were, newest first.
    package func wait(for urgency: UrgencyLevel, ages: [Duration]) -> Duration {
        guard bind(urgency) else { return .zero }
        return limits.reduce(.zero) { longest, limit in
            guard ages.count >= limit.count else { return longest }
            return max(longest, limit.window - ages[limit.count - 1])
        }
    }
}
