package import Platform

/// How often something may happen: a bucket that fills with time, and of which each event takes one. A plain value; what is
/// asked for the time is the caller.
package struct TokenBucket: Sendable, Equatable {
    /// What fills it.
    package struct Rate: Sendable, Equatable {
        package var perSecond: Double
        /// What may come at once after a pause.
        package var burst: Double

        package init(perSecond: Double, burst: Double) {
            self.perSecond = perSecond
            self.burst = burst
        }

        /// So many a second, and ten seconds' worth at once: screens of one place come in bursts, and then are still.
        package static func perSecond(_ count: Int) -> Rate {
            Rate(perSecond: Double(count), burst: Double(count) * 10)
        }
    }

    private var level: Double
    private var filledAt: MonotonicTime

    /// A full one.
    package init(_ rate: Rate, now: MonotonicTime) {
        level = rate.burst
        filledAt = now
    }

    /// Takes one; false if there is none.
    package mutating func take(_ rate: Rate, now: MonotonicTime) -> Bool {
        level = filled(rate, now: now)
        filledAt = max(filledAt, now)
        guard level >= 1 else { return false }
        level -= 1
        return true
    }

    /// Whether nothing shows any more that something was taken.
    package func isFull(_ rate: Rate, now: MonotonicTime) -> Bool { filled(rate, now: now) >= rate.burst }

    private func filled(_ rate: Rate, now: MonotonicTime) -> Double {
        let elapsed = Double(filledAt.duration(to: now).wholeNanoseconds) / 1e9
        return min(rate.burst, level + elapsed * rate.perSecond)
    }
}
