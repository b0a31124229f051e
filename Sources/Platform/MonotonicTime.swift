import Glibc

/// A point on the machine's monotonic clock: for deadlines and measurements inside one process, never stored.
package struct MonotonicTime: Comparable, Hashable, Sendable {
    /// Nanoseconds since an arbitrary start.
    package let nanoseconds: UInt64

    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// Reads `CLOCK_MONOTONIC`. On a loop prefer `Reactor.now`, which was read once for the turn.
    package static func now() -> MonotonicTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec))
    }

    package static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.nanoseconds < right.nanoseconds }

    /// The time `duration` later; a negative duration gives the same time.
    package func advanced(by duration: Duration) -> MonotonicTime {
        MonotonicTime(nanoseconds: nanoseconds &+ duration.wholeNanoseconds)
    }

    /// How long from here to `later`; zero if it is not later.
    package func duration(to later: MonotonicTime) -> Duration {
        later > self ? .nanoseconds(Int64(clamping: later.nanoseconds &- nanoseconds)) : .zero
    }
}

extension Duration {
    /// The duration in nanoseconds, clamped to 0 … 292 years.
    package var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let nanoseconds = UInt64(min(seconds, 9_000_000_000)) &* 1_000_000_000 &+ UInt64(attoseconds / 1_000_000_000)
        return min(nanoseconds, UInt64(Int64.max))
    }

    /// The duration in milliseconds with its fraction, for people and metrics.
    package var inMilliseconds: Double { Double(wholeNanoseconds) / 1_000_000 }
}
