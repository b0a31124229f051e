package import Clinic

/// What is known of one gateway, from its answers and from what it reports. Pure: time comes in.
package struct GatewayHealth: Equatable, Sendable {
    package private(set) var breaker = CircuitBreaker()
    /// Calls that it did not answer as one does that works.
    private var faults = DecayingShare(halfLife: .seconds(60))
    /// Messages that it took and brought late, or not at all.
    private var failures = DecayingShare(halfLife: .seconds(900))
    /// It asked to be left alone until then.
    private var restsUntil: Timestamp?

    /// A message that takes longer to arrive is as good as late.
    private static let slowDelivery = Duration.seconds(60)
    private static let longestRest = Duration.seconds(60)
    /// A gateway is never so bad that it is not tried at all.
    private static let leastShare = 0.02

    package init() {}

    /// Whether it may be called now: neither broken nor asked for patience.
    package func isUsable(at now: Timestamp) -> Bool { breaker.admits(at: now) && !isResting(at: now) }

    package func isResting(at now: Timestamp) -> Bool { restsUntil.map { now < $0 } ?? false }

    /// How long until it may be called; zero if it may be now.
    package func wait(at now: Timestamp) -> Duration {
        max(breaker.wait(at: now), restsUntil.map { max(.zero, $0.duration(since: now)) } ?? .zero)
    }

    /// Its part of its configured weight, 0.02 to 1: less with faults and failures, and back to 1 as they fade.
    package func share(at now: Timestamp) -> Double {
        let working = 1 - faults.value(at: now)
        return max(Self.leastShare, working * working * (1 - failures.value(at: now)))
    }

    package mutating func began(at now: Timestamp) { breaker.began(at: now) }

    /// An answer, or that there was none.
    package mutating func note(_ outcome: SubmitOutcome, at now: Timestamp) {
        switch outcome {
        case .accepted: worked(at: now)
        case .unknown: failed(isAccount: false, at: now)
        case .rejected(let error):
            switch error.errorClass {
            case .permanentAddress, .permanentContent, .optedOut: worked(at: now)
            case .transient: failed(isAccount: false, at: now)
            case .configuration: failed(isAccount: true, at: now)
            case .rateLimited(let wanted):
                let rest = min(max(wanted ?? .seconds(1), .seconds(1)), Self.longestRest)
                restsUntil = now.advanced(by: rest)
                faults.note(isBad: true, at: now)
            }
        }
    }

    /// What became of a message that it took, so long after.
    package mutating func note(_ report: DeliveryState, after: Duration, error: DeliveryError.Class?, at now: Timestamp)
    {
        if report.isReceipt { failures.note(isBad: after > Self.slowDelivery, at: now) }
        guard report.isFailure else { return }
        // A number that does not exist says nothing about the gateway.
        switch error {
        case .permanentAddress, .optedOut: break
        case .permanentContent, .transient, .configuration, .rateLimited, nil: failures.note(isBad: true, at: now)
        }
    }

    private mutating func worked(at now: Timestamp) {
        breaker.succeeded()
        faults.note(isBad: false, at: now)
    }

    private mutating func failed(isAccount: Bool, at now: Timestamp) {
        breaker.failed(isAccount: isAccount, at: now)
        faults.note(isBad: true, at: now)
    }
}
