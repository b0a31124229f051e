import Glibc
import Platform
import TestSupport
import Wire

/// A headless Chromium of a test, driven over the DevTools protocol. However the test ends, nothing of it remains.
final class Chromium {
    /// Why a test cannot run in a browser.
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    let devTools: DevTools
    private let process: ProcessHandle
    private let profile: String

    init() throws {
        guard let program = Self.program else {
            throw Missing(
                description: "Chromium is not installed, and the board is tested in it. "
                    + "`./hub test` installs it; by hand: apt-get install chromium. CHROMIUM names another place.")
        }
        profile = "/tmp/alert-hub-test-chromium-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        guard unsafe mkdir(profile, 0o700) == 0 else { throw SystemError("mkdir") }
        var arguments = [
            "--headless=new", "--remote-debugging-port=0", "--user-data-dir=\(profile)", "--no-first-run",
            "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--disable-breakpad", "--mute-audio", "--lang=en-GB", "about:blank",
        ]
        // Chromium's own sandbox does not start for root, as which containers and build machines run.
        if geteuid() == 0 { arguments.insert("--no-sandbox", at: 0) }
        let process = try ProcessHandle.start(
            "/bin/sh", ["-c", Self.leash, "alert-hub-test-chromium", "\(getpid())", profile, program] + arguments,
            environment: ["PATH=/usr/bin:/bin", "HOME=\(profile)", "TMPDIR=\(profile)", "TZ=UTC"])
        self.process = process
        do {
            devTools = try Self.connect(profile: profile)
        } catch {
            process.sendToGroup(SIGKILL)
            Self.end(process, profile)
            throw error
        }
    }

    deinit {
        devTools.closeBrowser()
        Self.end(process, profile)
    }

    /// Ends the browser with the test process, also where that is killed, and itself with the browser.
    private static let leash = """
        test=$1 profile=$2
        shift 2
        { tail --pid="$test" -s 0.2 -f /dev/null; rm -rf -- "$profile"; kill -KILL "-$$"; } &
        "$@"
        kill -KILL "-$$"
        """

    private static var program: String? {
        if let value = unsafe getenv("CHROMIUM") { return unsafe String(cString: value) }
        return ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
            .first { unsafe access($0, X_OK) == 0 }
    }

    /// Chromium writes the port and path of its DevTools into its profile.
    private static func connect(profile: String) throws -> DevTools {
        var lines: [Substring] = []
        _ = poll(within: .seconds(20)) {
            lines = HubProgram.text("\(profile)/DevToolsActivePort").split(separator: "\n")
            return lines.count == 2
        }
        guard lines.count == 2, let port = UInt16(lines[0]) else {
            throw ClientFailure.timedOut("Chromium's start")
        }
        return DevTools(try WebSocketClient(port: port, path: String(lines[1]), subprotocols: []))
    }

    private static func end(_ process: ProcessHandle, _ profile: String) {
        if !process.waitForEnd(within: .seconds(5)) {
            process.sendToGroup(SIGKILL)
            _ = process.waitForEnd(within: .seconds(5))
        }
        // What the browser still had open may appear once more while it dies.
        for _ in 0..<50 {
            let removal = try? ProcessHandle.start("/bin/rm", ["-rf", "--", profile])
            _ = removal?.waitForEnd(within: .seconds(5))
            if unsafe access(profile, F_OK) != 0 { return }
            usleep(20_000)
        }
    }
}
