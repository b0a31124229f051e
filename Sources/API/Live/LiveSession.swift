import Clinic
import Hub
import HubProtocol
import Platform
import Store
import Transport
import Wire

/// One WebSocket of the native protocol: who it is, and what it is subscribed to. Loop-confined.
///
/// Small, because there are thousands that do nothing: it owns no buffer and no timer; `LiveSessions` looks after its
/// deadlines. What a client asks for is in `LiveSession+Messages.swift`.
final class LiveSession: WebSocketSession {
    let id: SessionID
    let sessions: LiveSessions
    let beganAt: MonotonicTime
    private(set) var connection: WebSocketConnection?
    var principal: Principal?
    var subscriptions: [Subscription] = []
    /// Channels whose `subscribe` is still being answered, and by which request: an `unsubscribe` may end it.
    var subscribing: [ClinicID: UInt32] = [:]
    var lastSubscribe: UInt32 = 0
    /// Tasks that work for this session.
    private var tasks: UInt8 = 0
    private static let maximumTasks: UInt8 = 32
    var isWarnedOfExpiry = false
    /// When in the heartbeat's interval its turn is; its own for life, so that no beat is missed.
    var phase: Int32 = 0
    /// Where `LiveSessions` has it; -1 if nowhere.
    var slot: Int32 = -1
    private var waitingForDrain: [CheckedContinuation<Bool, Never>] = []
    private var allowance: TokenBucket
    /// What was said before authentication.
    private var strangerMessages: UInt8 = 0
    /// Whether it has a place in the limits of its user and clinic.
    private var isSeated = false
    /// Messages, pings and pongs that one session may send.
    private static let allowed = TokenBucket.Rate(perSecond: 200, burst: 2_000)
    /// Messages that may come before authentication: its own, and some that were sent too early.
    private static let maximumStrangerMessages = 8

    /// - Parameter principal: who it is, with a place taken in the limits; nil: its first message will tell.
    init(sessions: LiveSessions, principal: Principal?) {
        id = SessionID.random()
        self.sessions = sessions
        self.principal = principal
        beganAt = sessions.now
        allowance = TokenBucket(Self.allowed, now: sessions.now)
        isSeated = principal != nil
    }

    deinit { leaveSeat() }

    func opened(_ connection: WebSocketConnection) {
        self.connection = connection
        sessions.add(self)
        if principal != nil { welcome() }
    }

    func received(text: Span<UInt8>, on connection: WebSocketConnection) {
        if let reason = takeMessage(of: text.count, on: connection) { return limit(reason) }
        do {
            take(try ClientMessage(reading: Array(copying: text)))
        } catch {
            refuse(error.tag, error.code, error.message)
        }
    }

    // Control frames cost as much as messages.

    func receivedPing(on connection: WebSocketConnection) {
        if !allowance.take(Self.allowed, now: sessions.now) { limit(.sessionMessages) }
    }

    func receivedPong(on connection: WebSocketConnection) {
        if !allowance.take(Self.allowed, now: sessions.now) { limit(.sessionMessages) }
    }

    /// Counts a message wherever it counts; nil if it may be read.
    private func takeMessage(of bytes: Int, on connection: WebSocketConnection) -> TransportCounters.Refusal? {
        guard allowance.take(Self.allowed, now: sessions.now) else { return .sessionMessages }
        guard connection.takeMessageOfAddress() else { return .addressMessages }
        if let principal { return sessions.bearers.takeMessage(of: principal, now: sessions.now) }
        guard strangerMessages < Self.maximumStrangerMessages else { return .strangerMessages }
        strangerMessages += 1
        // All of them together may be as long as one.
        connection.messageLimit = max(0, connection.messageLimit - bytes)
        return nil
    }

    /// Takes the place of who it is now; false if there is none.
    func takeSeat(of principal: Principal) -> Bool {
        guard let reason = sessions.bearers.enter(principal, now: sessions.now) else {
            isSeated = true
            connection?.recognise()
            return true
        }
        limit(reason)
        return false
    }

    private func leaveSeat() {
        guard isSeated, let principal else { return }
        isSeated = false
        sessions.bearers.leave(principal)
    }

