import Platform

/// One alarm of a loop that goes off at the earliest of the times it was set to. Loop-confined.
final class EarliestAlarm {
    private let reactor: Reactor
    private let ring: () -> Void
    private var token: TimerToken?
    private var dueAt: MonotonicTime?
    private var isStopped = false

    init(reactor: Reactor, ring: @escaping () -> Void) {
        self.reactor = reactor
        self.ring = ring
    }

    /// Rings after `delay`, unless it is to ring before that.
    func set(after delay: Duration) {
        let at = MonotonicTime.now().advanced(by: delay)
        guard !isStopped, dueAt.map({ at < $0 }) ?? true else { return }
        if let token { reactor.cancel(token) }
        dueAt = at
        token = reactor.schedule(after: delay) { [weak self] in self?.goOff() }
    }

    /// It rings no more.
    func stop() {
        isStopped = true
        if let token { reactor.cancel(token) }
        token = nil
    }

    private func goOff() {
        token = nil
        dueAt = nil
        ring()
    }
}
