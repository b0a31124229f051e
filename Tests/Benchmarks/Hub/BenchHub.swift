import API
import Clinic
import Database
import Gateways
import Hub
import HubProtocol
import Platform
import Store
import Transport
import Wire

/// The hub's serving side inside this process: the same layers, put together as `alert-hub serve` does, on loops of
/// their own, so that a loop's CPU time and allocations can be read on its own thread. No engine, no dispatcher.
final class BenchHub: Sendable {
    let port: UInt16
    let loops: [EventLoop<ServingLoop>]
    private let broadcast = Broadcast()

    /// What a measure wants to be otherwise than the hub's defaults.
    struct Variant: Sendable {
        /// Sends of one event together by io_uring; where the kernel has none, the loop does not start.
        var usesSendRing = false
        var tls: TLSConfiguration?
    }

    /// There is no io_uring here.
    struct NoSendRing: Error {}

    init(_ database: ConnectionSettings, loops count: Int, _ variant: Variant = Variant()) throws {
        let work = WorkSignal()
        let status = BenchStatus()
        let broadcast = broadcast
        var loops: [EventLoop<ServingLoop>] = []
        for index in 0..<count {
            loops.append(
                try EventLoop(name: "hub-\(index)") { reactor in
                    if variant.usesSendRing, !reactor.useSendRing() { throw NoSendRing() }
                    return try ServingLoop(reactor, database, broadcast, work, status, variant.tls)
                })
        }
        self.loops = loops
        for loop in loops { broadcast.join { event in loop.post { $0.hub.channels.publish(event) } } }
        var address = try SocketAddress.loopback(port: 0)
        for loop in loops {
            let wanted = address
            address = try waiting { await loop.ask { try? $0.server.listen(on: wanted) } } ?? address
        }
        port = address.port
        try waiting { [loops = self.loops] in for loop in loops { try await Self.awaitDatabase(loop) } }
    }

    /// The only loop, or the first.
    var loop: EventLoop<ServingLoop> { loops[0] }

    func end() {
        for loop in loops {
            loop.post { $0.end() }
            loop.stop()
            loop.join()
        }
    }

    private static func awaitDatabase(_ loop: EventLoop<ServingLoop>) async throws {
        for _ in 0..<1_000 {
            if await loop.ask({ $0.pool.isAvailable }) { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw ControlLine.Lost()
    }
}

/// Everything of one loop.
final class ServingLoop {
    let reactor: Reactor
    let pool: Pool
    let hub: ClinicHub
    let server: HTTPServer
    let broadcast: Broadcast
    private let service: HubService
    /// What a measure has set going here.
    var fanOut: FanOut?
    var raising: PacedRaises?

    init(
        _ reactor: Reactor, _ database: ConnectionSettings, _ broadcast: Broadcast, _ work: WorkSignal,
        _ status: BenchStatus, _ tls: TLSConfiguration?
    ) throws {
        guard let vault = PHIVault(key: BenchSecrets.vaultKey) else { throw ControlLine.Lost() }
        self.reactor = reactor
        self.broadcast = broadcast
        pool = Pool(reactor: reactor, settings: database)
        let store = Store(pool: pool, vault: vault)
        let channels = ChannelTable(reactor: reactor, history: StoredHistory(store: store))
        hub = ClinicHub(store: store, channels: channels, broadcast: broadcast, work: work)
        service = HubService(
            reactor: reactor, hub: hub,
            configuration: HubService.Configuration(
                tokens: try BenchSecrets.tokens(), origins: OriginPolicy(), gateways: GatewayTable()),
            process: status)
        server = HTTPServer(reactor: reactor, handler: service)
        if let tls { try server.secure(with: tls) }
        pool.start()
    }

    func end() {
        server.stopAccepting()
        pool.close()
    }
}

/// Nobody asks for it here.
final class BenchStatus: ProcessStatus, Sendable {
    func obstacles() async -> [String] { [] }
    func samples() async -> [MetricsSample] { [] }
}

/// Runs asynchronous work and blocks this thread, which is not a loop's, until it has ended.
@discardableResult
func waiting<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
    let outcome = Locked<Result<Value, any Error>?>(nil)
    let done = Latch()
    Task {
        do {
            let value = try await work()
            outcome.withLock { $0 = .success(value) }
        } catch {
            outcome.withLock { $0 = .failure(error) }
        }
        done.open()
    }
    done.wait()
    guard let result = outcome.withLock({ $0 }) else { throw ControlLine.Lost() }
    return try result.get()
}
