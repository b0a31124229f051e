import Platform

/// Keeps the private server running, on a thread of its own: it may block here, nobody else waits on this loop.
final class ClusterSupervisor {
    private let reactor: Reactor
    private let postmaster: Postmaster
    private let lock: FileDescriptor
    private var process: ProcessHandle?
    private var watch: Watch?
    private var retry: TimerToken?
    private var backoff = Backoff(.milliseconds(100)...(.seconds(5)))
    private var startedAt = MonotonicTime.now()
    private var isEnding = false

    init(reactor: Reactor, postmaster: Postmaster, process: ProcessHandle, lock: consuming FileDescriptor) {
        self.reactor = reactor
        self.postmaster = postmaster
        self.process = process
        self.lock = lock
    }

    var serverProcess: Int32 { process?.number ?? 0 }

    /// Begins to watch the server that runs.
    func begin() {
        guard let process else { return }
        do {
            watch = try reactor.watch(process.descriptor, for: .readable, handler: self)
        } catch {
            Log.error("PostgreSQL is not supervised", ["reason": error.description])
        }
    }

    /// Ends the supervision; the server runs on.
    func leave() {
        isEnding = true
        if let retry { reactor.cancel(retry) }
        if let watch { reactor.unwatch(watch) }
        watch = nil
    }

    /// Stops the server and waits for its end.
    func end() {
        leave()
        if let process { postmaster.stop(process) }
        process = nil
    }

    private func start() {
        retry = nil
        guard !isEnding else { return }
        do {
            if let running = postmaster.running() { process = running } else { process = try postmaster.start() }
            startedAt = .now()
            begin()
            Log.notice("PostgreSQL was started again", ["process": "\(serverProcess)"])
        } catch {
            Log.error("PostgreSQL cannot be started", ["reason": error.description])
            retry = reactor.schedule(after: backoff.next()) { [weak self] in self?.start() }
        }
    }
}

extension ClusterSupervisor: ReadinessHandler {
    /// The server's process has ended.
    func becameReady(_ readiness: Readiness) {
        guard let process, !isEnding else { return }
        if let watch { reactor.unwatch(watch) }
        watch = nil
        let code = process.reap()
        self.process = nil
        Log.error("PostgreSQL ended", ["exitCode": code.map { "\($0)" } ?? "unknown"])
        // A server that lived a while gets a prompt restart; one that dies at once, longer and longer pauses.
        if startedAt.duration(to: .now()) > .seconds(30) { backoff.reset() }
        retry = reactor.schedule(after: backoff.next()) { [weak self] in self?.start() }
    }
}
