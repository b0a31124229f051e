import Glibc
import Platform

/// Ends what a test started, however the test process ends.
///
/// A shell waits until every writer of a fifo is gone: when the leash is let go of, or the test process has died. Then
/// it kills the hub that `DIR/../hub.pid` names, the PostgreSQL that `postmaster.pid` names and the gateway of the hub's
/// next port, each only if its command line is the one that the test gave it, and removes the directory.
final class Leash: Sendable {
    private let watchdog: ProcessHandle
    private let writer: Locked<CInt>

    /// - Parameters:
    ///   - directory: absolute; made here, removed at the end.
    ///   - gateway: where the hub's gateway listens, `127.0.0.1:8081`.
    init(directory: String, gateway: String) throws {
        guard unsafe mkdir(directory, 0o755) == 0 else { throw SystemError("mkdir") }
        let fifo = "\(directory)/leash"
        guard unsafe mkfifo(fifo, 0o600) == 0 else { throw SystemError("mkfifo") }
        // Opened for reading too, so that it does not wait for the watchdog.
        let number = unsafe open(fifo, O_RDWR | O_CLOEXEC)
        guard number >= 0 else { throw SystemError("open") }
        writer = Locked(number)
        watchdog = try ProcessHandle.start(
            "/bin/sh", ["-c", Self.script, "alert-hub-test-leash", directory, gateway],
            environment: ["PATH=/usr/bin:/bin"])
    }

    deinit { end() }

    /// Lets go and waits until everything is gone. Only the first call acts.
    func end() {
        let number = writer.withLock { number in
            defer { number = -1 }
            return number
        }
        guard number >= 0 else { return }
        _ = Glibc.close(number)
        if !watchdog.waitForEnd(within: .seconds(30)) { watchdog.send(SIGKILL) }
    }

    private static let script = """
        read -r line < "$1/leash"
        holds() { tr '\\0' ' ' < "/proc/$1/cmdline" 2>/dev/null | grep -qF -- "$2"; }
        pid=$(cat "$1/hub.pid" 2>/dev/null) && holds "$pid" "$1/data" && kill -KILL "$pid"
        for process in /proc/[0-9]*; do
            pid=${process#/proc/}
            holds "$pid" "alert-hub gateway --listen $2 " && kill -KILL "$pid"
        done
        server=$(head -n 1 "$1/data/postgres/data/postmaster.pid" 2>/dev/null) &&
            holds "$server" "$1/data" && kill -QUIT "$server" && tail --pid="$server" -s 0.1 -f /dev/null
        rm -rf -- "$1"
        """
}
