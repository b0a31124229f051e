import Glibc
import Platform
package import Wire

/// One WebSocket: the peer's messages to its session, the hub's frames to the peer, and the close handshake.
///
/// Loop-confined. Idle, it owns no buffer; `deliver` allocates nothing where the socket takes the frame.
package final class WebSocketConnection: Connection, FrameSink {
    /// Neither side has begun to close. Asked by every delivery.
    package private(set) var isOpen = true
    private let deflate: DeflateAgreement?
    private var reader: MessageReader
    private var session: (any WebSocketSession)?
    private var messageDeadline = ConnectionTable.never
    private var pongDeadline = ConnectionTable.never
    private var closeCode = CloseCode.abnormal
    private var closeReason = ""
    /// The answer to the handshake is being sent: nothing has waited yet.
    private var isOpening = false
    /// What came behind the handshake is not taken yet.
    private var hasEarlyBytes = false
    /// The last bytes of the peer's compressed messages, where later ones may refer to them.
    private var history: [UInt8] = []

    private static let emptyPing = OutboundFrame(encoded: FrameEncoder.frame(.ping, []))

    init(
        _ socket: consuming FileDescriptor, peer: PeerAddress, server: HTTPServer, session: any WebSocketSession,
        deflate: DeflateAgreement?
    ) {
        self.deflate = deflate
        reader = MessageReader(
            role: .server,
            limits: MessageReader.Limits(
                messageBytes: UInt32(clamping: server.limits.initialMessageBytes),
                fragments: UInt32(clamping: server.limits.maxFragments)),
            allowsCompression: deflate != nil)
        self.session = session
        super.init(socket, peer: peer, server: server)
        server.counters.openWebSockets += 1
    }

    /// Begins: tells the session, then reads `early`, what came right behind the request.
    ///
    /// The answer to the handshake is in the queue; what the session says at once leaves with it, in one system call.
    func open(early: [UInt8]) {
        session?.opened(self)
        isOpening = true
        flush()
        isOpening = false
        // The loop may tell of new bytes within this turn: they come behind the early ones.
        hasEarlyBytes = !early.isEmpty
        start()
        guard hasEarlyBytes else { return }
        server.reactor.atEndOfTurn {
            self.hasEarlyBytes = false
            self.receive(early)
            self.resumeReading()
        }
    }

    // MARK: Sending

    /// Sends one frame, shared with others: to the socket at once, or behind what already waits for it.
    ///
    /// Does nothing once the connection closes. Where the queue would pass `maxQueuedBytes` the session is asked to make
    /// room, and without it the connection is closed with 3008.
    package func deliver(_ frame: OutboundFrame) {
        guard isOpen else { return }
        guard deflate == nil else { return deliverCompressed(frame) }
        deliverAsItIs(frame)
    }

    private func deliverCompressed(_ frame: OutboundFrame) {
        deliverAsItIs(deflate.map { frame.compressed(for: $0.windowClass) } ?? frame)
    }

    @inline(__always)
    private func deliverAsItIs(_ frame: OutboundFrame) {
        server.counters.framesOut &+= 1
        guard outbox == nil else { return deliverBehind(frame) }
        let taken = send(frame)
        if taken != frame.bytes.count { enqueue(frame, written: taken) }
    }

    /// Where the socket may be sent the bytes as they are, leaves that to the caller, who sends many at once; see
    /// ``FrameSink``. What is counted here is corrected by `settle`.
    package func offer(_ frame: OutboundFrame) -> Int32 {
        guard isOpen, outbox == nil, tls == nil, deflate == nil else {
            deliver(frame)
            return -1
        }
        server.counters.framesOut &+= 1
        server.counters.bytesOut &+= UInt64(frame.bytes.count)
        return number
    }

    package var socket: Int32 { number }

    package func settle(_ frame: OutboundFrame, _ result: Int32) {
        guard number >= 0 else { return }
        server.counters.bytesOut &-= UInt64(frame.bytes.count)
        switch -result {
        case EINTR, EAGAIN:
            // Asked again the ordinary way, after which the kernel certainly tells when there is room.
            let taken = send(frame)
            if taken < frame.bytes.count { enqueue(frame, written: taken) }
        case 1...: server.reactor.atEndOfTurn { self.lose() }
        default:
            server.counters.bytesOut &+= UInt64(result)
            enqueue(frame, written: Int(result))
            flushLater()
        }
    }

    /// Sends a text message to this peer alone; `text` is UTF-8.
    package func send(text: [UInt8]) { deliver(OutboundFrame(text: text)) }

    /// Sends a ping; the peer must show life within `pongDeadline` or is closed with 3012.
    package func ping() {
        guard isOpen else { return }
        if pongDeadline == ConnectionTable.never {
            pongDeadline = server.tick(after: server.limits.pongDeadline)
            updateDeadline()
        }
        // A stalled peer has pings enough in its queue.
        if outbox == nil { write(Self.emptyPing) }
    }

    /// The socket's number, for options of the kernel; -1 once closed.
    package var descriptorNumber: CInt { number }

    /// Bytes that wait for the peer.
    package var queuedBytes: Int { outbox?.byteCount ?? 0 }

    /// Forgets queued frames that have not begun to leave, where `isExpendable` says so.
    package func discardQueued(_ isExpendable: (OutboundFrame) -> Bool) { discardQueued(where: isExpendable) }

    private func deliverBehind(_ frame: OutboundFrame) {
        let limit = server.limits.maxQueuedBytes
        if queuedBytes + frame.bytes.count > limit {
            session?.overflowed(self, adding: frame)
            guard isOpen else { return }
            guard queuedBytes + frame.bytes.count <= limit else { return closeSlowPeer() }
        }
        enqueue(frame)
    }

    private func closeSlowPeer() {
        discardUnbegun()
        close(.tooSlow)
    }

    // MARK: Receiving

    /// The longest message that is taken, in bytes; small until whoever authenticates the peer raises it.
    package var messageLimit: Int {
        get { Int(reader.limits.messageBytes) }
        set { reader.limits.messageBytes = UInt32(clamping: newValue) }
    }

    /// The most frames a message may have, empty ones counted.
    package var fragmentLimit: Int {
        get { Int(reader.limits.fragments) }
        set { reader.limits.fragments = UInt32(clamping: newValue) }
    }

    /// Whether the peer is only read while nothing waits for it, so that a peer that is answered at length and does not
    /// read cannot fill its queue.
    package var readsOnlyWhenDrained = false

    override var wantsInput: Bool { !hasEarlyBytes && (!readsOnlyWhenDrained || outbox == nil) }

    override func received(_ count: Int) {
        server.reactor.scratch.withMutableSpan(count) { bytes in receive(&bytes) }
    }

    private func receive(_ early: [UInt8]) {
        guard phase == .open else { return }
        var early = early
        var bytes = early.mutableSpan
        receive(&bytes)
    }

    private func receive(_ bytes: inout MutableSpan<UInt8>) {
        pongDeadline = ConnectionTable.never
        var unread = 0..<bytes.count
        while phase == .open, let event = reader.next(in: &bytes, unread: &unread) {
            take(event, bytes.span)
        }
        guard isOpen else { return }
        if reader.isBetweenMessages {
            messageDeadline = ConnectionTable.never
        } else if messageDeadline == ConnectionTable.never {
            messageDeadline = server.tick(after: server.limits.messageDeadline)
        }
        updateDeadline()
    }

    private func take(_ event: MessageReader.Event, _ buffer: Span<UInt8>) {
        server.counters.framesIn &+= 1
        switch event {
        case .text(let payload):
            messageDeadline = ConnectionTable.never
            guard isOpen, let session else { return }
            payload.withBytes(in: buffer) { session.received(text: $0, on: self) }
        case .binary(let payload):
            messageDeadline = ConnectionTable.never
            guard isOpen, let session else { return }
            payload.withBytes(in: buffer) { session.received(binary: $0, on: self) }
        case .ping(let payload):
            guard isOpen else { return }
            writePong(OutboundFrame(encoded: FrameEncoder.frame(.pong, payload.bytes(in: buffer))))
            session?.receivedPing(on: self)
        case .pong:
            if isOpen { session?.receivedPong(on: self) }
        case .close(let code, let reason): answerClose(code, reason)
        case .violation(let violation): fail(violation.closeCode)
        case .compressed(let opcode, let payload): inflate(opcode, payload, buffer)
        }
    }

    /// Hands on a message that the peer compressed (RFC 7692 section 6.2).
    private func inflate(_ opcode: Opcode, _ payload: MessageReader.Payload, _ buffer: Span<UInt8>) {
        messageDeadline = ConnectionTable.never
        guard isOpen, let session else { return }
        guard let deflate else { return fail(.protocolError) }
        let message: [UInt8]
        do throws(WebSocketViolation) {
            message = try payload.withBytes(in: buffer) { (bytes) throws(WebSocketViolation) in
                try server.inflater.inflate(
                    opcode, bytes, history: &history, keeping: deflate.historyBytes, limit: messageLimit)
            }
        } catch {
            return fail(error.closeCode)
        }
        if opcode == .text {
            session.received(text: message.span, on: self)
        } else {
            session.received(binary: message.span, on: self)
        }
    }

    // MARK: Closing

    /// Begins the close handshake: what is queued leaves, then the close frame; then the peer has `closeDeadline` to
    /// answer. A code that may not be on the wire, or a second close, does nothing.
    package func close(_ code: CloseCode, reason: String = "") {
        guard isOpen, code.isPermittedOnWire else { return }
        begin(closing: code, reason: reason)
        write(OutboundFrame(encoded: FrameEncoder.close(code, reason: reason)))
        setDeadline(after: server.limits.closeDeadline)
    }

    /// Ends the connection without a handshake, at the end of this turn.
    package func terminate() {
        isOpen = false
        server.reactor.atEndOfTurn { self.abort() }
    }

    private func begin(closing code: CloseCode, reason: String) {
        isOpen = false
        closeCode = code
        closeReason = reason
        messageDeadline = ConnectionTable.never
        pongDeadline = ConnectionTable.never
    }

    /// The peer's close frame: the first of the two, which is echoed (RFC 6455 §5.5.1), or the answer to ours.
    private func answerClose(_ code: CloseCode, _ reason: String) {
        if isOpen {
            begin(closing: code, reason: reason)
            write(OutboundFrame(encoded: FrameEncoder.close(code)))
        }
        finish(within: server.limits.closeDeadline)
    }

    /// The peer broke a rule: it is told, and nothing more of it is read (RFC 6455 §7.1.7).
    private func fail(_ code: CloseCode) {
        if isOpen {
            discardUnbegun()
            begin(closing: code, reason: "")
            write(OutboundFrame(encoded: FrameEncoder.close(code)))
        }
        finish(within: server.limits.closeDeadline)
    }

    override func receivedEnd() { abort() }

    override func drained() {
        if isOpen, !isOpening { session?.drained(self) }
        if readsOnlyWhenDrained { resumeReading() }
    }

    override func stalled() {
        if isOpen { begin(closing: .tooSlow, reason: "") }
        abort()
    }

    override func deadlinePassed() {
        guard isOpen else { return abort() }
        if pongDeadline <= messageDeadline {
            close(.noPong)
        } else {
            close(.policyViolation, reason: "message not completed in time")
        }
    }

    private func updateDeadline() { setDeadline(atTick: min(messageDeadline, pongDeadline)) }

    override func ended() {
        isOpen = false
        server.counters.openWebSockets -= 1
        server.counters.closed(closeCode)
        let session = session
        self.session = nil
        session?.closed(self, code: closeCode, reason: closeReason)
    }
}
