import CLinux
import Glibc

/// Signals as events: blocked in every thread, read from a descriptor on one loop.
package enum Signals {
    /// The signals that the hub acts on.
    package enum Kind: CInt, Sendable, CaseIterable {
        case hangUp = 1
        case interrupt = 2
        case terminate = 15
        case childEnded = 17
    }

    /// Blocks the signals for the calling thread and all that it starts, and ignores SIGPIPE.
    ///
    /// Call it on the main thread before any other thread exists.
    package static func block(_ kinds: [Kind]) {
        var set = mask(kinds)
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Blocks the calling thread until one of the (blocked) signals arrives.
    package static func wait(for kinds: [Kind]) -> Kind {
        var set = mask(kinds)
        while true {
            var number: CInt = 0
            if unsafe sigwait(&set, &number) == 0, let kind = Kind(rawValue: number) { return kind }
        }
    }

    private static func mask(_ kinds: [Kind]) -> sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for kind in kinds { unsafe sigaddset(&set, kind.rawValue) }
        return set
    }
}
