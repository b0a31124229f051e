import Glibc
import Platform

/// A program that is run to its end, with its output. Blocks; for start-up only.
enum ProgramRun {
    /// - Throws: what stands against starting it. A program that outlives `limit` is killed; its exit code is then 137.
    static func run(
        _ path: String, _ arguments: [String], within limit: Duration
    ) throws(SystemError) -> (exitCode: CInt, text: String) {
        // A pipe would have to be drained meanwhile; a nameless file takes any amount.
        let file = "/tmp/alert-hub-output-\(UInt64.random(in: 0...UInt64.max))"
        let number = unsafe open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw SystemError("open") }
        unsafe unlink(file)
        let output = FileDescriptor(owning: number)
        let process = try ProcessHandle.start(path, arguments, environment: environment, output: output.number)
        var code: CInt? = process.exitCode(within: limit)
        if code == nil {
            process.send(SIGKILL)
            code = process.exitCode(within: .seconds(5))
        }
        return (code ?? 137, text(of: output.number))
    }

    /// PostgreSQL reads settings from `PG…` variables, so none of the hub's own environment goes down.
    static let environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/", "LC_ALL=C.UTF-8"]

    private static func text(of descriptor: CInt) -> String {
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
