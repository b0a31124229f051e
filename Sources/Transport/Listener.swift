import Glibc
import Platform

/// A listening socket of one loop. Loop-confined.
///
/// Level-triggered: what one turn does not accept, the next one does. Where the kernel has no descriptor or memory to
/// give, accepting pauses and is tried again; who waits in the backlog meanwhile is served then.
final class Listener: ReadinessHandler {
    /// How long accepting pauses when descriptors or memory are exhausted.
    private static let pause: Duration = .milliseconds(100)
    /// How long it pauses while the loop has its hands full.
    private static let breath: Duration = .milliseconds(2)

    private let reactor: Reactor
    private let socket: FileDescriptor
    private let acceptsATurn: Int
    private let isBusy: () -> Bool
    private let accepted: (consuming FileDescriptor, SocketAddress) -> Void
    private let failed: (SystemError) -> Void
    private var watch: Watch?

    /// - Parameters:
    ///   - isBusy: whether who waits in the backlog should wait on.
    ///   - accepted: takes over each new connection.
    ///   - failed: told of each failure for want of descriptors or memory, which is survived.
    init(
        on address: SocketAddress, reactor: Reactor, limits: TransportLimits, isBusy: @escaping () -> Bool,
        accepted: @escaping (consuming FileDescriptor, SocketAddress) -> Void,
        failed: @escaping (SystemError) -> Void
    ) throws(SystemError) {
        self.reactor = reactor
        self.isBusy = isBusy
        self.accepted = accepted
        self.failed = failed
        acceptsATurn = limits.maxAcceptsPerTurn
        socket = try Socket.listen(on: address)
        // Accepted sockets inherit it, which saves each of them a system call.
        let milliseconds = CInt(clamping: limits.userTimeout.wholeNanoseconds / 1_000_000)
        _ = Socket.setOption(socket.number, CInt(IPPROTO_TCP), TCP_USER_TIMEOUT, milliseconds)
        watch = try reactor.watch(socket.number, for: .readable, handler: self)
    }

    /// The address with the port that the kernel chose.
    var localAddress: SocketAddress? { Socket.localAddress(of: socket.number) }

    func stop() {
        guard let watch else { return }
        reactor.unwatch(watch)
        self.watch = nil
    }

    func becameReady(_ readiness: Readiness) {
        for _ in 0..<acceptsATurn {
            guard watch != nil else { return }
            if isBusy() { return rest(for: Self.breath) }
            switch Socket.accept(socket.number) {
            case .connection(let descriptor, let peer): accepted(descriptor, peer)
            case .wouldBlock: return
            case .aborted: continue
            case .exhausted(let error):
                failed(error)
                return rest(for: Self.pause)
            }
        }
    }

    private func rest(for pause: Duration) {
        guard let watch else { return }
        reactor.rewatch(watch, for: [])
        _ = reactor.schedule(after: pause) { [weak self] in
            guard let self, let watch = self.watch else { return }
            self.reactor.rewatch(watch, for: .readable)
        }
    }
}
