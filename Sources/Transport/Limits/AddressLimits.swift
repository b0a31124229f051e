package import Platform

/// What peers may cost the process before anybody knows who they are, counted by address. Any thread.
///
/// One for all loops, behind a lock, because a share of each limit a loop would not hold: the kernel spreads connections by
/// their ports, so the few of one address may all be on one loop, while a limit of the whole would be passed where each
/// loop allows all of it. So the limits hold exactly. The lock costs less than a tenth of the accept that it is taken
/// for, and than the reading of a message; nothing that is delivered takes it.
///
/// An IPv6 address counts by its /64, since one site owns all of that.
package final class AddressLimits: Sendable {
    /// Limits of the process and of each address.
    package struct Limits: Sendable, Equatable {
        /// Open connections of the process; one more is answered 503 and closed.
        package var connections = 16_384
        /// Open connections of the process whose peer has not shown a valid token yet; one more is answered 503.
        package var strangers = 16_384
        /// Open connections of one address; one more is answered 429 and closed.
        package var connectionsPerAddress = 16_384
        /// Those of them whose peer has not shown a valid token yet.
        package var strangersPerAddress = 16_384
        /// Connections that one address may open: a TLS handshake, or a WebSocket's, needs a connection of its own.
        package var openingsPerAddress = TokenBucket.Rate.perSecond(100_000)
        /// Messages and HTTP requests of one address.
        package var messagesPerAddress = TokenBucket.Rate.perSecond(1_000_000)

        package init() {}
    }

    private struct State {
        var connections = 0
        var strangers = 0
        var addresses: LimitTable<PeerAddress>
        var strangersOf: [PeerAddress: Int] = [:]
    }

    /// Addresses that are remembered besides those that have a connection.
    private static let pastAddresses = 16_384

    package let limits: Limits
    private let state: Locked<State>

    package init(_ limits: Limits = Limits()) {
        self.limits = limits
        let table = LimitTable<PeerAddress>(
            .init(
                open: limits.connectionsPerAddress, openings: limits.openingsPerAddress,
                messages: limits.messagesPerAddress),
            capacity: limits.connections + Self.pastAddresses)
        state = Locked(State(addresses: table))
    }

    /// Counts a new connection, a stranger's; nil if it may stay.
    func admit(_ peer: PeerAddress, now: MonotonicTime) -> TransportCounters.Refusal? {
        let network = peer.network
        return state.withLock { state in
            guard state.connections < limits.connections else { return .connectionLimit }
            guard state.strangers < limits.strangers else { return .strangerLimit }
            let strangers = state.strangersOf[network, default: 0]
            guard strangers < limits.strangersPerAddress else { return .addressStrangerLimit }
            switch state.addresses.open(network, now: now) {
            case .tooManyOpen: return .addressLimit
            case .tooManyOpenings, .tooManyMessages: return .addressRate
            case nil: break
            }
            state.connections += 1
            state.strangers += 1
            state.strangersOf[network] = strangers + 1
            return nil
        }
    }

    /// A connection's peer has shown who it is.
    func recognise(_ peer: PeerAddress) {
        state.withLock { Self.forgetStranger(peer.network, &$0) }
    }

    /// A connection has ended.
    func leave(_ peer: PeerAddress, wasStranger: Bool) {
        let network = peer.network
        state.withLock { state in
            state.connections -= 1
            state.addresses.close(network)
            if wasStranger { Self.forgetStranger(network, &state) }
        }
    }

    private static func forgetStranger(_ network: PeerAddress, _ state: inout State) {
        state.strangers -= 1
        let rest = state.strangersOf[network, default: 1] - 1
        state.strangersOf[network] = rest > 0 ? rest : nil
    }

    /// Counts a message or a request; false if it is one too many.
    package func takeMessage(of peer: PeerAddress, now: MonotonicTime) -> Bool {
        state.withLock { $0.addresses.take(peer.network, now: now) == nil }
    }
}
