import Clinic

/// How large a part of what happened lately was bad, where "lately" fades with a half-life. Without news the share drifts
/// back to zero. Pure.
struct DecayingShare: Equatable, Sendable {
    private let halfLife: Duration
    private var bad = 0.0
    private var all = 0.0
    private var at: Timestamp?

    /// So many good ones are supposed to have gone before: one bad one alone condemns nobody.
    private static let credit = 4.0

    init(halfLife: Duration) { self.halfLife = halfLife }

    mutating func note(isBad: Bool, at now: Timestamp) {
        let factor = factor(at: now)
        bad = bad * factor + (isBad ? 1 : 0)
        all = all * factor + 1
        at = now
    }

    /// 0 to 1.
    func value(at now: Timestamp) -> Double {
        let factor = factor(at: now)
        return bad * factor / (all * factor + Self.credit)
    }

    /// Two to the minus `elapsed / halfLife`, straight between its points: there is no `pow` without a C library.
    private func factor(at now: Timestamp) -> Double {
        guard let at else { return 1 }
        let periods = max(0, now.duration(since: at) / halfLife)
        guard periods < 60 else { return 0 }
        let whole = periods.rounded(.down)
        return (1 - (periods - whole) / 2) / Double(UInt64(1) << UInt64(whole))
    }
}
