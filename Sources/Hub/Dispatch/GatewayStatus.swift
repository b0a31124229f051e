package import Clinic
package import Platform

/// How a gateway does, as this hub has seen it since its start: for operators.
package struct GatewayStatus: Sendable, Equatable {
    /// Whether the dispatcher gives it messages.
    package enum State: String, CaseIterable, Sendable {
        case working = "WORKING"
        /// It asked for patience.
        case resting = "RESTING"
        /// Its breaker is open: it gets nothing while another gateway works.
        case broken = "BROKEN"
        /// Its breaker lets one call through to see.
        case probing = "PROBING"
    }

    package let name: String
    package let kind: ContactKind
    package let capabilities: [String]
    package var state: State
    /// As configured.
    package let weight: Int
    /// The part of its weight that it gets now, 0 to 1.
    package var share: Double
    package var accepted: UInt64 = 0
    package var rejected: UInt64 = 0
    package var unknown: UInt64 = 0
    package var delivered: UInt64 = 0
    package var failed: UInt64 = 0
    /// The mean of the last calls, each counting a tenth.
    package var callSeconds: Double?
    /// The last refusal or lost answer.
    package var lastFault: Fault?

    /// What went wrong, and when.
    package struct Fault: Sendable, Equatable {
        package let code: String
        package let at: WallTime
    }
}

/// The gateways' states for all loops: the dispatcher writes, whoever is asked reads. Any thread.
package final class GatewayStatuses: Sendable {
    private let statuses = Locked<[GatewayStatus]>([])

    package init() {}

    package var all: [GatewayStatus] { statuses.withLock { $0 } }

    func publish(_ all: [GatewayStatus]) { statuses.withLock { $0 = all } }
}