    /// A limit is passed: counts it, and closes.
    private func limit(_ reason: TransportCounters.Refusal) {
        guard isOpen else { return }
        connection?.noteRefusal(reason)
        noteRefusal(.connect, reason.rawValue.uppercased())
        end(.rateLimited)
    }

    // MARK: The audit

    /// What is told of an act of this session.
    func auditEntry(_ action: AuditAction, of principal: Principal) -> AuditEntry {
        AuditEntry(
            action, clinic: principal.clinic, actor: principal.actor,
            ipAddress: connection?.peer.description, sessionID: id.description)
    }

    /// Has a refusal audited, with who it is if that is known.
    func noteRefusal(_ action: AuditAction, _ outcome: String) {
        sessions.audit.note(
            AuditEntry(
                action, clinic: principal?.clinic, actor: principal?.actor, outcome: outcome,
                ipAddress: connection?.peer.network.description, sessionID: id.description))
    }

    func drained(_ connection: WebSocketConnection) { resumeDrain(true) }

    func overflowed(_ connection: WebSocketConnection, adding frame: OutboundFrame) {
        // Of several statuses of one patient only the newest matters. Alerts carry no mark and stay.
        guard frame.mark != 0 else { return }
        connection.discardQueued { $0.mark == frame.mark }
    }

    func closed(_ connection: WebSocketConnection, code: CloseCode, reason: String) {
        self.connection = nil
        subscribing.removeAll()
        for subscription in subscriptions { sessions.hub.channels.cancel(subscription) }
        subscriptions.removeAll()
        leaveSeat()
        resumeDrain(false)
        sessions.remove(self)
    }

    /// Whether somebody is there to be answered.
    var isOpen: Bool { connection?.isOpen ?? false }

    /// Works on a message beside the others; one of too many at once is refused, because the database is for all.
    @discardableResult
    func work(_ tag: MessageTag?, _ body: @escaping () async -> Void) -> Bool {
        guard tasks < Self.maximumTasks else {
            refuse(tag, .tooManyRequests, "Too much is under way for this session. Wait for the answers.")
            return false
        }
        tasks += 1
        sessions.reactor.spawn { [self] in
            await body()
            tasks -= 1
        }
        return true
    }

    // MARK: Sending

    func send(_ message: ServerMessage) { connection?.send(text: message.encoded()) }

    func refuse(_ tag: MessageTag?, _ code: ErrorCode, _ text: String) {
        send(.error(tag: tag, code: code, message: text))
    }

    /// Closes with a code of this protocol.
    func end(_ end: SessionEnd, reason: String? = nil) {
        connection?.close(CloseCode(rawValue: end.rawValue), reason: reason ?? end.reason)
    }

    /// The first message of an authenticated session; larger messages are taken from here on.
    func welcome() {
        connection?.messageLimit = sessions.limits.messageBytes
        send(
            .welcome(
                Welcome(
                    session: id, serverTime: sessions.wallNow, heartbeat: sessions.limits.heartbeat,
                    tokenExpiresAt: principal.map { Timestamp($0.expiresAt) },
                    maximumMessageBytes: sessions.limits.messageBytes, maximumChannels: sessions.limits.channels)))
    }

    private func resumeDrain(_ isOpen: Bool) {
        let waiting = waitingForDrain
        waitingForDrain = []
        for continuation in waiting { continuation.resume(returning: isOpen) }
    }
}

extension LiveSession: Subscriber {
    var sink: any FrameSink { connection ?? self }

    func deliver(_ frame: OutboundFrame) { connection?.deliver(frame) }

    func drained() async -> Bool {
        guard let connection else { return false }
        guard connection.queuedBytes > 0 else { return connection.isOpen }
        return await withCheckedContinuation { waitingForDrain.append($0) }
    }

    func lostHistory() {
        // The client comes back at once, presents the old epoch and is given a snapshot.
        end(.restart, reason: SessionEnd.restart.reason(retryAfterMilliseconds: 0))
    }
}

extension Timestamp {
    init(_ time: WallTime) { self.init(microseconds: time.microseconds) }
}
