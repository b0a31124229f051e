import API
import Clinic
import Database
import Gateways
import Hub
import HubProtocol
import Intake
import Outbound
import Platform
import Store
import Transport
import Wire

/// Everything of one event loop, made inside its thread. The first loop also runs the engine and the dispatcher.
final class HubLoop {
    let server: HTTPServer
    let pool: Pool
    let hub: ClinicHub
    let service: HubService
    private let reactor: Reactor
    private let index: Int
    private let configuration: HubConfiguration
    private let client: OutboundClient?
    let engine: EscalationEngine?
    private let enginePool: Pool?
    private let watch: EngineWatch
    private let operations: OperationsWatch?
    private let dispatcher: Dispatcher?
    private let wakeUp: NodeWakeUp?
    private let reachWatch: ReachWatch?
    private let callbackServer: HTTPServer?
    private let revocationWatch: RevocationWatch?
    private let intake: IntakeEngine?
    private let square: SquareEngine?
    private let retention: RetentionEngine?
    private let auditSealer: AuditSealer?
    private let keySetFetcher: KeySetFetcher?
    private var isStopping = false
    /// For the first connection to a database that was migrated a moment ago.
    private static let patience = Duration.seconds(10)
    /// For a form that is being read when the hub stops; then its lease ends, and it is read again.
    private static let readingPatience = Duration.seconds(5)

    init(_ reactor: Reactor, index: Int, _ configuration: HubConfiguration, process: HubProcess) throws {
        self.reactor = reactor
        self.index = index
        self.configuration = configuration
        if configuration.triesSendRing, !reactor.useSendRing(), index == 0 {
            Log.info("io_uring is not available; each screen is sent to by itself")
        }
        pool = Pool(reactor: reactor, settings: configuration.database, limits: configuration.pool)
        let store = Store(pool: pool, vault: configuration.vault)
        let channels = ChannelTable(
            reactor: reactor, history: StoredHistory(store: store), limits: configuration.channels)
        hub = ClinicHub(
            store: store, channels: channels, broadcast: process.broadcast, work: process.work,
            revocations: process.revocations)
        watch = EngineWatch(reactor: reactor, store: store)
        hub.watch = watch
        hub.storms = StormWatch(reactor: reactor, hub: hub)
        hub.linkBase = configuration.linkBase
        if !configuration.service.gateways.isEmpty { hub.servedKinds = configuration.service.gateways.kinds }
        let desk = try configuration.intake.desk(
            reactor: reactor, vault: configuration.vault, status: process.intakeStatus)
        hub.desk = desk
        service = HubService(reactor: reactor, hub: hub, configuration: configuration.service, process: process)
        server = HTTPServer(
            reactor: reactor, limits: configuration.transport, addresses: configuration.addresses, handler: service)
        if let tls = configuration.tls { try server.secure(with: tls) }
        if index == 0, let address = configuration.loopbackCallbacks {
            let callbacks = HTTPServer(
                reactor: reactor, limits: configuration.transport, handler: CallbackDoor(service: service))
            _ = try callbacks.listen(on: address)
            callbackServer = callbacks
        } else {
            callbackServer = nil
        }
        if index == 0 {
            let client = try OutboundClient(reactor: reactor)
            self.client = client
            // Its own connections: where requests wait for one, timers must not.
            var limits = configuration.pool
            limits.connections = EscalationEngine.maximumWorkers
            let enginePool = Pool(reactor: reactor, settings: configuration.database, limits: limits)
            self.enginePool = enginePool
            engine = EscalationEngine(
                reactor: reactor, hub: hub, store: Store(pool: enginePool, vault: configuration.vault),
                poll: configuration.enginePoll, batch: configuration.engineBatch)
            operations = OperationsWatch(reactor: reactor, hub: hub)
            reachWatch = ReachWatch(reactor: reactor, hub: hub)
            intake = try configuration.intake.engine(reactor: reactor, hub: hub, desk: desk)
            square = try configuration.square.engine(reactor: reactor, hub: hub)
            retention = RetentionEngine(reactor: reactor, hub: hub, limits: configuration.retention)
            keySetFetcher = configuration.service.tokens.ring.flatMap { ring in
                configuration.keySet.map {
                    KeySetFetcher(reactor: reactor, client: client, ring: ring, url: $0.url, interval: $0.interval)
                }
            }
            auditSealer = AuditSealer(reactor: reactor, store: store.audit)
            let revocationWatch = RevocationWatch(
                reactor: reactor, store: store.revocations, revocations: process.revocations)
            self.revocationWatch = revocationWatch
            let holder = AttemptHolder.random()
            let wakeUp = NodeWakeUp(
                reactor: reactor, pool: pool, settings: configuration.database, holder: holder,
                noteHeads: { [unowned process] in process.noteHeads($0) }, noteRevocations: { revocationWatch.look() },
                compareAll: { [unowned process] in process.compareChannels() })
            self.wakeUp = wakeUp
            dispatcher = Dispatcher(
                reactor: reactor, hub: hub, gateways: configuration.service.gateways, client: client,
                brand: configuration.brand, limits: configuration.dispatcher,
                statuses: configuration.service.gatewayStatuses,
                holder: holder, isHolding: { [unowned wakeUp] in wakeUp.isHolding })
        } else {
            client = nil
            engine = nil
            enginePool = nil
            operations = nil
            dispatcher = nil
            wakeUp = nil
            reachWatch = nil
            intake = nil
            square = nil
            retention = nil
            revocationWatch = nil
            auditSealer = nil
            keySetFetcher = nil
        }
        pool.start()
        enginePool?.start()
    }

