import CLinux
import Glibc

/// Another process, held by a descriptor: a number that the kernel has given to somebody else is never signalled.
///
/// Any thread. Releasing the handle leaves the process alone; a child that ended is reaped when its end is seen here.
@safe package final class ProcessHandle: Sendable {
    package let number: Int32
    private let handle: FileDescriptor
    private let isChild: Bool

    /// Takes hold of a running process; fails with ESRCH if there is none of that number.
    package convenience init(number: Int32) throws(SystemError) { try self.init(number, isChild: false) }

    private init(_ number: Int32, isChild: Bool) throws(SystemError) {
        let descriptor = hub_pidfd_open(number)
        guard descriptor >= 0 else { throw SystemError("pidfd_open") }
        self.number = number
        handle = FileDescriptor(owning: descriptor)
        self.isChild = isChild
    }

    /// Starts a program in a session of its own, so that a terminal's Ctrl-C does not reach it.
    ///
    /// It inherits no descriptor but its input and output (`/dev/null` if nil), no blocked signal, and only `environment`.
    /// What it complains of goes to its output, or nowhere. Fails with ENOENT where there is no such program.
    package static func start(
        _ path: String, _ arguments: [String], environment: [String] = [], input: CInt? = nil, output: CInt? = nil,
        keepsErrors: Bool = true
    ) throws(SystemError) -> ProcessHandle {
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | CInt(hub_spawn_new_session)
        unsafe posix_spawnattr_setflags(&attributes, Int16(truncatingIfNeeded: flags))

        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        if let input {
            unsafe posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        if let output {
            unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        }
        if keepsErrors {
            unsafe posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        }
        unsafe hub_spawn_close_from(&actions, STDERR_FILENO + 1)

        var number: pid_t = 0
        let result = unsafe withCStrings([path] + arguments) { arguments in
            unsafe withCStrings(environment) { environment in
                unsafe posix_spawn(&number, path, &actions, &attributes, arguments, environment)
            }
        }
        guard result == 0 else { throw SystemError("posix_spawn", code: result) }
        return try ProcessHandle(number, isChild: true)
    }

    /// Readable once the process has ended: may be watched by a `Reactor` as long as the handle lives.
    package var descriptor: CInt { handle.number }

    /// Sends a signal; nothing happens if the process has ended.
    package func send(_ signal: CInt) { _ = hub_pidfd_send_signal(handle.number, signal) }

    /// Sends a signal to a child and all that it started in its session; nothing happens once the child was reaped.
    package func sendToGroup(_ signal: CInt) {
        // A number is not reused while the child is not reaped, so the group is its own.
        var information = unsafe siginfo_t()
        guard isChild, unsafe waitid(P_PID, id_t(number), &information, WEXITED | WNOHANG | WNOWAIT) == 0 else {
            return
        }
        kill(-number, signal)
    }

    /// Blocks until the process has ended or `limit` has passed; true if it has ended. Not on a loop that serves.
    package func waitForEnd(within limit: Duration) -> Bool {
        let deadline = MonotonicTime.now().advanced(by: limit)
        while true {
            let remaining = MonotonicTime.now().duration(to: deadline).wholeNanoseconds
            var event = pollfd(fd: handle.number, events: Int16(POLLIN), revents: 0)
            let count = unsafe poll(&event, 1, CInt(clamping: (remaining &+ 999_999) / 1_000_000))
            if count > 0 {
                _ = reap()
                return true
            }
            if remaining == 0 { return false }
        }
    }

    /// The exit code of a child that has ended, 128 and more for a signal; nil if it has not, or was reaped before.
    package func reap() -> CInt? {
        guard isChild else { return nil }
        var status: CInt = 0
        guard unsafe waitpid(number, &status, WNOHANG) == number else { return nil }
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }

    /// Blocks until a child has ended; its exit code, or nil if `limit` passed first.
    package func exitCode(within limit: Duration) -> CInt? {
        var event = pollfd(fd: handle.number, events: Int16(POLLIN), revents: 0)
        let deadline = MonotonicTime.now().advanced(by: limit)
        while true {
            let remaining = MonotonicTime.now().duration(to: deadline).wholeNanoseconds
            if unsafe poll(&event, 1, CInt(clamping: (remaining &+ 999_999) / 1_000_000)) > 0 { return reap() }
            if remaining == 0 { return nil }
        }
    }
}

/// The process that started this one.
package enum ParentProcess {
    /// Lets the kernel end this process (SIGTERM) when its parent does, however that ends; false if `expected` is not the
    /// parent any more.
    package static func endWithIt(_ expected: Int32) -> Bool {
        _ = hub_end_with_parent(SIGTERM)
        return getppid() == expected
    }
}

/// Runs `body` with a null-terminated array of C strings, as `execve` wants them.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var copies: [UnsafeMutablePointer<CChar>?] = unsafe strings.map { unsafe strdup($0) }
    defer { unsafe copies.forEach { unsafe free($0) } }
    unsafe copies.append(nil)
    return unsafe body(copies)
}
