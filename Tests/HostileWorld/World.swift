import Platform
import Wire

/// What one run is made of; the same seed makes the same run.
struct Scenario: Sendable {
    var seed: UInt64
    var faults = Faults()
    /// Makes the peers, given a token and the channel that it is good for.
    var peers: @Sendable (inout SplitMix, _ token: String, _ channel: String, _ newest: Int64) -> [Peer]
    /// Events that are committed during the run, and bytes of each.
    var events: Int64 = 0
    var eventBytes = 40
    /// Whether all speak TLS.
    var isSecure = false

    init(
        seed: UInt64, peers: @escaping @Sendable (inout SplitMix, String, String, Int64) -> [Peer]
    ) {
        self.seed = seed
        self.peers = peers
    }
}

/// What came of a run.
struct Outcome: Sendable {
    /// What must not have been; empty where all is well.
    var faults: [String] = []
    /// System calls of each connection that could have failed.
    var calls: [Int] = []
    /// A digest of all that the hub asked of the kernel, and when.
    var digest: UInt64 = 0
    var turns = 0
}

/// Lets the peers act while the hub sleeps, and looks at what is left when nothing more happens.
final class World: KernelScript {
    private let peers: [Peer]
    private let commit: (Int64) -> Void
    private let remains: () -> [String]
    private let finished: (Outcome) -> Void
    private let scenario: Scenario
    private var committed: Int64 = 0
    private var isOver = false
    private var lastPeer: Peer?
    weak var kernel: SimulatedKernel?

    /// - Parameters:
    ///   - commit: makes the hub deliver an event.
    ///   - remains: what the hub still has of connections that are over.
    ///   - finished: told once; when it returns, the loop is being stopped.
    init(
        _ scenario: Scenario, peers: [Peer], commit: @escaping (Int64) -> Void, remains: @escaping () -> [String],
        finished: @escaping (Outcome) -> Void
    ) {
        self.scenario = scenario
        self.peers = peers
        self.commit = commit
        self.remains = remains
        self.finished = finished
    }

    private var all: [Peer] { peers + [lastPeer].compactMap { $0 } }

    var hasWork: Bool { committed < scenario.events || all.contains(where: \.mayAct) }

    func act() {
        guard let kernel, !isOver else { return }
        let mayCommit = committed < scenario.events && !peers.contains { $0.isBehind(committed) }
        if mayCommit, kernel.random.happens(300) {
            committed += 1
            commit(committed)
        }
        for _ in 0..<kernel.random.number(0...3) {
            let able = all.filter(\.mayAct)
            guard let peer = able.randomElement(using: &kernel.random) else { return }
            peer.act(kernel)
        }
    }

    func becameQuiet() {
        guard let kernel, !isOver else { return }
        // Whatever happened, the next one is served.
        guard lastPeer != nil else {
            lastPeer = Peer(
                "the last one", link: Link(name: peers.count, room: 10_000), pace: .pieces,
                acts: [.send(Array("GET /health/live HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n".utf8))],
                check: Peer.expecting([.response(200)]))
            if scenario.isSecure { try? lastPeer?.secure() }
            return
        }
        finish(kernel, all.compactMap { $0.fault(isForgiven: isForgiven($0)) } + remains())
    }

    func gaveUp(_ reason: String) {
        guard let kernel, !isOver else { return }
        let waiting = all.filter { !$0.link.hubHasClosed }.map(\.description).joined(separator: ", ")
        finish(kernel, ["the run does not end after \(reason): \(waiting)"])
    }

    /// Whether a fault of the kernel hit its connection; an interruption or a full socket is none.
    private func isForgiven(_ peer: Peer) -> Bool { kernel?.struck.contains(peer.link.name) ?? false }

    private func finish(_ kernel: SimulatedKernel, _ faults: [String]) {
        isOver = true
        var outcome = Outcome()
        outcome.faults = kernel.violations + faults
        if kernel.openDescriptors > 0 { outcome.faults.append("\(kernel.openDescriptors) descriptors are open") }
        outcome.calls = all.map(\.link.calls)
        outcome.digest = kernel.digest
        outcome.turns = kernel.turns
        finished(outcome)
    }
}
