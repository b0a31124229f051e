/// How often a job is tried, and how long it rests between. A value; pure.
package struct JobRetry: Hashable, Sendable {
    /// What is to become of a job whose attempt failed.
    package enum Decision: Hashable, Sendable {
        case again(after: Duration)
        case dead
    }

    /// At least 1.
    package let attempts: Int
    private let firstRest: Duration
    private let longestRest: Duration

    /// The rest is doubled with each attempt, from `firstRest` up to `longestRest`.
    package init(attempts: Int = 5, firstRest: Duration = .seconds(2), longestRest: Duration = .seconds(300)) {
        self.attempts = max(1, attempts)
        self.firstRest = max(.zero, firstRest)
        self.longestRest = max(firstRest, longestRest)
    }

    /// - Parameters:
    ///   - attempt: how many there were with the one that failed; 1 for the first.
    ///   - jitter: 0 to 1: where in the upper half of its rest the job is tried again, so that what failed together does not
    ///     come back together.
    ///   - isPermanent: whether the same would come of every further attempt.
    package func decide(afterAttempt attempt: Int, jitter: Double, isPermanent: Bool = false) -> Decision {
        guard attempt < attempts, !isPermanent else { return .dead }
        let doublings = min(max(attempt - 1, 0), 20)
        let whole = min(firstRest * (1 << doublings), longestRest)
        return .again(after: whole / 2 + whole / 2 * min(max(jitter, 0), 1))
    }
}
