import CLinux
import Glibc

/// One simulated TCP connection: what is on its way in both directions, and what the hub's epoll set knows of it.
final class Link {
    /// What `epoll_ctl` was told.
    struct Registration {
        var token: UInt64
        var interest: UInt32
    }

    let name: Int
    /// The hub's descriptor while it is open.
    var descriptor: CInt?
    var registration: Registration?
    /// Whether something has happened since it was last reported, as an edge-triggered registration wants it.
    private(set) var hasEdge = false

    /// Arrived at the hub and not read by it.
    private(set) var arrived: [UInt8] = []
    private(set) var peerHasFinished = false
    /// The connection is gone by the peer's doing: the next call fails.
    private(set) var isReset = false

    /// Taken from the hub and not read by the peer.
    private(set) var inFlight: [UInt8] = []
    /// Bytes that the hub's socket still takes.
    private(set) var room: Int
    /// Room that the kernel does not give for the moment.
    private var withheld = 0
    /// The hub was told that there is no room, so it is owed an edge when there is.
    private var owesWritable = false
    private(set) var hubHasFinished = false
    private(set) var hubHasClosed = false
    /// What was in flight is lost to the peer: the hub's end answered with a reset.
    private(set) var wasCutOff = false
    /// System calls of the hub on this connection that can fail.
    var calls = 0

    init(name: Int, room: Int) {
        self.name = name
        self.room = room
    }

    // MARK: What the hub sees

    /// What `epoll_wait` reports of it at this moment.
    var readiness: UInt32 {
        var events: UInt32 = 0
        if !arrived.isEmpty || peerHasFinished || isReset { events |= EPOLLIN.rawValue }
        if peerHasFinished || isReset { events |= EPOLLRDHUP.rawValue }
        if isReset || (peerHasFinished && hubHasFinished) { events |= EPOLLHUP.rawValue }
        if isReset { events |= EPOLLERR.rawValue }
        if room > 0 || isReset { events |= EPOLLOUT.rawValue }
        return events & ((registration?.interest ?? 0) | EPOLLERR.rawValue | EPOLLHUP.rawValue)
    }

    func raiseEdge() { hasEdge = true }
    func lowerEdge() { hasEdge = false }

    func read(atMost limit: Int) -> [UInt8] {
        let bytes = Array(arrived.prefix(limit))
        arrived.removeFirst(bytes.count)
        return bytes
    }

    /// The hub writes; how many bytes are taken, 0 where there is no room.
    ///
    /// - Parameter limit: takes no more of them, as if memory were short until the peer reads.
    func write(_ bytes: UnsafeBufferPointer<UInt8>, limit: Int) -> Int {
        let count = min(bytes.count, room, max(0, limit))
        inFlight += bytes.prefix(count)
        room -= count
        if count < bytes.count {
            withheld += room
            room = 0
            owesWritable = true
        }
        return count
    }

    func finishByHub() { hubHasFinished = true }

    func closeByHub() {
        descriptor = nil
        registration = nil
        hubHasFinished = true
        hubHasClosed = true
        // RFC 2525 §2.17: data that nobody read is answered with a reset, which may destroy what was sent before.
        if !arrived.isEmpty { cutOff() }
    }

    /// The kernel has memory again.
    func giveBack() {
        guard withheld > 0 else { return }
        room += withheld
        withheld = 0
        tellWritable()
    }

    private func tellWritable() {
        guard owesWritable, room > 0 else { return }
        owesWritable = false
        raiseEdge()
    }

    private func cutOff() {
        wasCutOff = true
        inFlight = []
    }

    // MARK: What the peer does

    func arrive(_ bytes: ArraySlice<UInt8>) {
        guard !isReset else { return }
        // A closed socket answers with a reset.
        guard !hubHasClosed else { return cutOff() }
        arrived += bytes
        raiseEdge()
    }

    func finishByPeer() {
        guard !isReset, !peerHasFinished else { return }
        peerHasFinished = true
        raiseEdge()
    }

    func resetByPeer() {
        guard !isReset else { return }
        isReset = true
        arrived = []
        raiseEdge()
    }

    /// What the peer reads of what is in flight.
    func take(atMost limit: Int) -> [UInt8] {
        let bytes = Array(inFlight.prefix(limit))
        inFlight.removeFirst(bytes.count)
        room += bytes.count
        tellWritable()
        return bytes
    }
}