    /// Begins the work that nobody asks for: timers, dispatch, and looking for events of other nodes.
    func begin() {
        engine?.look()
        watch.start()
        operations?.start()
        dispatcher?.look()
        wakeUp?.start()
        reachWatch?.start()
        if let intake { begin(intake) }
        square?.look()
        retention?.start()
        revocationWatch?.start()
        auditSealer?.start()
        compareChannels()
    }

    private func begin(_ intake: IntakeEngine) {
        intake.look()
        guard let desk = hub.desk else { return }
        reactor.spawn { [configuration] in await configuration.intake.sweep(desk) }
    }

    /// Reads which tokens are revoked; on the first loop.
    func loadRevocations() async throws {
        try await pool.waitUntilAvailable(within: Self.patience)
        try await revocationWatch?.load()
    }

    /// Fetches the issuer's keys for the first time, and from then on; on the first loop.
    func loadKeys() async { await keySetFetcher?.start() }

    /// Somebody met a key that is not known; on the first loop.
    func fetchKeys() { keySetFetcher?.fetchForRing() }

    /// There is work for the engine or the dispatcher; on the first loop.
    func take(_ work: WorkSignal.Work) {
        switch work {
        case .timer(let delay): engine?.noteTimer(dueIn: delay)
        case .message: dispatcher?.look()
        case .form: intake?.look()
        case .report(let report): dispatcher?.take(report)
        }
    }

    /// A loop of this process wrote events up to here; on the first loop.
    func announce(_ head: EventHead) { wakeUp?.announce([head]) }

    /// Looks now for events that were written elsewhere.
    func compareNow() { reactor.spawn { [self] in await hub.channels.compareWithHistory() } }

    private func compareChannels() {
        _ = reactor.schedule(after: configuration.channelPoll) { [self] in
            reactor.spawn { [self] in
                await hub.channels.compareWithHistory()
                if !isStopping { compareChannels() }
            }
        }
    }

    var sample: MetricsSample {
        MetricsSample(
            transport: server.counters, hub: hub.counters, subscriptions: service.subscriptionCount,
            isDatabaseAvailable: pool.isAvailable, audited: service.audited,
            gateways: dispatcher == nil ? [] : configuration.service.gatewayStatuses.all)
    }

    /// Ends in order: no new connections, what is in flight is answered, sockets are closed with `code`, and the engine
    /// and the dispatcher finish what they hold. Bounded by the drain's deadline.
    func stop(code: CloseCode, then done: @escaping @Sendable () -> Void) {
        isStopping = true
        engine?.stop()
        watch.stop()
        operations?.stop()
        retention?.stop()
        reactor.spawn { [self] in
            let slots = ReconnectSlots(
                perSecond: configuration.reconnectsPerSecond, lane: index, of: configuration.loops)
            await server.drain(code: code, deadline: configuration.drainDeadline) { place in
                (code == .restart ? SessionEnd.restart : .goingAway)
                    .reason(retryAfterMilliseconds: slots.milliseconds(of: place, within: .random(in: 0..<1)))
            }
            await dispatcher?.stop()
            await intake?.stop(within: Self.readingPatience)
            await square?.stop(within: Self.readingPatience)
            await callbackServer?.drain(deadline: .milliseconds(500))
            wakeUp?.stop()
            reachWatch?.stop()
            revocationWatch?.stop()
            auditSealer?.stop()
            keySetFetcher?.stop()
            await service.finish()
            client?.close()
            enginePool?.close()
            pool.close()
            done()
        }
    }
}
