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
    private var posters: PosterSwarm?

    init(_ reactor: Reactor) {
        self.reactor = reactor
        screens = ScreenSwarm(reactor)
    }

    func perform(_ command: LoadCommand, then answer: @escaping (String) -> Void) {
        switch command {
        case .open(let count, let port, let clinic, let token, let isSecure):
            screens.open(
                count, port: port, greeting: Greeting(clinic: clinic, token: token), isSecure: isSecure, then: answer)
        case .clear:
            screens.arrivals.clear()
            answer("ok")
        case .count: answer("ok \(screens.arrivals.count)")
        case .lateness(let departures): answer(screens.arrivals.lateness(after: departures))
        case .post(let clients, let clinics, let seconds, let port):
            posters = PosterSwarm(
                reactor, clients: clients, clinics: clinics, seconds: seconds, port: port, then: answer)
            posters?.start()
        case .close:
            screens.close()
            answer("ok")
        }
    }
}
