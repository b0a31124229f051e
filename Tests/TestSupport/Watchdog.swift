import Glibc
import Platform

/// Removes a test's cluster when the test process is gone, however it ended: stops the server, then deletes the directory.
package final class Watchdog: Sendable {
    private let process: ProcessHandle

    /// Begins to watch over `directory`, which a `PrivateCluster` may be started in.
    package init(directory: String) throws {
        let script = """
            tail --pid="$1" -s 0.2 -f /dev/null
            find "$2" -name postmaster.pid | while read -r file; do
                server=$(head -n 1 "$file") && kill -QUIT "$server" && tail --pid="$server" -s 0.1 -f /dev/null
            done
            rm -rf "$2"
            """
        process = try ProcessHandle.start(
            "/bin/sh", ["-c", script, "alert-hub-test-watchdog", "\(getpid())", directory],
            environment: ["PATH=/usr/bin:/bin"])
    }

    /// Ends the watch: the test has cleaned up itself. The shell waits in `tail`, which is told by its end.
    package func end() {
        process.sendToGroup(SIGKILL)
        _ = process.waitForEnd(within: .seconds(5))
    }
}
