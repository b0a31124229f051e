import Glibc

/// A gate between threads that opens once. Blocks its waiters, so it is never waited for on a loop.
package final class Latch: Sendable {
    private let semaphore: Locked<Bool>
    private let signal: SemaphoreBox

    package init() {
        semaphore = Locked(false)
        signal = SemaphoreBox()
    }

    /// Lets every waiter through, now and later.
    package func open() {
        let wasOpen = semaphore.withLock { isOpen in
            defer { isOpen = true }
            return isOpen
        }
        if !wasOpen { signal.post() }
    }

    /// Blocks until the gate is open.
    package func wait() {
        signal.wait()
        signal.post()
    }
}

/// The POSIX semaphore behind a latch.
@safe private final class SemaphoreBox: @unchecked Sendable {  // sem_t is made for use from several threads
    private let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        unsafe semaphore = .allocate(capacity: 1)
        unsafe sem_init(semaphore, 0, 0)
    }

    deinit {
        unsafe sem_destroy(semaphore)
        unsafe semaphore.deallocate()
    }

    func post() { unsafe sem_post(semaphore) }

    func wait() {
        while unsafe sem_wait(semaphore) != 0, errno == EINTR {}
    }
}
