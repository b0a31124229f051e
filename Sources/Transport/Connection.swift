import Glibc
package import Platform
import Wire

/// One accepted socket: its descriptor, what it could not take yet, its deadline, and its end.
///
/// What the bytes mean is for its two kinds, ``HTTPConnection`` and ``WebSocketConnection``; an upgrade moves the
/// descriptor from the one to the other. Loop-confined.
///
/// The socket is registered once for its life, edge-triggered for both directions, so that no traffic costs an epoll_ctl:
/// whoever is told "readable" reads until the socket would block, or remembers that it has not (`mayHaveInput`).
package class Connection: ReadinessHandler {
    enum Phase: UInt8 {
        case open
        /// Nothing more is accepted to be sent; what is queued leaves, then the FIN.
        case finishing
        /// The FIN is sent; what the peer still sends is discarded until its own FIN, lest a reset destroys our last answer.
        case lingering
        case closed
    }

    /// Reads of one connection in one turn, 64 KiB each; then others have theirs.
    private static let readsATurn = 4
    /// Frames written by one system call.
    private static let framesAWrite = 16

    // What a delivery reads stands first, in one or two cache lines.
    final let server: HTTPServer
    /// The descriptor's number for system calls, -1 once it is closed or handed over.
    final private(set) var number: CInt
    final private(set) var phase = Phase.open
    final private(set) var outbox: Outbox?
    /// Nil where the connection is plain.
    final private(set) var tls: TLSLink?
    /// The address of the other end.
    package final let peer: PeerAddress
    /// Whether nobody has said yet who is at the other end; see `recognise`.
    final private(set) var isStranger = true
    /// Where the table has it; -1 if nowhere.
    final var slot: Int32 = -1
    private final var socket: FileDescriptor?
    private final var watch: Watch?
    /// The socket was reported readable and has not been read to the end since.
    private final var mayHaveInput = false
    private final var peerHasFinished = false
    private final var isReadScheduled = false
    /// When the wait of the connection's own protocol ends, and when the queue must have moved.
    private final var waitDeadline = ConnectionTable.never
    private final var writeDeadline = ConnectionTable.never

    init(_ socket: consuming FileDescriptor, peer: PeerAddress, server: HTTPServer, tls: TLSLink? = nil) {
        number = socket.number
        self.socket = consume socket
        self.tls = tls
        self.peer = peer
        self.server = server
    }

    // MARK: What the kinds of connection do

    /// Whether bytes are wanted now; if not, they stay in the kernel until `resumeReading`.
    var wantsInput: Bool { true }
    /// `count` bytes stand at the start of the loop's scratch buffer.
    func received(_ count: Int) {}
    /// The peer has finished sending; while the connection is open.
    func receivedEnd() {}
    /// The queue is empty again.
    func drained() {}
    /// The server drains: end when nothing is in flight.
    func drain() { finish() }
    /// The deadline set by `setDeadline` has passed; while the connection is open.
    func deadlinePassed() {}
    /// Queued bytes have not moved for `writeDeadline`.
    func stalled() { abort() }
    /// The descriptor is closed and the table has forgotten the connection. Called once.
    func ended() {}

    // MARK: Life

    /// Registers with the loop, or goes on with the registration that was inherited. On failure the connection is closed.
    final func start() {
        guard number >= 0 else { return }
        if watch == nil {
            do throws(SystemError) {
                watch = try server.reactor.watch(
                    number, for: [.readable, .writable], edgeTriggered: true, handler: self)
            } catch {
                Log.warning("connection refused by the kernel", ["error": error.description])
                return abort()
            }
        } else if mayHaveInput {
            scheduleRead()
        }
        if tls?.hasUntoldEnd == true {
            mayHaveInput = true
            scheduleRead()
        }
    }

    /// Gives the descriptor to a successor, who inherits the rest; this object is over, without `ended`.
    final func surrender() -> FileDescriptor? {
        number = -1
        phase = .closed
        return socket.take()
    }

    /// Takes over a predecessor's registration with the loop, its TLS, and what it had queued.
    final func inherit(from predecessor: Connection) {
        isStranger = predecessor.isStranger
        watch = predecessor.watch.take()
        if let watch { server.reactor.handOver(watch, to: self) }
        mayHaveInput = predecessor.mayHaveInput
        tls = predecessor.tls.take()
        if let tls, tls.hasParked { server.tls?.sendLater(self, tls) }
        outbox = predecessor.outbox.take()
        outbox?.pin()
        if outbox != nil { setWriteDeadline(server.tick(after: server.limits.writeDeadline)) }
    }

    /// Sends what is queued, then the FIN, and waits for the peer's, at most `closeDeadline`.
    ///
    /// - Parameter limit: how long the queue may take; without it, as long as it moves.
    final func finish(within limit: Duration? = nil) {
        guard phase == .open else { return }
        phase = .finishing
        setDeadline(after: limit)
        finishIfFlushed()
    }

    /// Closes at once; what is queued is lost.
    final func abort() {
        guard phase != .closed, number >= 0 else { return }
        if let tls, outbox == nil, phase != .lingering { endSecureSending(tls) }
        phase = .closed
        outbox = nil
        if let watch { server.reactor.unwatch(watch) }
        watch = nil
        number = -1
        _ = socket.take()
        server.forget(self)
        ended()
    }

    private final func finishIfFlushed() {
        guard phase == .finishing, outbox == nil else { return }
        if let tls {
            endSecureSending(tls)
            guard outbox == nil else { return }
        }
        if peerHasFinished { return abortLater() }
        Socket.shutDownSending(number)
        phase = .lingering
        setDeadline(after: server.limits.closeDeadline)
        if mayHaveInput { scheduleRead() }
    }

    /// Ends the connection from the loop, not from inside a call that somebody makes on it.
    private final func abortLater() {
        phase = phase == .closed ? .closed : .lingering
        server.reactor.atEndOfTurn { self.abort() }
    }

    /// The socket failed, which is not the hub's doing.
    final func lose() {
        guard phase != .closed else { return }
        server.counters.lost &+= 1
        abort()
    }

    /// The peer has shown a valid token: it counts among the unknown ones no more.
    package final func recognise() {
        guard isStranger, slot >= 0 else { return }
        isStranger = false
        server.addresses.recognise(peer)
    }

    /// Counts why the peer is not served; whoever refuses it calls it.
    package final func noteRefusal(_ reason: TransportCounters.Refusal) { server.counters.refused(reason) }

    /// Counts a message or a request of the peer's address; false if it is one too many.
    package final func takeMessageOfAddress() -> Bool {
        server.addresses.takeMessage(of: peer, now: server.reactor.now)
    }

    // MARK: Deadlines

    /// Lets `deadlinePassed` be called after `duration`, in place of what was set before; nil: not at all.
    final func setDeadline(after duration: Duration?) {
        setDeadline(atTick: duration.map(server.tick(after:)) ?? ConnectionTable.never)
    }

    /// The same, for a tick of the deadline clock.
    final func setDeadline(atTick tick: UInt32) {
        guard tick != waitDeadline else { return }
        waitDeadline = tick
        server.setDeadline(min(waitDeadline, writeDeadline), of: self)
    }

    /// Called by the sweep.
    final func passedDeadline(at tick: UInt32) {
        if writeDeadline <= tick {
            setWriteDeadline(ConnectionTable.never)
            server.counters.refused(.writeDeadline)
            return phase == .open ? stalled() : abort()
        }
        guard waitDeadline <= tick else { return }
        waitDeadline = ConnectionTable.never
        server.setDeadline(writeDeadline, of: self)
        phase == .open ? deadlinePassed() : abort()
    }

    private final func setWriteDeadline(_ tick: UInt32) {
        writeDeadline = tick
        server.setDeadline(min(waitDeadline, writeDeadline), of: self)
    }

    // MARK: Reading

    package final func becameReady(_ readiness: Readiness) {
        if readiness.contains(.writable), outbox != nil { flush() }
        guard !readiness.isDisjoint(with: [.readable, .hangUp]) else { return }
        mayHaveInput = true
        read(untilBlocked: !readiness.isDisjoint(with: .hangUp))
    }

    /// Reads what arrived while nothing was wanted.
    final func resumeReading() {
        if mayHaveInput { scheduleRead() }
    }

    /// - Parameter untilBlocked: whether a short read may be followed by the end; otherwise it means that nothing is left.
    private final func read(untilBlocked: Bool) {
        var readsLeft = Self.readsATurn
        while mayHaveInput, number >= 0, phase != .open || wantsInput {
            guard readsLeft > 0 else { return scheduleRead() }
            if let tls, tls.isHandshaking, phase == .open, !mayGoOnWithHandshake(tls) { return }
            readsLeft -= 1
            switch receive() {
            case .bytes(let count):
                if !untilBlocked, tls?.hasEmptiedSocket ?? (count < server.reactor.scratch.capacity) {
                    mayHaveInput = false
                }
                server.counters.bytesIn &+= UInt64(count)
                if phase == .open, count > 0 { received(count) }
            case .wouldBlock:
                mayHaveInput = false
            case .end:
                mayHaveInput = false
                peerHasFinished = true
                reachedEnd()
            case .failed:
                mayHaveInput = false
                lose()
            }
        }
    }

    @inline(__always)
    private final func receive() -> ReceiveResult {
        // What comes behind our end is discarded unopened.
        guard let tls, phase != .lingering else { return server.reactor.scratch.receive(from: number) }
        return receiveSealed(tls)
    }

    private final func reachedEnd() {
        switch phase {
        case .open: receivedEnd()
        case .lingering: abort()
        case .finishing, .closed: break
        }
    }

    /// Goes on reading in the next turn.
    private final func scheduleRead() {
        guard !isReadScheduled else { return }
        isReadScheduled = true
        _ = server.reactor.schedule(after: .zero) {
            self.isReadScheduled = false
            self.read(untilBlocked: true)
        }
    }

    /// It is this connection's turn to go on with its handshake.
    final func resumeHandshake() {
        tls?.handshakeTurn = .called
        guard number >= 0 else { return }
        mayHaveInput = true
        read(untilBlocked: true)
    }

    // MARK: Writing

    /// Writes `frame`, or what the socket does not take of it to the queue.
    final func write(_ frame: OutboundFrame) {
        guard phase == .open else { return }
        let taken = outbox == nil ? send(frame) : 0
        if taken < frame.bytes.count { enqueue(frame, written: taken) }
    }

    /// Offers `frame` to the socket; how many bytes it took. A failure is dealt with at the end of the turn.
    ///
    /// The way of every delivery: one system call, no allocation, no closure that outlives it.
    @inline(__always)
    final func send(_ frame: OutboundFrame) -> Int {
        if let tls { return park(frame, tls) }
        let count = unsafe frame.bytes.withUnsafeBytes { bytes in
            unsafe Socket.sendUncancellably(number, bytes)
        }
        guard count >= 0 else { return sendFailed(frame, errno) }
        server.counters.bytesOut &+= UInt64(count)
        return count
    }

    private final func sendFailed(_ frame: OutboundFrame, _ error: CInt) -> Int {
        switch error {
        case EAGAIN: return 0
        case EINTR: return send(frame)
        default:
            server.reactor.atEndOfTurn { self.lose() }
            return 0
        }
    }

    /// Offers the queue to the socket at the end of this turn, after which the kernel certainly tells when there is room.
    final func flushLater() {
        server.reactor.atEndOfTurn { if self.outbox != nil { self.flush() } }
    }

    /// Holds `frame` and what is written behind it back until `flush`, so that they leave together. Nothing, not even a
    /// pong, goes before it.
    final func hold(_ frame: OutboundFrame) {
        // TLS gathers the frames of a turn by itself, and what it has gathered already goes before this one.
        if tls != nil, outbox == nil { return write(frame) }
        let outbox = self.outbox ?? Outbox()
        self.outbox = outbox
        setWriteDeadline(server.tick(after: server.limits.writeDeadline))
        outbox.append(frame)
        outbox.pin()
    }

    /// Queues `frame`, of which `written` bytes are sent.
    final func enqueue(_ frame: OutboundFrame, written: Int = 0) {
        withOutbox { $0.append(frame, written: written) }
    }

    final func withOutbox(_ change: (Outbox) -> Void) {
        let outbox = self.outbox ?? Outbox()
        if self.outbox == nil { setWriteDeadline(server.tick(after: server.limits.writeDeadline)) }
        self.outbox = outbox
        server.counters.framesQueued &+= 1
        change(outbox)
    }

    final func flush() {
        while let outbox, !outbox.isEmpty {
            switch tls.map({ sendSealed(from: outbox, $0) }) ?? sendPlain(from: outbox) {
            case .bytes(let count):
                server.counters.bytesOut &+= UInt64(count)
                setWriteDeadline(server.tick(after: server.limits.writeDeadline))
            case .wouldBlock: return
            case .failed: return lose()
            }
        }
        forgetEmptyOutbox()
        if phase == .open {
            if tls?.isHandshaking == true { resumeReading() } else { drained() }
        }
        finishIfFlushed()
    }

    private final func sendPlain(from outbox: Outbox) -> SendResult {
        let next = outbox.next(limit: Self.framesAWrite)
        let result = GatheredSend.send(number, next.frames, skipping: next.offset)
        if case .bytes(let count) = result { outbox.took(count) }
        return result
    }

    final func forgetEmptyOutbox() {
        guard let outbox, outbox.isEmpty else { return }
        self.outbox = nil
        setWriteDeadline(ConnectionTable.never)
    }
}
