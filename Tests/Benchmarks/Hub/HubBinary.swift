import Cryptography
import Database
import Glibc
import Platform
import TestSupport
import Wire

/// The release binary `alert-hub serve` on the benchmark's database: the whole hub, with its engine. Blocks.
final class HubBinary {
    /// It did not become ready, or there is no binary.
    struct Failure: Error {
        let log: String
    }

    /// From the start of the process to `/health/ready`.
    let startTime: Duration
    let port: UInt16
    private let process: ProcessHandle
    private let directory: String

    /// - Parameter configuration: members of its configuration file, besides the defaults.
    init(_ access: ClusterAccess, configuration: String = "") throws {
        directory = "/var/tmp/alert-hub-bench-\(getpid())-hub"
        guard unsafe mkdir(directory, 0o755) == 0 || errno == EEXIST else { throw SystemError("mkdir") }
        let number = unsafe open("\(directory)/log", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard number >= 0 else { throw SystemError("open") }
        let log = FileDescriptor(owning: number)
        try HubProgram.write("{ \(configuration) }", to: "\(directory)/hub.json5")
        // A port that is free now; nobody else of this run takes ports meanwhile.
        let probe = try Socket.listen(on: .loopback(port: 0))
        guard let port = Socket.localAddress(of: probe.number)?.port else { throw SystemError("getsockname") }
        _ = consume probe
        self.port = port
        let began = MonotonicTime.now()
        process = try ProcessHandle.start(
            HubProgram.path,
            ["serve", "--listen", "127.0.0.1:\(port)", "--data", directory, "--config", "\(directory)/hub.json5"],
            environment: [
                "PATH=/usr/bin:/bin", "ALERT_HUB_JWT_SECRET=\(BenchSecrets.tokenSecret)",
                "ALERT_HUB_ENCRYPTION_KEY=\(Base64.encode(BenchSecrets.vaultKey))",
                "DATABASE_URL=\(access.settings(.hub).url)", "DATABASE_OWNER_URL=\(access.settings(.owner).url)",
            ], output: log.number)
        let handle = process
        let isReady = poll(within: .seconds(60)) {
            handle.waitForEnd(within: .zero)
                || (try? HTTPClient(port: port).get("/health/ready"))?.status == .ok
        }
        startTime = began.duration(to: .now())
        guard isReady, !process.waitForEnd(within: .zero) else {
            let text = HubProgram.text("\(directory)/log")
            end()
            throw Failure(log: String(text.suffix(1_000)))
        }
    }

    /// What the kernel counts as this process's memory.
    var residentKilobytes: Int {
        let line = HubProgram.text("/proc/\(process.number)/status").split(separator: "\n").first {
            $0.hasPrefix("VmRSS:")
        }
        return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }

    /// What it has spent of the processors' time so far.
    var processorTime: ProcessorTime { .of(process.number) }

    func end() {
        process.send(SIGTERM)
        if !process.waitForEnd(within: .seconds(15)) {
            process.send(SIGKILL)
            _ = process.waitForEnd(within: .seconds(5))
        }
        let removal = try? ProcessHandle.start("/bin/rm", ["-rf", "--", directory])
        _ = removal?.waitForEnd(within: .seconds(10))
    }

    deinit { if !process.waitForEnd(within: .zero) { process.send(SIGKILL) } }
}
