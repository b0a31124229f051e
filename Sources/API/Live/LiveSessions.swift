import Clinic
import Hub
import HubProtocol
import Platform
import Store
import Transport
import Wire

/// All live sessions of one loop: their heartbeats and deadlines, and what they share. Loop-confined.
final class LiveSessions {
    /// What a session may use and must keep to.
    struct Limits: Sendable {
        var heartbeat = Duration.seconds(15)
        var messageBytes = 65_536
        var channels = 64
        /// From the upgrade to a valid token.
        var authentication = Duration.seconds(5)
        /// How long before a token's end its bearer is told.
        var expiryWarning = Duration.seconds(60)
    }

    let reactor: Reactor
    let hub: ClinicHub
    let authenticator: Authenticator
    let bearers: BearerLimits
    let logIns: LogIns
    let audit: AuditBatch
    let limits: Limits
    let receipts: ReceiptBatch
    private(set) var all: [LiveSession] = []
    private var tick: Int32 = 0
    private var nextPhase: Int32 = 0
    private var isSweeping = false

    init(
        reactor: Reactor, hub: ClinicHub, authenticator: Authenticator, bearers: BearerLimits, logIns: LogIns,
        audit: AuditBatch, limits: Limits
    ) {
        self.reactor = reactor
        self.hub = hub
        self.authenticator = authenticator
        self.bearers = bearers
        self.logIns = logIns
        self.audit = audit
        self.limits = limits
        receipts = ReceiptBatch(reactor: reactor, hub: hub)
    }

    var count: Int { all.count }
    var now: MonotonicTime { reactor.now }
    var wallNow: Timestamp { Timestamp(WallTime.now()) }

    func add(_ session: LiveSession) {
        session.slot = Int32(truncatingIfNeeded: all.count)
        session.phase = nextPhase
        nextPhase &+= 1
        all.append(session)
        sweepLater()
    }

    func remove(_ session: LiveSession) {
        guard session.slot >= 0 else { return }
        let slot = Int(session.slot)
        session.slot = -1
        let last = all.removeLast()
        guard last !== session else { return }
        all[slot] = last
        last.slot = Int32(truncatingIfNeeded: slot)
    }

    /// Ends the sessions whose tokens are revoked by now.
    func endRevoked() {
        let revoked = hub.revocations.current
        for session in all where session.principal?.isRevoked(in: revoked) == true { session.end(.revoked) }
    }

    func noteStart(_ start: ChannelTable.Start) {
        switch start {
        case .recovered: hub.counters.subscribesRecovered &+= 1
        case .snapshot: hub.counters.subscribesBySnapshot &+= 1
        }
    }

    // MARK: The sweep, once a second

    private func sweepLater() {
        guard !isSweeping else { return }
        isSweeping = true
        _ = reactor.schedule(after: .seconds(1)) { self.sweep() }
    }

    private func sweep() {
        isSweeping = false
        tick &+= 1
        let wall = WallTime.now()
        let interval = Int32(clamping: max(1, limits.heartbeat.components.seconds))
        var heartbeats: [ClinicID: OutboundFrame] = [:]
        for session in all {
            guard let principal = session.principal else {
                if session.beganAt.duration(to: now) >= limits.authentication { session.end(.authenticationTimeout) }
                continue
            }
            look(at: session, principal, wall)
            // Spread over the interval, so that thousands of heartbeats do not leave in one turn.
            if (tick &+ session.phase) % interval == 0 { beat(session, &heartbeats) }
        }
        if !all.isEmpty { sweepLater() }
    }

    private func look(at session: LiveSession, _ principal: Principal, _ wall: WallTime) {
        guard wall < principal.expiresAt else { return session.end(.tokenExpired) }
        let left = principal.expiresAt.microseconds - wall.microseconds
        guard !session.isWarnedOfExpiry, left <= Int64(limits.expiryWarning.wholeNanoseconds / 1000) else { return }
        session.isWarnedOfExpiry = true
        session.send(.tokenExpiring(at: Timestamp(principal.expiresAt)))
    }

    private func beat(_ session: LiveSession, _ frames: inout [ClinicID: OutboundFrame]) {
        session.connection?.ping()
        let channels = session.subscriptions
        // One that is still given what it missed is told its own place: the events behind it are on their way.
        guard channels.count == 1, let only = channels.first, only.isLive else {
            return session.send(
                .heartbeat(
                    serverTime: wallNow,
                    heads: channels.map { ChannelHead(channel: ChannelName(clinic: $0.clinic), seq: $0.seq) },
                    lateness: hub.watch?.lateness))
        }
        let clinic = only.clinic
        // Screens of one clinic are told the same: encoded once a sweep.
        let frame =
            frames[clinic]
            ?? OutboundFrame(
                text: ServerMessage.heartbeat(
                    serverTime: wallNow, heads: [head(of: clinic)].compactMap { $0 }, lateness: hub.watch?.lateness
                ).encoded())
        frames[clinic] = frame
        session.connection?.deliver(frame)
    }

    private func head(of clinic: ClinicID) -> ChannelHead? {
        hub.channels.head(of: clinic).map { ChannelHead(channel: ChannelName(clinic: clinic), seq: $0) }
    }
}
