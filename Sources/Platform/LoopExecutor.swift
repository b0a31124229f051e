import CLinux
import Glibc

/// Runs the jobs of Swift tasks on one loop's thread, and wakes that thread from others.
///
/// A job that is enqueued on the loop itself takes no lock; from another thread it costs a lock, and one `eventfd`
/// write if the loop sleeps.
final class LoopExecutor: TaskExecutor, @unchecked Sendable {  // `local` is touched only on the loop; `inbox` is locked
    private struct Inbox {
        var jobs: [UnownedJob] = []
        var isAsleep = false
        var isWoken = false
    }

    let wakeDescriptor: FileDescriptor
    private let inbox = Locked(Inbox())
    private let local = LocalJobs()

    /// Jobs enqueued by the loop itself; its own class so that only loop code reaches it.
    private final class LocalJobs {
        var jobs: [UnownedJob] = []
        var running: [UnownedJob] = []
        var thread: pthread_t?
    }

    init() throws(SystemError) {
        let number = eventfd(0, CInt(EFD_NONBLOCK | EFD_CLOEXEC))
        guard number >= 0 else { throw SystemError("eventfd") }
        wakeDescriptor = FileDescriptor(owning: number)
    }

    /// Binds the executor to the calling thread; before any job.
    func bind() {
        local.thread = pthread_self()
    }

    /// Whether the caller is on the loop's thread. `local.thread` is written once, before the first job can exist.
    var isCurrent: Bool { local.thread.map { pthread_equal($0, pthread_self()) != 0 } ?? false }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            local.jobs.append(job)
        } else {
            inbox.withLock { $0.jobs.append(job) }
            wake()
        }
    }

    /// Ends the loop's sleep, if it sleeps. Any thread.
    func wake() {
        let mustWrite = inbox.withLock { inbox in
            inbox.isWoken = true
            defer { inbox.isAsleep = false }
            return inbox.isAsleep
        }
        guard mustWrite else { return }
        var one: UInt64 = 1
        unsafe withUnsafeBytes(of: &one) { bytes in
            _ = unsafe Glibc.write(wakeDescriptor.number, bytes.baseAddress, bytes.count)
        }
    }

    /// Runs every job that waits now, not those that they enqueue. True if any ran.
    func runJobs() -> Bool {
        inbox.withLock { inbox in
            if !inbox.jobs.isEmpty {
                local.jobs.append(contentsOf: inbox.jobs)
                inbox.jobs.removeAll(keepingCapacity: true)
            }
        }
        guard !local.jobs.isEmpty else { return false }
        swap(&local.jobs, &local.running)
        for job in local.running { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
        local.running.removeAll(keepingCapacity: true)
        return true
    }

    /// Announces that the loop is about to sleep; false if something arrived meanwhile and it must not.
    func mayFallAsleep() -> Bool {
        guard local.jobs.isEmpty else { return false }
        return inbox.withLock { inbox in
            guard inbox.jobs.isEmpty, !inbox.isWoken else {
                inbox.isWoken = false
                return false
            }
            inbox.isAsleep = true
            return true
        }
    }

    /// Says that the loop is awake: whoever has something for it need not write.
    func woke() {
        inbox.withLock { inbox in
            inbox.isAsleep = false
            inbox.isWoken = false
        }
    }

    /// Empties the wake descriptor, which epoll has told to be readable. A write may come long after the wake that it is
    /// for, when the loop was woken by something else: it is read when it is seen, not when it is thought to be there.
    func emptyWakeDescriptor() {
        var count: UInt64 = 0
        unsafe withUnsafeMutableBytes(of: &count) { bytes in
            _ = unsafe Glibc.read(wakeDescriptor.number, bytes.baseAddress, bytes.count)
        }
    }
}
