import Wire

/// What a socket would not take yet: references to immutable frames, in order, with how far the first one got.
///
/// A connection has one only while its peer is behind; it is let go as soon as it is empty.
final class Outbox {
    private var frames: [OutboundFrame?] = []
    private var head = 0
    private var headOffset = 0
    /// Bytes not yet taken by the socket.
    private(set) var byteCount = 0
    /// The newest pong, sent between two frames: an older one that is still here is not worth sending (RFC 6455 §5.5.3).
    private var pong: OutboundFrame?
    /// The pong that has its place among the frames.
    private var placedPong: OutboundFrame?
    /// So many frames at the head are of HTTP: nothing goes before them, and they are not dropped.
    private var pinned = 0
    /// The rest of TLS records that are sealed: it leaves before all frames, and nothing of it can be taken back.
    private(set) var sealed: [UInt8] = []

    var isEmpty: Bool { byteCount == 0 }
    var frameCount: Int { frames.count - head }

    /// Queues `frame`, of which the socket has taken `written` bytes already; more than 0 only where nothing is queued.
    func append(_ frame: OutboundFrame, written: Int = 0) {
        if head == frames.count { headOffset = written }
        frames.append(frame)
        byteCount += frame.bytes.count - written
    }

    /// Keeps what is queued now where it is: it is HTTP's, and what follows is a WebSocket's.
    func pin() { pinned = frames.count - head }

    /// Takes over what another queue holds, behind the sealed bytes; no frame is queued here.
    func takeFrames(of other: Outbox) {
        frames = other.frames
        head = other.head
        headOffset = other.headOffset
        pinned = other.pinned
        byteCount += other.byteCount
    }

    /// Queues sealed bytes behind those that wait already.
    func appendSealed(_ bytes: ArraySlice<UInt8>) {
        sealed += bytes
        byteCount += bytes.count
    }

    /// Notes that the socket took `count` of the sealed bytes.
    func tookSealed(_ count: Int) {
        sealed.removeFirst(count)
        byteCount -= count
    }

    /// Queues a pong in place of one that still waits.
    func replacePong(_ frame: OutboundFrame) {
        if let placed = placedPong,
            let index = frames[head...].prefix(fixedCount + 1).firstIndex(where: { $0 === placed }),
            index > head || headOffset == 0
        {
            byteCount += frame.bytes.count - placed.bytes.count
            frames[index] = frame
            placedPong = frame
            return
        }
        if let waiting = pong { byteCount -= waiting.bytes.count }
        pong = frame
        byteCount += frame.bytes.count
    }

    /// Drops frames that have not begun to leave, where `isExpendable` says so; a begun one stays, or framing breaks.
    func discard(where isExpendable: (OutboundFrame) -> Bool) {
        let fixed = head + fixedCount
        guard frames.count > fixed else { return }
        var kept: [OutboundFrame?] = Array(frames[head..<fixed])
        for case let frame? in frames[fixed...] {
            if isExpendable(frame) {
                byteCount -= frame.bytes.count
            } else {
                kept.append(frame)
            }
        }
        frames = kept
        head = 0
    }

    /// Drops all that has not begun to leave.
    func discardUnbegun() {
        discard { _ in true }
        if let waiting = pong { byteCount -= waiting.bytes.count }
        pong = nil
    }

    /// The frames to write next, at most `limit`, with the offset into the first.
    func next(limit: Int) -> (frames: ArraySlice<OutboundFrame?>, offset: Int) {
        placePong()
        return (frames[head..<min(head + limit, frames.count)], headOffset)
    }

    /// Notes that the socket took `count` bytes.
    func took(_ count: Int) {
        var remaining = count
        byteCount -= count
        while remaining > 0, head < frames.count, let frame = frames[head] {
            let rest = frame.bytes.count - headOffset
            guard remaining >= rest else {
                headOffset += remaining
                return
            }
            remaining -= rest
            frames[head] = nil
            head += 1
            pinned = max(0, pinned - 1)
            headOffset = 0
        }
        compact()
    }

    /// A pong goes out as early as framing allows: before the first frame that has not begun, but not before the 101.
    private func placePong() {
        guard let waiting = pong else { return }
        frames.insert(waiting, at: head + fixedCount)
        placedPong = waiting
        pong = nil
    }

    /// Frames at the head that nothing can go before any more.
    private var fixedCount: Int { max(headOffset > 0 ? 1 : 0, pinned) }

    private func compact() {
        guard head > 32, head * 2 > frames.count else { return }
        frames.removeFirst(head)
        head = 0
    }
}
