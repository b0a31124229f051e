import Platform
import Wire

/// Sends one event to everybody who is live in a channel. Loop-confined; one for all channels of a loop.
///
/// The way to a connection is memory that no cache holds any more after the system call of the one before, so what is
/// read stands densely, and the connection a few steps ahead is asked for while the kernel is busy with this one. Nothing
/// is allocated or written for a delivery that the socket takes.
struct FanOut {
    /// One subscription as a fan-out sees it.
    struct Place {
        let sink: any FrameSink
        /// By which places are put in order.
        let socket: Int32
        fileprivate let memory: MemoryHint
        /// Events after this are delivered; none, while the subscriber is still being given what it missed.
        var after = Int64.max

        init(_ sink: any FrameSink) {
            self.sink = sink
            socket = sink.socket
            memory = MemoryHint(sink)
        }
    }

    /// Sends many together where the kernel can; nil: one by one.
    var ring: SendRing?

    /// How many steps before its use a connection's memory is asked for: with a system call in between, and without.
    private static let stepsAhead = 3
    private static let stepsAheadQueueing = 8

    /// A sink stands in one live place of a channel at most.
    ///
    /// - Parameter isWanted: whether the place of this index still is; asked when its turn comes.
    func send(_ event: PublishedEvent, to places: [Place], while isWanted: (Int) -> Bool) {
        if let ring, places.count >= ring.leastSends {
            sendTogether(event, to: places, by: ring, while: isWanted)
        } else {
            sendOneByOne(event, to: places, while: isWanted)
        }
    }

    private func sendOneByOne(_ event: PublishedEvent, to places: [Place], while isWanted: (Int) -> Bool) {
        let frame = event.frame
        for index in places.indices {
            if index + Self.stepsAhead < places.count { places[index + Self.stepsAhead].memory.prefetch() }
            // One whose snapshot or last page was read from PostgreSQL may be ahead of what was published here.
            if places[index].after < event.seq, isWanted(index) { places[index].sink.deliver(frame) }
        }
    }

    private func sendTogether(
        _ event: PublishedEvent, to places: [Place], by ring: SendRing, while isWanted: (Int) -> Bool
    ) {
        let frame = event.frame
        // A function, since a closure in a variable is allocated.
        func settle(_ index: Int, _ result: Int32) {
            if Int(result) != frame.bytes.count { places[index].sink.settle(frame, result) }
        }
        unsafe frame.bytes.withUnsafeBytes { bytes in
            for index in places.indices {
                let ahead = index + Self.stepsAheadQueueing
                if ahead < places.count { places[ahead].memory.prefetch() }
                guard places[index].after < event.seq, isWanted(index) else { continue }
                let socket = places[index].sink.offer(frame)
                guard socket >= 0 else { continue }
                if ring.isFull { ring.submit(settle) }
                unsafe ring.add(socket, bytes, mark: index)
            }
            ring.submit(settle)
        }
    }
}
