import Platform
import Wire

/// Raises alerts at a steady rate, each in the next clinic, whether the ones before are answered or not: as people do who
/// do not know of each other. Loop-confined.
final class SteadyPosters {
    private let reactor: Reactor
    private let swarm: ScreenSwarm
    private let trips: AlertTrips
    private let requests: [[UInt8]]
    private let interval: Duration
    private var idle: [SteadyPoster] = []
    private var all: [SteadyPoster] = []
    private var next = 0
    private let beginning: MonotonicTime
    private var dueAt: MonotonicTime
    private var end: MonotonicTime?
    private var isEnding = false
    private var fault: String?
    private var answer: ((String) -> Void)?
    private let screensThatAsk: Int
    private static let connections = 64
    private static let patience = Duration.seconds(20)
    private var giveUpAt = MonotonicTime.now()

    init(_ reactor: Reactor, _ swarm: ScreenSwarm, _ order: LoadCommand.Raising) throws {
        self.reactor = reactor
        self.swarm = swarm
        trips = AlertTrips(screensAClinic: order.screensAClinic)
        requests = try order.clinics.map { try BenchClinic($0).requestToRaise() }
        interval = .nanoseconds(1_000_000_000 / max(1, order.perSecond))
        screensThatAsk = order.screensThatAsk
        beginning = MonotonicTime.now().advanced(by: .milliseconds(200))
        dueAt = beginning
        swarm.trips = trips
        swarm.signsOfLife.removeAll()
        for _ in 0..<Self.connections { all.append(try SteadyPoster(reactor, self, port: order.port)) }
        tick()
        askForLife()
    }

    /// Raises no more; answers when all alerts have come to all their screens, or after 20 s: the summary of the trips,
    /// then how many signs of life were asked for and in nanoseconds their p50, p99 and the longest, and for how many
    /// nanoseconds alerts were raised.
    func stop(then answer: @escaping (String) -> Void) {
        isEnding = true
        self.answer = answer
        let now = MonotonicTime.now()
        end = now
        giveUpAt = now.advanced(by: Self.patience)
    }

    func isIdle(_ poster: SteadyPoster) { idle.append(poster) }

    func answered(_ alert: AlertKey, sentAt: MonotonicTime, at time: MonotonicTime) {
        trips.answered(alert, sentAt: sentAt, at: time)
    }

    func failed(_ reason: String) { fault = fault ?? reason }

    private func tick() {
        let now = MonotonicTime.now()
        let isDone = trips.underWay == 0 && idle.count == all.count
        if isEnding, isDone || now > giveUpAt || fault != nil { return finish() }
        // In turn, so that none is idle for so long that the hub closes it.
        while !isEnding, dueAt <= now, !idle.isEmpty {
            idle.removeFirst().post(requests[next % requests.count])
            next += 1
            dueAt = dueAt.advanced(by: interval)
        }
        // Where all are waiting for their answers it does not spin: the processors are the hub's too.
        let pause = isEnding ? .milliseconds(5) : max(.milliseconds(1), now.duration(to: dueAt))
        _ = reactor.schedule(after: pause) { [self] in tick() }
    }

    private func askForLife() {
        guard !isEnding else { return }
        swarm.askForLife(screensThatAsk)
        if screensThatAsk > 0 { _ = reactor.schedule(after: .milliseconds(20)) { [self] in askForLife() } }
    }

    private func finish() {
        for poster in all { poster.close() }
        swarm.trips = nil
        let signs = swarm.signsOfLife.sorted()
        let figures =
            signs.isEmpty
            ? "0 0 0 0"
            : "\(signs.count) \(Statistics.percentile(0.5, of: signs)) \(Statistics.percentile(0.99, of: signs)) "
                + "\(signs[signs.count - 1])"
        let raisedFor = beginning.duration(to: end ?? .now()).wholeNanoseconds
        answer?(fault.map { "failed \($0)" } ?? "\(trips.summary) \(figures) \(raisedFor)")
        answer = nil
    }
}

/// One connection of those that raise alerts.
final class SteadyPoster: ReadinessHandler {
    private let reactor: Reactor
    private let owner: SteadyPosters
    private let socket: FileDescriptor
    private var watch: Watch?
    private var parser = HTTPResponseParser()
    private var sentAt = MonotonicTime.now()
    private var isConnected = false
    private static let alertID = Array(#""alertId":""#.utf8)

    init(_ reactor: Reactor, _ owner: SteadyPosters, port: UInt16) throws {
        self.reactor = reactor
        self.owner = owner
        socket = try Socket.connect(to: .loopback(port: port))
        watch = try reactor.watch(socket.number, for: .writable, handler: self)
    }

    func post(_ request: [UInt8]) {
        sentAt = .now()
        _ = unsafe request.withUnsafeBytes { unsafe Socket.send(socket.number, $0) }
    }

    func close() {
        if let watch { reactor.unwatch(watch) }
        watch = nil
    }

    func becameReady(_ readiness: Readiness) {
        guard isConnected else {
            isConnected = true
            if let watch { reactor.rewatch(watch, for: .readable) }
            return owner.isIdle(self)
        }
        switch reactor.scratch.receive(from: socket.number) {
        case .bytes(let count): take(reactor.scratch.copy(count), at: .now())
        case .wouldBlock: break
        case .end, .failed:
            close()
            owner.failed("the hub closed a poster's connection")
        }
    }

    private func take(_ bytes: [UInt8], at time: MonotonicTime) {
        guard let step = try? parser.parse(bytes) else { return owner.failed("an answer that is not HTTP") }
        guard case .response(let response) = step.event else { return }
        guard response.status == .created, let range = response.body.firstRange(of: Self.alertID),
            range.upperBound + AlertKey.length <= response.body.count,
            let alert = AlertKey(
                response.body.span.extracting(range.upperBound..<(range.upperBound + AlertKey.length)))
        else { return owner.failed("an alert was answered \(response.status.rawValue)") }
        owner.answered(alert, sentAt: sentAt, at: time)
        owner.isIdle(self)
    }
}
