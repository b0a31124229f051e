import Clinic
import Cryptography
import Database
import Foundation
import Gateways
import Glibc
import Hub
import HubProtocol
import Platform
import Store
import Testing
import Transport
import Wire

@testable import API

/// Runs the hub's service on a loop whose kernel is simulated; without a database, so what asks for one fails at once.
enum Simulation {
    struct State {
        let server: HTTPServer
        let service: HubService
        let world: World
        /// Last, so that what the others close is still closed in the simulation.
        let installation: KernelInstallation
    }

    /// Thousands of runs would say thousands of times that there is no database.
    private static let isQuiet: Void = Log.threshold = .error

    static func run(_ scenario: Scenario) throws -> Outcome {
        Self.isQuiet
        let outcome = Locked<Outcome?>(nil)
        let mayStop = Latch()
        let loop = try EventLoop(name: "simulation") { reactor in
            try makeState(scenario, on: reactor) { result in
                outcome.withLock { $0 = result }
                mayStop.wait()
            }
        }
        let deadline = MonotonicTime.now().advanced(by: .seconds(60))
        while outcome.withLock({ $0 == nil }), MonotonicTime.now() < deadline { usleep(100) }
        loop.stop()
        mayStop.open()
        guard let result = outcome.withLock({ $0 }) else {
            Issue.record("seed \(scenario.seed): the hub does not come to rest")
            return Outcome()
        }
        loop.join()
        return result
    }

    private static func makeState(
        _ scenario: Scenario, on reactor: Reactor, finished: @escaping (Outcome) -> Void
    ) throws -> State {
        let clinic = ClinicID(high: 0, low: 1)
        let tokens = TokenAuthority(
            key: try HS256Key(Array(repeating: 7, count: 32)), issuer: "i", audience: "a", leewaySeconds: 0)
        let now = WallTime.now()
        let bearer = Principal(
            clinic: clinic, user: UserID(high: 0, low: 2), role: .doctor,
            expiresAt: WallTime(microseconds: now.microseconds + 86_400_000_000))
        let pool = Pool(reactor: reactor, settings: ConnectionSettings(url: "host=/nonexistent"))
        pool.close()
        let vault = try #require(PHIVault(key: SecureRandom.bytes(PHIVault.keyLength)))
        let history = GrowingHistory(clinic: clinic, eventBytes: scenario.eventBytes)
        let channels = ChannelTable(reactor: reactor, history: history)
        let hub = ClinicHub(
            store: Store(pool: pool, vault: vault), channels: channels, broadcast: Broadcast(), work: WorkSignal())
        var configuration = HubService.Configuration(
            tokens: tokens, origins: OriginPolicy(), gateways: GatewayTable())
        configuration.servesEcho = true
        let service = HubService(
            reactor: reactor, hub: hub, configuration: configuration, process: SilentProcess(),
            auditTrail: SilentAudit())
        let server = HTTPServer(reactor: reactor, handler: service)

        var random = SplitMix(seed: scenario.seed)
        let peers = scenario.peers(
            &random, tokens.mint(bearer, now: now), ChannelName(clinic: clinic).description, scenario.events)
        if scenario.isSecure {
            try server.secure(with: TLSConfiguration(TLSCertificates(reading: [certificate])))
            for peer in peers { try peer.secure() }
        }
        let world = World(
            scenario, peers: peers,
            commit: { seq in
                _ = reactor.schedule(after: .zero) { [unowned channels] in
                    history.head = seq
                    channels.publish(history.event(seq))
                }
            },
            remains: { [unowned server, unowned service] in
                Self.remains(of: server, service, from: scenario)
            },
            finished: finished)
        let kernel = SimulatedKernel(
            seed: random.next(), startingAt: reactor.now.nanoseconds,
            wallStart: UInt64(now.microseconds) * 1_000, script: world)
        kernel.faults = scenario.faults
        world.kernel = kernel
        let installation = KernelInstallation(kernel)
        let address = try #require(SocketAddress(host: "127.0.0.1", port: 0))
        _ = try server.listen(on: address)
        return State(server: server, service: service, world: world, installation: installation)
    }

    /// Made for this and used nowhere else.
    private static let certificate = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Certificate")
        return TLSCertificates.Files(
            certificate: folder.appending(path: "certificate.pem").path(),
            key: folder.appending(path: "key.pem").path())
    }()

    private static func remains(of server: HTTPServer, _ service: HubService, from scenario: Scenario) -> [String] {
        var remains: [String] = []
        if server.counters.openConnections != 0 { remains.append("\(server.counters.openConnections) connections") }
        if server.counters.openWebSockets != 0 { remains.append("\(server.counters.openWebSockets) WebSockets") }
        if service.sessions.count != 0 { remains.append("\(service.sessions.count) sessions") }
        if service.subscriptionCount != 0 { remains.append("\(service.subscriptionCount) subscriptions") }
        return remains.map { "\($0) are left" }
    }
}

/// Runs a scenario and reports what must not have been.
func expectClean(_ scenario: Scenario, _ name: String) throws {
    let faults = try Simulation.run(scenario).faults
    if !faults.isEmpty { Issue.record("\(name): \(faults.joined(separator: "; "))") }
}

/// A clinic's history that grows during the run.
private final class GrowingHistory: EventHistory {
    private let clinic: ClinicID
    private let epoch = EpochID(high: 1, low: 1)
    private let filling: String
    var head: Int64 = 0

    init(clinic: ClinicID, eventBytes: Int) {
        self.clinic = clinic
        filling = String(repeating: "x", count: eventBytes)
    }

    func heads(of clinics: [ClinicID]) async throws(HistoryError) -> [ClinicID: Position] {
        Dictionary(uniqueKeysWithValues: clinics.map { ($0, Position(epoch: epoch, seq: head)) })
    }

    func events(of clinic: ClinicID, after seq: Int64, limit: Int) async throws(HistoryError) -> [PublishedEvent] {
        stride(from: seq + 1, through: head, by: 1).prefix(limit).map { event($0) }
    }

    func snapshot(of clinic: ClinicID) async throws(HistoryError) -> ChannelSnapshot {
        ChannelSnapshot(head: Position(epoch: epoch, seq: head), alerts: [], isTruncated: false)
    }

    func event(_ seq: Int64) -> PublishedEvent {
        let frame = OutboundFrame(text: Array(#"{"type":"event","seq":\#(seq),"filling":"\#(filling)"}"#.utf8))
        return PublishedEvent(clinic: clinic, epoch: epoch, seq: seq, frame: frame)
    }
}

private final class SilentProcess: ProcessStatus {
    func obstacles() async -> [String] { [] }
    func samples() async -> [MetricsSample] { [] }
}

/// Keeps no audit: there is no database behind a simulated hub.
private final class SilentAudit: AuditTrail {
    func write(_ entries: [AuditEntry]) async throws(StoreError) {}
}
