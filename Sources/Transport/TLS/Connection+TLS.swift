import Glibc
import Platform
import Wire

/// What a connection does differently where it speaks TLS.
///
/// Everything above it sees a socket that takes plain bytes: frames are parked for the turn, then sealed; what the socket
/// does not take of a sealed record waits in the queue before the frames that are not sealed yet.
extension Connection {
    // MARK: Receiving

    /// Whether the loop has time for this handshake in this turn; if not, `resumeHandshake` is called when it has.
    func mayGoOnWithHandshake(_ link: TLSLink) -> Bool { server.tls?.admitsHandshake(of: self, link) ?? true }

    /// Reads and opens what has come, into the start of the loop's scratch buffer, and sends what TLS itself answers.
    func receiveSealed(_ link: TLSLink) -> ReceiveResult {
        let receipt: TLSLink.Receipt
        if link.isHandshaking, let endpoint = server.tls {
            receipt = endpoint.timed { link.receive(from: number, into: server.reactor.scratch) }
            if !link.isHandshaking { noteHandshake(link) }
        } else {
            receipt = link.receive(from: number, into: server.reactor.scratch)
        }
        transmit(link)
        switch receipt {
        case .bytes(let count): return .bytes(count)
        case .wouldBlock: return .wouldBlock
        case .end: return .end
        case .lost: return .failed(SystemError("recv"))
        case .broken:
            guard link.isHandshaking, phase == .open else { return .failed(SystemError("TLS", code: 0)) }
            // In order, so that the alert arrives: a close with unread input would be a reset.
            server.counters.refused(.tlsHandshake)
            finish()
            return .bytes(0)
        }
    }

    private func noteHandshake(_ link: TLSLink) {
        server.counters.handshakes &+= 1
        if link.isResumed { server.counters.resumedHandshakes &+= 1 }
    }

    // MARK: Sending

    /// Keeps `frame` for the end of the turn, or sends what is kept where it fills a record. All of it is taken.
    func park(_ frame: OutboundFrame, _ link: TLSLink) -> Int {
        if link.park(frame) { server.tls?.sendLater(self, link) }
        if link.parkedBytes >= TLSWire.recordBytes { sendParked() }
        return frame.bytes.count
    }

    /// Seals and sends what was parked in this turn; the queue takes what the socket does not.
    func sendParked() {
        guard let link = tls, let (first, others) = link.takeParked() else { return }
        guard others.isEmpty else { return sendParked(first, others, link) }
        var offset = 0
        while offset < first.bytes.count {
            if outbox != nil { return enqueue(first, written: offset) }
            guard let count = link.seal(first, from: offset) else { return loseLater() }
            offset += count
            transmit(link)
        }
    }

    private func sendParked(_ first: OutboundFrame, _ others: [OutboundFrame], _ link: TLSLink) {
        let parked = Outbox()
        parked.append(first)
        for frame in others { parked.append(frame) }
        while !parked.isEmpty {
            if outbox != nil { return withOutbox { $0.takeFrames(of: parked) } }
            let next = parked.next(limit: TLSLink.framesARecord)
            guard let count = link.seal(next.frames, skipping: next.offset) else { return loseLater() }
            parked.took(count)
            transmit(link)
        }
    }

    /// Sends what TLS has written, behind what waits already.
    private func transmit(_ link: TLSLink) {
        let wire = link.wire
        guard !wire.output.isEmpty else { return }
        defer { wire.clearOutput() }
        guard number >= 0, phase != .lingering, phase != .closed else { return }
        if outbox == nil, let batch = server.tls?.batch, batch.add(wire.output, of: self) {
            server.counters.bytesOut &+= UInt64(wire.output.count)
            return
        }
        var taken = 0
        if outbox == nil {
            guard let count = unsafe wire.output.withUnsafeBytes({ unsafe sendNow($0) }) else { return loseLater() }
            taken = count
        }
        queueSealed(wire.output[taken...])
    }

    /// Offers sealed bytes to the socket; how many it took, nil where it failed.
    private func sendNow(_ bytes: UnsafeRawBufferPointer) -> Int? {
        switch unsafe Socket.send(number, bytes) {
        case .bytes(let count):
            server.counters.bytesOut &+= UInt64(count)
            return count
        case .wouldBlock: return 0
        case .failed: return nil
        }
    }

    private func queueSealed(_ bytes: ArraySlice<UInt8>) {
        guard !bytes.isEmpty else { return }
        withOutbox { $0.appendSealed(bytes) }
        // What a peer makes TLS itself say, and does not read, is bounded too.
        if outbox?.byteCount ?? 0 > server.limits.maxQueuedBytes + 2 * TLSWire.recordBytes { loseLater() }
    }

    /// A batch's send for this connection took fewer than all `bytes`, or failed with a negative `errno`.
    func settleSealed(_ bytes: UnsafeRawBufferPointer, _ result: Int32) {
        server.counters.bytesOut &-= UInt64(bytes.count)
        guard number >= 0 else { return }
        var taken = Int(result)
        switch -result {
        case EINTR, EAGAIN:
            // Asked again the ordinary way, after which the kernel certainly tells when there is room.
            guard let count = unsafe sendNow(bytes) else { return loseLater() }
            taken = count
        case 1...: return loseLater()
        default:
            server.counters.bytesOut &+= UInt64(taken)
            flushLater()
        }
        queueSealed(unsafe Array(bytes.dropFirst(taken))[...])
    }

    /// Sends the sealed bytes of the queue, or else seals the next record of it.
    func sendSealed(from outbox: Outbox, _ link: TLSLink) -> SendResult {
        if outbox.sealed.isEmpty {
            let next = outbox.next(limit: TLSLink.framesARecord)
            guard let count = link.seal(next.frames, skipping: next.offset) else {
                return .failed(SystemError("TLS", code: 0))
            }
            outbox.took(count)
            outbox.appendSealed(link.wire.output[...])
            link.wire.clearOutput()
        }
        let result = unsafe outbox.sealed.withUnsafeBytes { unsafe Socket.send(number, $0) }
        if case .bytes(let count) = result { outbox.tookSealed(count) }
        return result
    }

    /// Sends what is parked and the close_notify (RFC 8446 §6.1), with which TLS tells an end from a cut.
    func endSecureSending(_ link: TLSLink) {
        sendParked()
        guard outbox == nil else { return }
        link.closeNotify()
        transmit(link)
    }

    private func loseLater() { server.reactor.atEndOfTurn { self.lose() } }
}
