import Glibc
import Platform

/// The hub's own PostgreSQL: made on first start, supervised while the hub runs, stopped with it. Any thread.
///
///     let cluster = try PrivateCluster.start(directory: "./var")        // blocks until it is ready
///     _ = try Migrator(…).apply(to: cluster.access.settings(.owner))
///     … Pool(reactor: reactor, settings: cluster.access.settings(.hub)) …
///     cluster.stop()                                                    // after the pools are closed; blocks
///
/// It listens on a Unix socket alone, in a directory that only its user may enter, which is why it asks for no password.
/// After `kill -9` of the hub the server runs on; the next start finds and uses it. After `kill -9` of the server it is
/// started again, with growing pauses, and recovers what was committed. See `ClusterLayout` for the places.
package final class PrivateCluster: Sendable {
    package struct Options: Sendable {
        /// False gives up safety for speed: for tests alone.
        package var isDurable = true
        /// The server's max_connections.
        package var connections = 100
        /// How long the start may take; recovery after a crash is part of it.
        package var startPatience = Duration.seconds(60)
        /// How long a shutdown in order may take before it is forced.
        package var stopPatience = Duration.seconds(10)

        /// Where the files go, each cluster in a directory of its own, when the hub is root and user postgres cannot
        /// reach the directory that was asked for.
        package var fallbackRoot = "/var/lib/alert-hub"

        package init() {}
    }

    package let access: ClusterAccess
    /// Where its files are.
    package let directory: String
    private let supervision: EventLoop<ClusterSupervisor>
    private let isStopped = Locked(false)

    private init(access: ClusterAccess, directory: String, supervision: EventLoop<ClusterSupervisor>) {
        self.access = access
        self.directory = directory
        self.supervision = supervision
    }

    /// Starts the cluster under `directory`, or adopts the one that runs there, and waits until it accepts connections.
    package static func start(
        directory: String, options: Options = Options()
    ) throws(ClusterError) -> PrivateCluster {
        let layout = try ClusterLayout.prepare(directory, fallbackRoot: options.fallbackRoot)
        let lock = try takeLock(layout)
        let postmaster = Postmaster(layout: layout, programs: try ServerPrograms.find(), options: options)
        try postmaster.initialize()
        let access = ClusterAccess(socketDirectory: layout.socketDirectory)
        let process = try ready(postmaster, access)
        do {
            try Provisioning.run(access)
        } catch {
            postmaster.stop(process)
            throw .provisioning(error)
        }
        let number = lock.release()
        do {
            let supervision = try EventLoop(name: "postgres") { reactor in
                ClusterSupervisor(
                    reactor: reactor, postmaster: postmaster, process: process, lock: FileDescriptor(owning: number))
            }
            supervision.post { $0.begin() }
            return PrivateCluster(access: access, directory: layout.base, supervision: supervision)
        } catch {
            postmaster.stop(process)
            throw .system(path: layout.base, operation: "thread", errno: EAGAIN)
        }
    }

    /// How to connect to a cluster that a hub runs under `directory` now; nil if none does. For the command line.
    package static func running(
        directory: String, options: Options = Options()
    ) throws(ClusterError) -> ClusterAccess? {
        let layout = try ClusterLayout.prepare(directory, fallbackRoot: options.fallbackRoot)
        do {
            _ = try takeLock(layout).number
            return nil
        } catch .inUse {
            return ClusterAccess(socketDirectory: layout.socketDirectory)
        }
    }

    /// The server's process, 0 while there is none. For tests and the log.
    package var serverProcess: Int32 {
        let answer = Locked<Int32>(0)
        let done = Latch()
        supervision.post { supervisor in
            answer.withLock { $0 = supervisor.serverProcess }
            done.open()
        }
        done.wait()
        return answer.withLock { $0 }
    }

    /// Stops the server in order, by force when it takes too long, and waits until it is gone. Only the first call acts.
    package func stop() {
        let isFirst = isStopped.withLock { isStopped in
            defer { isStopped = true }
            return !isStopped
        }
        guard isFirst else { return }
        supervision.post { $0.end() }
        supervision.stop()
        supervision.join()
    }

    /// Ends the supervision and leaves the server running, as `kill -9` of the hub does. For tests.
    package func abandon() {
        isStopped.withLock { $0 = true }
        supervision.post { $0.leave() }
        supervision.stop()
        supervision.join()
    }

    // MARK: Starting

    /// The lock that a hub holds as long as it lives, however it ends.
    private static func takeLock(_ layout: ClusterLayout) throws(ClusterError) -> FileDescriptor {
        let number = unsafe open(layout.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw .system(path: layout.lock, operation: "open", errno: errno) }
        let descriptor = FileDescriptor(owning: number)
        guard flock(descriptor.number, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw .system(path: layout.lock, operation: "flock", errno: errno) }
            throw .inUse(layout.base)
        }
        return descriptor
    }

    private static func ready(_ postmaster: Postmaster, _ access: ClusterAccess) throws(ClusterError) -> ProcessHandle {
        let begin = MonotonicTime.now()
        let deadline = begin.advanced(by: postmaster.options.startPatience)
        var lastWord = begin
        var process = postmaster.running()
        if let process { Log.notice("A PostgreSQL left running is used", ["process": "\(process.number)"]) }
        var failures = 0
        while true {
            let current: ProcessHandle
            if let process { current = process } else { current = try postmaster.start() }
            process = current
            if (try? BlockingConnection(access.settings(.superuser, database: "postgres"))) != nil { return current }
            if current.waitForEnd(within: .milliseconds(50)) {
                process = nil
                failures += 1
                // It may have to wait for the sessions of a predecessor that was killed to see that it is gone.
                if failures >= 10 { throw .notReady(FileText.tail(postmaster.layout.log, lines: 5)) }
                usleep(200_000)
            }
            let now = MonotonicTime.now()
            if now > deadline {
                postmaster.stop(current)
                throw .notReady(FileText.tail(postmaster.layout.log, lines: 5))
            }
            if lastWord.duration(to: now) > .seconds(2) {
                lastWord = now
                Log.info("Waiting for PostgreSQL", ["seconds": "\(begin.duration(to: now).components.seconds)"])
            }
        }
    }
}
