import API
import Clinic
import Database
import Hub
import HubProtocol
import Platform
import Store
import Transport
import Wire

/// The loops of this process and what they share. Any thread.
final class HubProcess: ProcessStatus, Sendable {
    let broadcast = Broadcast()
    let work = WorkSignal()
    let revocations = Revocations()
    let intakeStatus = IntakeStatus()
    private let loops = Locked<[EventLoop<HubLoop>]>([])
    private let isDraining = Locked(false)

    /// Starts the loops; each connects to the database and builds its state.
    func start(_ count: Int, _ configuration: HubConfiguration) throws {
        for index in 0..<count {
            let loop = try EventLoop(name: "hub-\(index)") { [self] reactor in
                try HubLoop(reactor, index: index, configuration, process: self)
            }
            loops.withLock { $0.append(loop) }
            broadcast.join { event in loop.post { $0.hub.channels.publish(event) } }
            revocations.join { loop.post { $0.service.endRevokedSessions() } }
            if index == 0 {
                work.connect { work in loop.post { $0.take(work) } }
                broadcast.connect { head in loop.post { $0.announce(head) } }
                configuration.service.tokens.ring?.connect { loop.post { $0.fetchKeys() } }
            }
        }
    }

    /// Learns which tokens are revoked: before anybody is let in.
    func loadRevocations() async throws {
        guard let loop = loops.withLock({ $0.first }) else { return }
        try await loop.run { try await $0.loadRevocations() }
    }

    /// Fetches the issuer's keys; where that fails the hub serves all the same, and tries again.
    func loadKeys() async {
        guard let loop = loops.withLock({ $0.first }) else { return }
        try? await loop.run { await $0.loadKeys() }
    }

    /// Begins to serve on `address` on every loop; returns the address with its port.
    func listen(on address: SocketAddress) async throws(SystemError) -> SocketAddress {
        var address = address
        for loop in loops.withLock({ $0 }) {
            let wanted = address
            let result: Result<SocketAddress, SystemError> = await loop.ask { state in
                do throws(SystemError) {
                    let bound = try state.server.listen(on: wanted)
                    state.begin()
                    return .success(bound)
                } catch {
                    return .failure(error)
                }
            }
            // With port 0 the first loop finds a port, and the others share it.
            address = try result.get()
        }
        return address
    }

    /// New connections are made with these certificates, on every loop; open ones go on.
    func secure(with configuration: TLSConfiguration) {
        for loop in loops.withLock({ $0 }) {
            loop.post { state in
                do throws(TLSError) {
                    try state.server.secure(with: configuration)
                } catch {
                    Log.error("new certificates are not served", ["reason": error.description])
                }
            }
        }
    }

    /// Tells every loop of events that another node wrote.
    func noteHeads(_ heads: [EventHead]) {
        for loop in loops.withLock({ $0 }) {
            loop.post { state in
                for head in heads { state.hub.channels.noteHead(of: head.clinic, head.position) }
            }
        }
    }

    /// Asks all channels to compare themselves with the database now.
    func compareChannels() {
        for loop in loops.withLock({ $0 }) {
            loop.post { state in state.compareNow() }
        }
    }

    /// Stops every loop in order. Blocks until they have ended; not from a loop.
    func stop(code: CloseCode) {
        isDraining.withLock { $0 = true }
        let loops = loops.withLock { $0 }
        let latches = loops.map { loop in
            let latch = Latch()
            loop.post { $0.stop(code: code) { latch.open() } }
            return latch
        }
        for latch in latches { latch.wait() }
        for loop in loops {
            loop.stop()
            loop.join()
        }
    }

    // MARK: ProcessStatus

    func obstacles() async -> [String] {
        if isDraining.withLock({ $0 }) { return ["The hub is stopping."] }
        var obstacles: [String] = []
        let loops = loops.withLock { $0 }
        for (index, loop) in loops.enumerated() where await !loop.ask({ $0.pool.isAvailable }) {
            obstacles.append("Loop \(index) has no database connection.")
        }
        if let first = loops.first, await first.ask({ $0.hub.watch?.lateness }) != nil {
            obstacles.append("The escalation engine is late.")
        }
        return obstacles
    }

    func samples() async -> [MetricsSample] {
        var samples: [MetricsSample] = []
        for loop in loops.withLock({ $0 }) { samples.append(await loop.ask { $0.sample }) }
        return samples
    }
}
