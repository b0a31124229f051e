import Glibc
import Platform
import Wire

/// Clients that raise alerts over REST, each on a connection of its own, the next when the last is answered.
/// Loop-confined.
final class PosterSwarm {
    private let reactor: Reactor
    private let port: UInt16
    private let clinics: Int
    private let clients: Int
    private let end: MonotonicTime
    private let began = MonotonicTime.now()
    private let answer: (String) -> Void
    private var posters: [Poster] = []
    private var running = 0
    private var refused = 0
    private var times: [UInt64] = []

    init(
        _ reactor: Reactor, clients: Int, clinics: Int, seconds: Int, port: UInt16,
        then answer: @escaping (String) -> Void
    ) {
        self.reactor = reactor
        self.port = port
        self.clients = clients
        self.clinics = max(1, clinics)
        self.answer = answer
        end = began.advanced(by: .seconds(seconds))
    }

    func start() {
        do {
            for client in 0..<clients {
                let request = try BenchClinic(client % clinics).requestToRaise()
                posters.append(try Poster(reactor, self, port: port, request: request))
                running += 1
            }
        } catch {
            answer("failed \(error)")
        }
    }

    /// Whether the poster shall go on.
    func answered(_ status: HTTPStatus, after time: UInt64) -> Bool {
        if status == .created { times.append(time) } else { refused += 1 }
        if MonotonicTime.now() < end { return true }
        ended()
        return false
    }

    func lost() {
        refused += 1
        ended()
    }

    /// Answers `ok`, the alerts a second, the refused, and the p50 and p99 of a request in nanoseconds.
    private func ended() {
        running -= 1
        guard running == 0 else { return }
        let seconds = began.duration(to: .now()).inMilliseconds / 1000
        for poster in posters { poster.close() }
        posters.removeAll()
        times.sort()
        guard !times.isEmpty else { return answer("failed: nothing was raised, \(refused) refused") }
        answer(
            "ok \(Double(times.count) / seconds) \(refused) \(Statistics.percentile(0.5, of: times)) "
                + "\(Statistics.percentile(0.99, of: times))")
    }
}

/// One client of the swarm.
private final class Poster: ReadinessHandler {
    private let reactor: Reactor
    private let swarm: PosterSwarm
    private let request: [UInt8]
    private let socket: FileDescriptor
    private var watch: Watch?
    private var parser = HTTPResponseParser()
    private var sentAt = MonotonicTime.now()
    private var isConnected = false

    init(_ reactor: Reactor, _ swarm: PosterSwarm, port: UInt16, request: [UInt8]) throws {
        self.reactor = reactor
        self.swarm = swarm
        self.request = request
        socket = try Socket.connect(to: .loopback(port: port))
        watch = try reactor.watch(socket.number, for: .writable, handler: self)
    }

    func close() {
        if let watch { reactor.unwatch(watch) }
        watch = nil
    }

    func becameReady(_ readiness: Readiness) {
        guard isConnected else {
            isConnected = true
            if let watch { reactor.rewatch(watch, for: .readable) }
            return post()
        }
        switch reactor.scratch.receive(from: socket.number) {
        case .bytes(let count): take(reactor.scratch.copy(count))
        case .wouldBlock: break
        case .end, .failed: lose()
        }
    }

    private func post() {
        sentAt = .now()
        _ = unsafe request.withUnsafeBytes { unsafe Socket.send(socket.number, $0) }
    }

    private func take(_ bytes: [UInt8]) {
        guard let step = try? parser.parse(bytes) else { return lose() }
        guard case .response(let response) = step.event else { return }
        if swarm.answered(response.status, after: sentAt.duration(to: .now()).wholeNanoseconds) {
            post()
        } else {
            close()
        }
    }

    private func lose() {
        close()
        swarm.lost()
    }
}
