/// How long to pause before the next attempt: doubled each time up to a limit, and drawn from its upper half, so that the
/// connections of many loops and nodes do not come back at the same instant.
struct Backoff {
    private let limits: ClosedRange<Duration>
    private(set) var failures = 0

    init(_ limits: ClosedRange<Duration>) { self.limits = limits }

    mutating func reset() { failures = 0 }

    /// The pause before the next attempt.
    mutating func next() -> Duration {
        let whole = min(limits.lowerBound * (1 << min(failures, 20)), limits.upperBound)
        failures = min(failures + 1, 20)
        return whole / 2 + whole / 2 * Double.random(in: 0...1)
    }
}
