import Clinic
import Cryptography
import Database
import Gateways
import Hub
import HubProtocol
import Platform
import Store
import TestSupport
import Testing
import Transport
import Wire

@testable import API

/// A hub's service on one loop and a free port, without a database: the channels' history is in memory, and whatever asks
/// PostgreSQL waits or fails.
final class LiveScene: Sendable {
    struct State {
        let server: HTTPServer
        let service: HubService
        let hub: ClinicHub
        let history: MemoryHistory
        let process: NoProcess
        let audit: MemoryAudit
    }

    let clinic = ClinicID(high: 0, low: 1)
    let port: UInt16
    let tokens: TokenAuthority
    private let loop: EventLoop<State>

    /// - Parameter isDatabaseAwaited: whether calls to the database wait for one, instead of failing at once.
    init(
        isDatabaseAwaited: Bool = false, bearers: BearerLimits = BearerLimits(),
        addresses: AddressLimits = AddressLimits(), origins: OriginPolicy = OriginPolicy(),
        change: @escaping @Sendable (inout HubService.Configuration) -> Void = { _ in }
    ) throws {
        let tokens = TokenAuthority(
            key: try HS256Key(Array(repeating: 7, count: 32)), issuer: "i", audience: "a", leewaySeconds: 0)
        let bound = Locked<UInt16>(0)
        let joined = Locked<EventLoop<State>?>(nil)
        self.tokens = tokens
        loop = try EventLoop(name: "test") { reactor in
            let pool = Pool(reactor: reactor, settings: ConnectionSettings(url: "host=/nonexistent"))
            if !isDatabaseAwaited { pool.close() }
            let vault = try #require(PHIVault(key: SecureRandom.bytes(PHIVault.keyLength)))
            let history = MemoryHistory()
            let hub = ClinicHub(
                store: Store(pool: pool, vault: vault), channels: ChannelTable(reactor: reactor, history: history),
                broadcast: Broadcast(), work: WorkSignal())
            let process = NoProcess()
            var configuration = HubService.Configuration(tokens: tokens, origins: origins, gateways: GatewayTable())
            configuration.bearers = bearers
            // No client here is so quick to answer pings that a loaded machine could not make it look dead.
            configuration.heartbeat = .seconds(600)
            change(&configuration)
            let audit = MemoryAudit()
            let service = HubService(
                reactor: reactor, hub: hub, configuration: configuration, process: process, auditTrail: audit)
            hub.revocations.join { joined.withLock { $0?.post { $0.service.endRevokedSessions() } } }
            let server = HTTPServer(reactor: reactor, addresses: addresses, handler: service)
            let address = try server.listen(on: try #require(SocketAddress(host: "127.0.0.1", port: 0)))
            bound.withLock { $0 = address.port }
            return State(server: server, service: service, hub: hub, history: history, process: process, audit: audit)
        }
        port = bound.withLock { $0 }
        let loop = loop
        joined.withLock { $0 = loop }
    }

    deinit {
        loop.stop()
        loop.join()
    }

    func ask<Answer: Sendable>(_ question: @escaping @Sendable (State) -> Answer) async -> Answer {
        await loop.ask(question)
    }

    func token(
        _ role: Role = .doctor, expiresIn seconds: Int64 = 600, clinic: ClinicID? = nil,
        user: UserID = UserID(high: 0, low: 2), id: String? = nil
    ) -> String {
        let now = WallTime.now()
        return tokens.mint(
            Principal(
                clinic: clinic ?? self.clinic, user: user, role: role,
                expiresAt: WallTime(microseconds: now.microseconds + seconds * 1_000_000), tokenID: id), now: now)
    }

    /// Runs work on the loop.
    func run(_ work: @escaping @Sendable (State) async -> Void) async throws { try await loop.run(work) }

    /// Looks at the loop until it is so; false after 60 s: other tests hold up this one's thread.
    func becomes(_ condition: @escaping @Sendable (State) -> Bool) async -> Bool {
        let deadline = MonotonicTime.now().advanced(by: .seconds(60))
        while true {
            // Looked at once more after the deadline: this task may have waited for its thread all the time.
            let isLast = MonotonicTime.now() > deadline
            if await ask(condition) { return true }
            if isLast { return false }
            await Task.yield()
        }
    }
}

/// A clinic's history of so many events that say nothing.
final class MemoryHistory: EventHistory {
    private let epoch = EpochID(high: 1, low: 1)
    var head: Int64 = 0
    /// Readers wait while it is set.
    var isHeld = false {
        didSet {
            guard !isHeld else { return }
            let waiting = held
            held = []
            for continuation in waiting { continuation.resume() }
        }
    }
    private var held: [CheckedContinuation<Void, Never>] = []
    var heldCount: Int { held.count }

    private func wait() async {
        if isHeld { await withCheckedContinuation { held.append($0) } }
    }

    func heads(of clinics: [ClinicID]) async throws(HistoryError) -> [ClinicID: Position] {
        await wait()
        return Dictionary(uniqueKeysWithValues: clinics.map { ($0, Position(epoch: epoch, seq: head)) })
    }

    func events(of clinic: ClinicID, after seq: Int64, limit: Int) async throws(HistoryError) -> [PublishedEvent] {
        await wait()
        return stride(from: seq + 1, through: head, by: 1).prefix(limit).map { event($0, of: clinic) }
    }

    func snapshot(of clinic: ClinicID) async throws(HistoryError) -> ChannelSnapshot {
        await wait()
        return ChannelSnapshot(head: Position(epoch: epoch, seq: head), alerts: [], isTruncated: false)
    }

    func event(_ seq: Int64, of clinic: ClinicID) -> PublishedEvent {
        let frame = OutboundFrame(text: Array(#"{"type":"event","seq":\#(seq)}"#.utf8))
        return PublishedEvent(clinic: clinic, epoch: epoch, seq: seq, frame: frame)
    }
}

/// An audit in memory, which can be held up or fail.
final class MemoryAudit: AuditTrail {
    private(set) var entries: [AuditEntry] = []
    /// Apart from the others: every test has one, at its own time.
    private(set) var logIns: [AuditEntry] = []
    private(set) var commits = 0
    var failure: StoreError?
    /// Writers wait while it is set.
    var isHeld = false {
        didSet {
            guard !isHeld else { return }
            let waiting = held
            held = []
            for continuation in waiting { continuation.resume() }
        }
    }
    private var held: [CheckedContinuation<Void, Never>] = []
    var heldCount: Int { held.count }

    func write(_ entries: [AuditEntry]) async throws(StoreError) {
        logIns += entries.filter { $0.action == .logIn }
        let entries = entries.filter { $0.action != .logIn }
        guard !entries.isEmpty else { return }
        if isHeld { await withCheckedContinuation { held.append($0) } }
        if let failure { throw failure }
        self.entries += entries
        commits += 1
    }
}

final class NoProcess: ProcessStatus {
    func obstacles() async -> [String] { [] }
    func samples() async -> [MetricsSample] { [] }
}
