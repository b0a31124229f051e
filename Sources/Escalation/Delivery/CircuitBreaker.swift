package import Clinic

/// Keeps calls away from a gateway that does not work, and lets one call through now and then to see whether it does
/// again.
///
///     closed ──5 faults in a row, or a refused account──► open ──its time is up──► probing ──success──► closed
///                                                          ▲                          │
///                                                          └──────a fault: twice the time
///
/// Pure: time comes in.
package struct CircuitBreaker: Equatable, Sendable {
    package enum State: Equatable, Sendable {
        case closed
        case open(until: Timestamp)
        /// One call is under way since then.
        case probing(since: Timestamp)
    }

    private static let faultsToOpen = 5
    private static let firstRest = Duration.seconds(5)
    private static let accountRest = Duration.seconds(30)
    private static let longestRest = Duration.seconds(120)
    /// A probe that was never heard of again is replaced by another.
    private static let longestProbe = Duration.seconds(30)

    package private(set) var state = State.closed
    private var faultsInARow = 0
    private var rest = firstRest

    package init() {}

    /// Whether a call may be made now.
    package func admits(at now: Timestamp) -> Bool {
        switch state {
        case .closed: true
        case .open(let until): now >= until
        case .probing(let since): now >= since.advanced(by: Self.longestProbe)
        }
    }

    /// How long until a call may be made; zero if it may be now.
    package func wait(at now: Timestamp) -> Duration {
        let moment: Timestamp? =
            switch state {
            case .closed: nil
            case .open(let until): until
            case .probing(let since): since.advanced(by: Self.longestProbe)
            }
        return moment.map { max(.zero, $0.duration(since: now)) } ?? .zero
    }

    /// A call begins, admitted or forced.
    package mutating func began(at now: Timestamp) {
        if state != .closed, admits(at: now) { state = .probing(since: now) }
    }

    /// The gateway answered as one does that works, with yes or no.
    package mutating func succeeded() { self = CircuitBreaker() }

    /// No answer, an error of the gateway's own, or an account that it does not accept (`isAccount`).
    package mutating func failed(isAccount: Bool, at now: Timestamp) {
        faultsInARow += 1
        switch state {
        case .closed where isAccount: open(for: Self.accountRest, at: now)
        case .closed where faultsInARow >= Self.faultsToOpen: open(for: Self.firstRest, at: now)
        case .probing: open(for: min(rest * 2, Self.longestRest), at: now)
        case .closed, .open: break
        }
    }

    private mutating func open(for rest: Duration, at now: Timestamp) {
        self.rest = rest
        state = .open(until: now.advanced(by: rest))
    }
}
