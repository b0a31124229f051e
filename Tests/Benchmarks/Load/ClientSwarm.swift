import Glibc
import Platform
import Wire

/// What the clients of a `ClientSwarm` ask for, again and again.
enum AlertRequest: String {
    /// A new alert.
    case raise = "post"
    /// One of the alerts that `BenchDatabase.seedAlerts` has raised, the next one each time.
    case read = "get"

    func requests(in clinic: BenchClinic) throws -> [[UInt8]] {
        switch self {
        case .raise: [try clinic.requestToRaise()]
        case .read: try (0..<BenchClinic.alerts).map { try clinic.requestToRead($0) }
        }
    }

    var success: HTTPStatus { self == .raise ? .created : .ok }
}

/// Clients of REST, each on a connection of its own, that ask again when they are answered. Loop-confined.
final class ClientSwarm {
    private let reactor: Reactor
    private let request: AlertRequest
    private let port: UInt16
    private let clinics: Int
    private let clients: Int
    private let end: MonotonicTime
    private let began = MonotonicTime.now()
    private let answer: (String) -> Void
    private var members: [SwarmClient] = []
    private var running = 0
    private var refused = 0
    private var times: [UInt64] = []

    init(
        _ reactor: Reactor, _ request: AlertRequest, clients: Int, clinics: Int, seconds: Int, port: UInt16,
        then answer: @escaping (String) -> Void
    ) {
        self.reactor = reactor
        self.request = request
        self.port = port
        self.clients = clients
        self.clinics = max(1, clinics)
        self.answer = answer
        end = began.advanced(by: .seconds(seconds))
    }

    func start() {
        do {
            for client in 0..<clients {
                let requests = try request.requests(in: BenchClinic(client % clinics))
                members.append(try SwarmClient(reactor, self, port: port, requests: requests))
                running += 1
            }
        } catch {
            answer("failed \(error)")
        }
    }

    /// Whether the client shall go on.
    func answered(_ status: HTTPStatus, after time: UInt64) -> Bool {
        if status == request.success { times.append(time) } else { refused += 1 }
        if MonotonicTime.now() < end { return true }
        ended()
        return false
    }

    func lost() {
        refused += 1
        ended()
    }

    /// Answers `ok`, the requests a second, the refused, and the p50 and p99 of a request in nanoseconds.
    private func ended() {
        running -= 1
        guard running == 0 else { return }
        let seconds = began.duration(to: .now()).inMilliseconds / 1000
        for member in members { member.close() }
        members.removeAll()
        times.sort()
        guard !times.isEmpty else { return answer("failed: nothing was done, \(refused) refused") }
        answer(
            "ok \(Double(times.count) / seconds) \(refused) \(Statistics.percentile(0.5, of: times)) "
                + "\(Statistics.percentile(0.99, of: times))")
    }
}

/// One client of the swarm.
private final class SwarmClient: ReadinessHandler {
    private let reactor: Reactor
    private let swarm: ClientSwarm
    private let requests: [[UInt8]]
    private var next = 0
    private let socket: FileDescriptor
    private var watch: Watch?
    private var parser = HTTPResponseParser()
    private var sentAt = MonotonicTime.now()
    private var isConnected = false

    init(_ reactor: Reactor, _ swarm: ClientSwarm, port: UInt16, requests: [[UInt8]]) throws {
        self.reactor = reactor
        self.swarm = swarm
        self.requests = requests
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
            return ask()
        }
        switch reactor.scratch.receive(from: socket.number) {
        case .bytes(let count): take(reactor.scratch.copy(count))
        case .wouldBlock: break
        case .end, .failed: lose()
        }
    }

    private func ask() {
        sentAt = .now()
        _ = unsafe requests[next].withUnsafeBytes { unsafe Socket.send(socket.number, $0) }
        next = (next + 1) % requests.count
    }

    private func take(_ bytes: [UInt8]) {
        guard let step = try? parser.parse(bytes) else { return lose() }
        guard case .response(let response) = step.event else { return }
        if swarm.answered(response.status, after: sentAt.duration(to: .now()).wholeNanoseconds) {
            ask()
        } else {
            close()
        }
    }

    private func lose() {
        close()
        swarm.lost()
    }
}
