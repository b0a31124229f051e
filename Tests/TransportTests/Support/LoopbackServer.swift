import Platform
import Testing
import Transport

/// A loop with a server on a free port of 127.0.0.1, for one test.
final class LoopbackServer: Sendable {
    struct State {
        let server: HTTPServer
        let handler: TestHandler
    }

    let journal = Journal()
    let port: UInt16
    private let loop: EventLoop<State>

    init(
        _ limits: TransportLimits = .patient, addresses: AddressLimits = AddressLimits(),
        tls: TLSConfiguration? = nil
    ) throws {
        let bound = Locked<UInt16>(0)
        loop = try EventLoop(name: "test") { [journal] reactor in
            let handler = TestHandler(reactor: reactor, journal: journal)
            let server = HTTPServer(reactor: reactor, limits: limits, addresses: addresses, handler: handler)
            handler.server = server
            if let tls { try server.secure(with: tls) }
            let any = try #require(SocketAddress(host: "127.0.0.1", port: 0))
            let address = try server.listen(on: any)
            bound.withLock { $0 = address.port }
            return State(server: server, handler: handler)
        }
        port = bound.withLock { $0 }
    }

    deinit {
        loop.stop()
        loop.join()
    }

    func connect(receiveBuffer: CInt? = nil) throws -> Peer { try Peer(port: port, receiveBuffer: receiveBuffer) }

    /// A client that speaks TLS, its handshake done.
    func connectSecurely(
        _ options: TLSPeer.Options = TLSPeer.Options(), receiveBuffer: CInt? = nil
    ) throws -> TLSPeer {
        let peer = try TLSPeer(port: port, options: options, receiveBuffer: receiveBuffer)
        try peer.handshake()
        return peer
    }

    /// Runs `body` on the loop and waits for its result.
    func onLoop<Result: Sendable>(_ body: @escaping @Sendable (State) -> Result) -> Result? {
        let result = Locked<Result?>(nil)
        let done = Latch()
        loop.post { state in
            let value = body(state)
            result.withLock { $0 = value }
            done.open()
        }
        done.wait()
        return result.withLock { $0 }
    }

    /// Starts `body` on the loop and does not wait.
    func post(_ body: @escaping @Sendable (State) -> Void) { loop.post(body) }

    var counters: TransportCounters { onLoop { $0.server.counters } ?? TransportCounters() }
}

extension TransportLimits {
    /// The hub's limits, but on a loaded machine and under a sanitizer nobody runs out of time.
    static var patient: TransportLimits {
        var limits = TransportLimits()
        let patience = Duration.seconds(600)
        limits.headerDeadline = patience
        limits.writeDeadline = patience
        limits.userTimeout = patience
        limits.messageDeadline = patience
        limits.pongDeadline = patience
        return limits
    }

    /// The same with a deadline clock that steps fast enough for tests of one deadline.
    static func quick(_ change: (inout TransportLimits) -> Void = { _ in }) -> TransportLimits {
        var limits = patient
        limits.tick = .milliseconds(10)
        change(&limits)
        return limits
    }
}

extension AddressLimits {
    static func limited(_ change: (inout Limits) -> Void) -> AddressLimits {
        var limits = Limits()
        change(&limits)
        return AddressLimits(limits)
    }
}
