import Platform

/// TLS of one loop: what connections are made from, whose handshake goes on, and who has something to send at the end of
/// the turn. Loop-confined.
final class TLSEndpoint {
    let wire: TLSWire
    /// Of new connections.
    private(set) var context: TLSContext
    private let reactor: Reactor
    private var ration: HandshakeRation
    private var isLineScheduled = false
    private var senders: [Sender] = []
    /// Where records are gathered while the loop seals what was parked for many; else nil.
    private(set) var batch: SealedBatch?
    private var idleBatch: SealedBatch?

    /// Who has parked something, and where its memory lies, which the fan-out's system calls have driven from the cache.
    private struct Sender {
        let connection: Connection
        let memory: [3 of MemoryHint]
    }

    /// How many connections before its turn one's memory is asked for.
    private static let stepsAhead = 3

    init(_ configuration: TLSConfiguration, reactor: Reactor, limits: TransportLimits) throws(TLSError) {
        context = try TLSContext(configuration)
        wire = try TLSWire()
        self.reactor = reactor
        ration = HandshakeRation(timeATurn: limits.handshakeTimePerTurn, longestLine: limits.maxWaitingHandshakes)
    }

    /// New connections are made from `configuration`; on an error, from what was there.
    func renew(_ configuration: TLSConfiguration) throws(TLSError) { context = try TLSContext(configuration) }

    /// The TLS of a new connection; nil where memory is out.
    func makeLink() -> TLSLink? { TLSLink(context, over: wire) }

    // MARK: Handshakes

    /// Whether so many handshakes wait that no more connections should be accepted.
    var isBusy: Bool { ration.isLineFull }

    /// Whether `connection` may go on with its handshake now; if not, it is called by `resumeHandshake`.
    func admitsHandshake(of connection: Connection, _ link: TLSLink) -> Bool {
        if ration.admits(connection, of: link, in: reactor.now) { return true }
        callLineLater()
        return false
    }

    /// Runs one step of a handshake and notes what it cost.
    func timed<Result>(_ step: () -> Result) -> Result {
        let start = MonotonicTime.now()
        defer { ration.spend(start.duration(to: .now())) }
        return step()
    }

    private func callLineLater() {
        guard !isLineScheduled else { return }
        isLineScheduled = true
        _ = reactor.schedule(after: .zero) { self.callLine() }
    }

    private func callLine() {
        isLineScheduled = false
        while let connection = ration.next(in: reactor.now) { connection.resumeHandshake() }
        if !ration.isLineEmpty { callLineLater() }
    }

    // MARK: The end of the turn

    /// `connection` has parked its first frame of this turn.
    func sendLater(_ connection: Connection, _ link: TLSLink) {
        if senders.isEmpty { reactor.atEndOfTurn { self.sendAll() } }
        senders.append(
            Sender(connection: connection, memory: [MemoryHint(connection), MemoryHint(link), link.sessionMemory]))
    }

    private func sendAll() {
        var turn: [Sender] = []
        swap(&turn, &senders)
        if let ring = reactor.sendRing, turn.count >= ring.leastSends {
            batch = idleBatch ?? SealedBatch(ring)
        }
        for index in turn.indices {
            let ahead = index + Self.stepsAhead
            if ahead < turn.count { for part in 0..<3 { turn[ahead].memory[part].prefetch() } }
            turn[index].connection.sendParked()
        }
        if let batch {
            batch.submit()
            idleBatch = batch
            self.batch = nil
        }
        turn.removeAll(keepingCapacity: true)
        // What they parked meanwhile is sent by an action of its own; otherwise the memory is used again.
        if senders.isEmpty { swap(&turn, &senders) }
    }
}
