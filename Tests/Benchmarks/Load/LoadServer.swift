import Glibc
import Platform

/// The load process: reads its orders, does each on its loop, and answers when it is done.
enum LoadServer {
    static func run(port: UInt16) throws {
        raiseDescriptorLimit()
        let control = try ControlLine(owning: connect(port))
        let loop = try EventLoop(name: "load") { LoadLoop($0) }
        while let line = try? control.receive(within: .seconds(3_600)) {
            guard let command = LoadCommand(line) else {
                try control.send("unknown command")
                continue
            }
            let answer = Locked("")
            let done = Latch()
            loop.post { state in
                state.perform(command) { text in
                    answer.withLock { $0 = text }
                    done.open()
                }
            }
            done.wait()
            try control.send(answer.withLock { $0 })
        }
    }

    static func connect(_ port: UInt16) throws -> FileDescriptor {
        let socket = try Socket.connect(to: .loopback(port: port))
        var entry = pollfd(fd: socket.number, events: Int16(POLLOUT), revents: 0)
        unsafe poll(&entry, 1, 5_000)
        if let error = Socket.error(of: socket.number) { throw error }
        return socket
    }

    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

/// What lives on the load process's loop.
final class LoadLoop {
    private let reactor: Reactor
    private let screens: ScreenSwarm
    private var clientSwarm: ClientSwarm?
    private var steadyPosters: SteadyPosters?

    init(_ reactor: Reactor) {
        self.reactor = reactor
        screens = ScreenSwarm(reactor)
    }

    func perform(_ command: LoadCommand, then answer: @escaping (String) -> Void) {
        switch command {
        case .open(let count, let port, let clinic, let token, let isSecure):
            let greeting = Greeting(clinic: clinic, token: token)
            screens.open(count, port: port, greetings: [greeting], isSecure: isSecure, then: answer)
        case .openSpread(let count, let port, let clinics):
            openSpread(count, port, clinics, then: answer)
        case .upgrade(let count, let port, let target):
            screens.open(count, port: port, greetings: [Greeting(target: target)], then: answer)
        case .raise(let order):
            do {
                steadyPosters = try SteadyPosters(reactor, screens, order)
                answer("ok")
            } catch {
                answer("failed \(error)")
            }
        case .stopRaising:
            guard let steadyPosters else { return answer("failed: nothing is raised") }
            steadyPosters.stop(then: answer)
            self.steadyPosters = nil
        case .clear:
            screens.arrivals.clear()
            answer("ok")
        case .count: answer("ok \(screens.arrivals.count)")
        case .lateness(let departures): answer(screens.arrivals.lateness(after: departures))
        case .ask(let request, let clients, let clinics, let seconds, let port):
            clientSwarm = ClientSwarm(
                reactor, request, clients: clients, clinics: clinics, seconds: seconds, port: port, then: answer)
            clientSwarm?.start()
        case .close:
            screens.close()
            answer("ok")
        }
    }

    /// The tokens are minted before the clock runs: they are not the clients' to make.
    private func openSpread(
        _ count: Int, _ port: UInt16, _ clinics: Range<Int>, then answer: @escaping (String) -> Void
    ) {
        do {
            let authority = try BenchSecrets.tokens()
            let greetings = try (0..<count).map { index in
                let clinic = BenchClinic(clinics.lowerBound + index % clinics.count)
                return Greeting(clinic: clinic.id, token: try clinic.screenToken(by: authority, id: "screen-\(index)"))
            }
            screens.open(count, port: port, greetings: greetings, then: answer)
        } catch {
            answer("failed \(error)")
        }
    }
}
