import Glibc
import Platform

/// Removes a test's cluster when the test process is gone, however it ended: stops the server, then deletes the directory.
package final class Watchdog: Sendable {
    private let process: ProcessHandle

    /// Begins to watch over `directory`, which a `PrivateCluster` may be started in.
    package init(directory: String) throws {
        let script = """
            trap : TERM
            tail --pid="$1" -s 0.2 -f /dev/null || exit 0
            find "$2" -name postmaster.pid | while read -r file; do
                server=$(head -n 1 "$file") && kill -QUIT "$server" && tail --pid="$server" -s 0.1 -f /dev/null
            done
            rm -rf "$2"
            """
        process = try ProcessHandle.start(
            "/bin/sh", ["-c", script, "alert-hub-test-watchdog", "\(getpid())", directory],
            environment: ["PATH=/usr/bin:/bin"])
    }

    /// Ends the watch: the test has cleaned up itself. The signal ends `tail`; the shell reaps it and exits.
    package func end() {
        process.sendToGroup(SIGTERM)
        _ = process.waitForEnd(within: .seconds(5))
    }
}
