import CLinux
import Glibc

/// One loop's epoll set, timers and tasks. Loop-confined: made inside the loop's thread and used only there.
@safe package final class Reactor {
    /// The time at the start of this turn.
    package private(set) var now = MonotonicTime.now()
    /// The loop's shared receive buffer; whatever must outlive the callback is copied out of it.
    package let scratch = ReadBuffer(capacity: 64 << 10)
    /// Sends on many sockets at once; nil where it is not wanted, or the kernel has no io_uring for it.
    package private(set) var sendRing: SendRing?

    private struct Registration {
        var generation: UInt32 = 0
        var handler: (any ReadinessHandler)?
    }

    private static let eventsATurn = 512
    private let epoll: FileDescriptor
    private let executor: LoopExecutor
    private let events: UnsafeMutableBufferPointer<epoll_event>
    private var registrations: [Registration] = []
    private var timers = TimerQueue()
    private var endOfTurn: [() -> Void] = []

    init(executor: LoopExecutor) throws(SystemError) {
        let number = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard number >= 0 else { throw SystemError("epoll_create1") }
        epoll = FileDescriptor(owning: number)
        self.executor = executor
        unsafe events = .allocate(capacity: Self.eventsATurn)
        var event = unsafe epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: UInt64.max))
        guard unsafe epoll_ctl(number, EPOLL_CTL_ADD, executor.wakeDescriptor.number, &event) == 0 else {
            throw SystemError("epoll_ctl")
        }
    }

    deinit { unsafe events.deallocate() }

    /// Tries io_uring for sends on many sockets. False where the kernel has none, and each socket is sent to by itself.
    package func useSendRing() -> Bool {
        if sendRing == nil { sendRing = SendRing() }
        return sendRing != nil
    }

    /// What comes from another thread would be lost or torn, sooner or later: better at once, and here.
    @inline(__always)
    private func checkThread() {
        precondition(executor.isCurrent, "a loop's state is used only on its thread")
    }

    // MARK: Descriptors

    /// Reports the readiness of a descriptor to `handler`, which is held until `unwatch`.
    ///
    /// Level-triggered unless asked otherwise. Fails with ENOSPC or ENOMEM when the kernel has no more room.
    package func watch(
        _ descriptor: CInt, for readiness: Readiness, edgeTriggered: Bool = false, handler: any ReadinessHandler
    ) throws(SystemError) -> Watch {
        checkThread()
        let index = Int(descriptor)
        while registrations.count <= index { registrations.append(Registration()) }
        let watch = Watch(descriptor: descriptor, generation: registrations[index].generation &+ 1)
        var event = unsafe epoll_event(
            events: interest(readiness, edgeTriggered: edgeTriggered), data: epoll_data_t(u64: watch.token))
        guard unsafe epoll_ctl(epoll.number, EPOLL_CTL_ADD, descriptor, &event) == 0 else {
            throw SystemError("epoll_ctl")
        }
        registrations[index] = Registration(generation: watch.generation, handler: handler)
        return watch
    }

    /// Changes what a level-triggered registration reports; a stale one is ignored.
    package func rewatch(_ watch: Watch, for readiness: Readiness) {
        guard handler(of: watch) != nil else { return }
        var event = unsafe epoll_event(
            events: interest(readiness, edgeTriggered: false), data: epoll_data_t(u64: watch.token))
        unsafe epoll_ctl(epoll.number, EPOLL_CTL_MOD, watch.descriptor, &event)
    }

    /// Lets another handler be told from now on; what the kernel knows of the registration stays as it is.
    package func handOver(_ watch: Watch, to handler: any ReadinessHandler) {
        guard self.handler(of: watch) != nil else { return }
        registrations[Int(watch.descriptor)].handler = handler
    }

    /// Ends a registration; call it before the descriptor is closed. Events of this turn for it are dropped.
    package func unwatch(_ watch: Watch) {
        guard handler(of: watch) != nil else { return }
        registrations[Int(watch.descriptor)].handler = nil
        registrations[Int(watch.descriptor)].generation &+= 1
        var event = unsafe epoll_event()
        unsafe epoll_ctl(epoll.number, EPOLL_CTL_DEL, watch.descriptor, &event)
    }

    private func interest(_ readiness: Readiness, edgeTriggered: Bool) -> UInt32 {
        readiness.rawValue | EPOLLRDHUP.rawValue | (edgeTriggered ? EPOLLET.rawValue : 0)
    }

    private func handler(of watch: Watch) -> (any ReadinessHandler)? {
        let index = Int(watch.descriptor)
        guard index >= 0, index < registrations.count, registrations[index].generation == watch.generation else {
            return nil
        }
        return registrations[index].handler
    }

    // MARK: Time and tasks

    /// Runs `action` on this loop once `delay` has passed; never early, late by the length of a turn.
    package func schedule(after delay: Duration, _ action: @escaping () -> Void) -> TimerToken {
        checkThread()
        return timers.schedule(at: MonotonicTime.now().advanced(by: delay), action)
    }

    /// Forgets a scheduled action; one that has run or was cancelled is ignored.
    package func cancel(_ token: TimerToken) { timers.cancel(token) }

    /// Starts a task whose every step runs on this loop.
    package func spawn(_ body: @escaping () async -> Void) {
        checkThread()
        // The closure may hold loop-confined state: the task's executor is this very thread, so it never leaves it.
        nonisolated(unsafe) let body = body
        Task(executorPreference: executor) { unsafe await body() }
    }

    /// Suspends the calling task for `delay`.
    package func sleep(for delay: Duration) async {
        await withCheckedContinuation { continuation in
            _ = schedule(after: delay) { continuation.resume() }
        }
    }

    /// Runs `action` once, after this turn's events, jobs and timers and before the loop sleeps: the place to flush.
    package func atEndOfTurn(_ action: @escaping () -> Void) {
        checkThread()
        endOfTurn.append(action)
    }

    // MARK: The turn

    /// Runs due timers, waiting jobs and end-of-turn actions.
    func runPending() {
        while let action = timers.popDue(now) { action() }
        _ = executor.runJobs()
        while !endOfTurn.isEmpty {
            let actions = endOfTurn
            endOfTurn.removeAll(keepingCapacity: true)
            for action in actions { action() }
        }
    }

    /// Sleeps until something is ready, due or posted, and delivers what is ready.
    func wait() {
        let timeout = executor.mayFallAsleep() ? millisecondsToNextTimer() : 0
        let count = unsafe epoll_wait(epoll.number, events.baseAddress, CInt(Self.eventsATurn), timeout)
        let failure = errno
        executor.woke()
        now = MonotonicTime.now()
        guard count >= 0 else {
            precondition(failure == EINTR, "epoll_wait failed on a descriptor of our own")
            return
        }
        for index in 0..<Int(count) {
            let event = unsafe events[index]
            let token = unsafe event.data.u64
            guard token != UInt64.max else {
                executor.emptyWakeDescriptor()
                continue
            }
            handler(of: Watch(token: token))?.becameReady(Readiness(rawValue: unsafe event.events))
        }
    }

    private func millisecondsToNextTimer() -> CInt {
        guard let deadline = timers.nextDeadline() else { return -1 }
        let remaining = MonotonicTime.now().duration(to: deadline).wholeNanoseconds
        return CInt(clamping: (remaining &+ 999_999) / 1_000_000)
    }
}
