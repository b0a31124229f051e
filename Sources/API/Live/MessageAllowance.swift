import Platform

/// How many messages a session may still send: a token bucket that fills with time.
struct MessageAllowance {
    private static let burst: Float = 2_000
    private static let perSecond: Float = 200
    private var tokens = burst
    private var filledAt: MonotonicTime

    init(now: MonotonicTime) { filledAt = now }

    /// Takes one; false if there is none.
    mutating func take(now: MonotonicTime) -> Bool {
        let elapsed = Float(filledAt.duration(to: now).wholeNanoseconds) / 1e9
        tokens = min(Self.burst, tokens + elapsed * Self.perSecond)
        filledAt = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
