import Wire

/// One client of the simulated world: what it sends, when it reads, how it ends, and what it must be told.
final class Peer {
    enum Act {
        case send([UInt8])
        /// Goes on once it has been told enough.
        case wait(until: (PeerReading) -> Bool)
        /// Sends its FIN.
        case finish
        case reset
        /// Reads nothing any more.
        case stopReading
    }

    /// How its bytes arrive and are read.
    enum Pace: CaseIterable { case whole, bytes, pieces }

    let link: Link
    let reading = PeerReading()
    let description: String
    private var acts: ArraySlice<Act>
    private var unsent: ArraySlice<UInt8> = []
    private let pace: Pace
    private var isConnected = false
    private var readsNoMore = false
    /// Nil where it speaks plainly.
    private var tls: SecureEnd?
    /// So many calls of the hub on its connection succeed before it is reset.
    var lastCall: Int?
    /// What is wrong with what it was told; nil: nothing. `isWhole`: nothing may be missing.
    private let check: (PeerReading, _ isWhole: Bool) -> String?
    /// Whether it plays by the rules to the end, so that nothing of its answers may be missing.
    private let isHonest: Bool
    /// Whether the hub waits for it at the end, so that all it sends then arrives.
    private let endsInOrder: Bool

    init(
        _ description: String, link: Link, pace: Pace, isHonest: Bool = true, endsInOrder: Bool = true, acts: [Act],
        check: @escaping (PeerReading, _ isWhole: Bool) -> String?
    ) {
        self.description = description
        self.link = link
        self.pace = pace
        self.isHonest = isHonest
        self.endsInOrder = endsInOrder
        self.acts = acts[...]
        self.check = check
    }

    /// Lets it speak TLS.
    func secure() throws { tls = try SecureEnd() }

    /// Whether it would do something now.
    var mayAct: Bool {
        if link.isReset { return false }
        if !isConnected || !unsent.isEmpty || (!link.inFlight.isEmpty && !readsNoMore) || owesEnd { return true }
        switch acts.first {
        case .wait(let isTold): return isTold(reading)
        case .send, .finish, .reset, .stopReading: return !link.hubHasClosed && tls?.isReady ?? true
        case nil: return false
        }
    }

    /// Whether it should first be given what it was sent, because it reads as fast as it can.
    func isBehind(_ seq: Int64) -> Bool {
        guard isHonest, !link.isReset, !link.hubHasFinished, let newest = reading.newestSeq else { return false }
        return newest + 20 < seq
    }

    /// Whoever has read the hub's FIN answers with its own.
    private var owesEnd: Bool {
        link.hubHasFinished && link.inFlight.isEmpty && !link.peerHasFinished && !readsNoMore
    }

    func act(_ kernel: SimulatedKernel) {
        guard isConnected else {
            isConnected = true
            if let tls { unsent += tls.begin() }
            return kernel.connect(link)
        }
        if let lastCall, link.calls >= lastCall { return link.resetByPeer() }
        if !link.inFlight.isEmpty, !readsNoMore, kernel.random.happens(600) { return read(kernel) }
        if owesEnd { return link.finishByPeer() }
        if !unsent.isEmpty { return send(kernel) }
        if tls?.isReady ?? true { takeNextAct(kernel) }
        if !link.inFlight.isEmpty, !readsNoMore { read(kernel) }
    }

    private func takeNextAct(_ kernel: SimulatedKernel) {
        switch acts.first {
        case .wait(let isTold):
            if isTold(reading) { acts.removeFirst() }
        case .send(let bytes):
            acts.removeFirst()
            unsent += tls?.seal(bytes) ?? bytes
            send(kernel)
        case .finish:
            acts.removeFirst()
            if let tls { link.arrive(tls.end()[...]) }
            link.finishByPeer()
        case .reset:
            acts.removeFirst()
            link.resetByPeer()
        case .stopReading:
            acts.removeFirst()
            readsNoMore = true
        case nil: break
        }
    }

    private func send(_ kernel: SimulatedKernel) {
        // Nobody sends on a connection that it has ended itself.
        guard !unsent.isEmpty, !link.peerHasFinished else { return unsent = [] }
        let count = min(unsent.count, portion(kernel))
        link.arrive(unsent.prefix(count))
        unsent = unsent.dropFirst(count)
    }

    private func read(_ kernel: SimulatedKernel) {
        let bytes = link.take(atMost: portion(kernel))
        guard let tls else { return reading.take(bytes) }
        let (plain, reply) = tls.receive(bytes)
        reading.take(plain)
        if !link.peerHasFinished { unsent += reply }
    }

    private func portion(_ kernel: SimulatedKernel) -> Int {
        switch pace {
        case .whole: .max
        // Long messages byte by byte would only take long.
        case .bytes: unsent.count > 4_096 || link.inFlight.count > 4_096 ? kernel.random.number(1...8_192) : 1
        case .pieces: kernel.random.number(1...kernel.random.number(1...2_000))
        }
    }

    /// What is wrong at the end of the run.
    ///
    /// - Parameter isForgiven: a fault hit this connection, so that its end may be missing.
    func fault(isForgiven: Bool) -> String? {
        if !link.hubHasClosed { return "\(description): the hub has not closed it" }
        let isWhole = isHonest && !isForgiven && !link.isReset
        if isWhole, link.wasCutOff { return "\(description): a reset destroyed what was sent to it" }
        if isWhole, !link.inFlight.isEmpty { return "\(description): has not read all" }
        if isWhole, endsInOrder, let tls, tls.isReady, !tls.isToldEnd {
            return "\(description): cut without close_notify"
        }
        if case .garbage(let what) = reading.items.last {
            return "\(description): \(what) after \(reading.items.count)"
        }
        return check(reading, isWhole).map { "\(description): \($0)" }
    }
}
