import Glibc
import Platform

/// What happened on a loop, told to a test's thread.
final class Journal: Sendable {
    private let lines = Locked<[String]>([])

    func note(_ line: String) { lines.withLock { $0.append(line) } }

    var all: [String] { lines.withLock { $0 } }

    /// Waits until `isMet` holds for what was noted; false after 30 s.
    func wait(until isMet: ([String]) -> Bool) -> Bool { eventually { isMet(all) } }

    func wait(for line: String) -> Bool { wait { $0.contains(line) } }
}

/// Looks at a condition until it holds; false if it does not within `limit`.
func eventually(within limit: Duration = .seconds(30), _ isMet: () -> Bool) -> Bool {
    let deadline = MonotonicTime.now().advanced(by: limit)
    while !isMet() {
        if MonotonicTime.now() > deadline { return false }
        usleep(500)
    }
    return true
}
