import Platform
import Wire

/// One connection's TLS: its session, and what it has to send in this turn of the loop. Loop-confined.
///
/// Frames of one turn are parked and leave together when the turn ends, so that they share a record and a system call.
final class TLSLink {
    /// What a read came to.
    enum Receipt {
        /// So many opened bytes stand at the start of the scratch buffer; 0 where no record is whole yet.
        case bytes(Int)
        case wouldBlock
        /// The peer has finished sending, by close_notify or FIN.
        case end
        /// The socket failed.
        case lost
        /// The peer does not speak TLS as it should; the alert for it stands on the wire.
        case broken
    }

    let wire: TLSWire
    /// Held for the handshake, which asks it for the certificate of a name.
    private let context: TLSContext
    private let session: TLSSession
    private(set) var isHandshaking = true
    private(set) var isBroken = false
    /// Whether the last read has emptied the socket.
    private(set) var hasEmptiedSocket = false
    /// Where it stands in line for the loop's time, see ``HandshakeRation``.
    var handshakeTurn = HandshakeRation.Turn.none
    private var hasEnded = false
    private var first: OutboundFrame?
    private var others: [OutboundFrame] = []
    private(set) var parkedBytes = 0

    /// Nil where memory is out.
    init?(_ context: TLSContext, over wire: TLSWire) {
        guard let session = TLSSession(context, over: wire) else { return nil }
        self.session = session
        self.context = context
        self.wire = wire
    }

    var isResumed: Bool { session.isResumed }
    /// `Strict-Transport-Security` of each response.
    var strictTransportSecurity: String? { context.strictTransportSecurity }

    /// Frames gathered in one record at most.
    static let framesARecord = 64

    // MARK: Receiving

    /// Reads from the socket and opens all that came, into `scratch`. Something may have to be sent afterwards.
    func receive(from descriptor: CInt, into scratch: ReadBuffer) -> Receipt {
        hasEmptiedSocket = false
        if isBroken { return .broken }
        if hasEnded { return .end }
        let (result, isLast) = wire.receive(from: descriptor)
        defer { wire.dropInput() }
        switch result {
        case .bytes:
            let receipt = open(into: scratch)
            // An end that stands behind the last bytes is told by the next call, which must not wait for the socket.
            hasEmptiedSocket = isLast && !hasEnded && !isBroken
            return receipt
        case .wouldBlock: return .wouldBlock
        case .end: return .end
        case .failed: return .lost
        }
    }

    /// Whether there is an end to be told that no event of the socket will announce.
    var hasUntoldEnd: Bool { hasEnded || isBroken }

    private func open(into scratch: ReadBuffer) -> Receipt {
        if isHandshaking {
            switch session.handshake() {
            case .bytes: isHandshaking = false
            case .needsInput: return .bytes(0)
            case .ended, .failed: return fail()
            }
        }
        var filled = 0
        while filled < scratch.capacity {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: scratch.bytes[filled...])
            switch unsafe session.read(into: rest) {
            case .bytes(let count): filled += count
            case .needsInput: return .bytes(filled)
            case .ended:
                hasEnded = true
                return filled > 0 ? .bytes(filled) : .end
            case .failed:
                let receipt = fail()
                return filled > 0 ? .bytes(filled) : receipt
            }
        }
        return .bytes(filled)
    }

    private func fail() -> Receipt {
        isBroken = true
        Log.debug("TLS ended by an error", ["reason": TLSSession.takeErrorText()])
        return .broken
    }

    // MARK: Sending

    /// Where OpenSSL's state begins.
    var sessionMemory: MemoryHint { session.memory }

    var hasParked: Bool { first != nil }

    /// Keeps `frame` until the turn ends; true for the first one.
    func park(_ frame: OutboundFrame) -> Bool {
        parkedBytes += frame.bytes.count
        guard first != nil else {
            first = frame
            return true
        }
        others.append(frame)
        return false
    }

    /// Hands out the parked frames.
    func takeParked() -> (first: OutboundFrame, others: [OutboundFrame])? {
        guard let first else { return nil }
        let others = others
        self.first = nil
        if !others.isEmpty { self.others = [] }
        parkedBytes = 0
        return (first, others)
    }

    /// Seals one record of `frame` from `offset`; how many bytes of it, nil where the connection is broken.
    func seal(_ frame: OutboundFrame, from offset: Int) -> Int? {
        unsafe frame.bytes.withUnsafeBytes { bytes in
            let part = unsafe UnsafeRawBufferPointer(rebasing: bytes.dropFirst(offset).prefix(TLSWire.recordBytes))
            return unsafe seal(part)
        }
    }

    /// Seals one record of several frames, without the first `offset` bytes of the first one.
    func seal(_ frames: ArraySlice<OutboundFrame?>, skipping offset: Int) -> Int? {
        guard let head = frames.first, let frame = head else { return 0 }
        if frames.count == 1 || frame.bytes.count - offset >= TLSWire.recordBytes { return seal(frame, from: offset) }
        var filled = 0
        var skipped = offset
        for case let frame? in frames where filled < TLSWire.recordBytes {
            filled += unsafe frame.bytes.withUnsafeBytes { bytes in
                let part = unsafe UnsafeRawBufferPointer(
                    rebasing: bytes.dropFirst(skipped).prefix(TLSWire.recordBytes - filled))
                unsafe UnsafeMutableRawBufferPointer(rebasing: wire.record.bytes[filled...]).copyMemory(from: part)
                return part.count
            }
            skipped = 0
        }
        return unsafe seal(UnsafeRawBufferPointer(rebasing: wire.record.bytes.prefix(filled)))
    }

    private func seal(_ bytes: UnsafeRawBufferPointer) -> Int? {
        if bytes.count == 0 { return 0 }
        guard !isBroken, !isHandshaking, unsafe session.write(bytes) else {
            isBroken = true
            return nil
        }
        return bytes.count
    }

    /// Seals the close_notify, once, where the session is whole.
    func closeNotify() {
        if !isHandshaking, !isBroken { session.closeNotify() }
    }
}
