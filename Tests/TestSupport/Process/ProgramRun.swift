import Glibc
package import Platform

/// A command that was run to its end.
package struct CommandResult: Sendable {
    /// 128 and more for a signal.
    package let exitCode: CInt
    package let output: String
    package let errors: String
}

/// The binary under test.
package enum HubProgram {
    /// `ALERT_HUB_BINARY`, else `alert-hub` beside the tests.
    package static var path: String {
        if let value = unsafe getenv("ALERT_HUB_BINARY") { return unsafe String(cString: value) }
        var directory = executable
        while let slash = directory.lastIndex(of: "/") {
            directory = String(directory[..<slash])
            let candidate = "\(directory)/alert-hub"
            if unsafe access(candidate, X_OK) == 0, !isDirectory(candidate) { return candidate }
        }
        return "\(repository)/.build/debug/alert-hub"
    }

    /// What every program that a test starts finds in its environment: a PATH, and how a sanitizer's runtime is to behave.
    package static var environment: [String] {
        let names = ["ASAN_OPTIONS", "TSAN_OPTIONS", "SWIFT_BACKTRACE"]
        let passedOn = names.compactMap { name in
            unsafe getenv(name).map { unsafe "\(name)=\(String(cString: $0))" }
        }
        return ["PATH=/usr/local/bin:/usr/bin:/bin"] + passedOn
    }

    /// Runs the program, with nothing in its environment but `environment` and what every program finds.
    ///
    /// - Throws: `ClientFailure.timedOut` where it takes longer than `limit`; it is killed then.
    package static func run(
        _ arguments: [String], environment: [String] = [], directory: String = "/",
        within limit: Duration = .seconds(60)
    ) throws -> CommandResult {
        try run(path, arguments, environment: environment, directory: directory, within: limit)
    }

    /// Runs another program in the same way.
    package static func run(
        _ path: String, _ arguments: [String], environment: [String] = [], directory: String = "/",
        within limit: Duration = .seconds(60)
    ) throws -> CommandResult {
        let file = "/tmp/alert-hub-test-output-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        defer {
            unsafe unlink("\(file).1")
            unsafe unlink("\(file).2")
        }
        let script = #"cd "$2" && out=$1 && shift 2 && exec "$@" > "$out.1" 2> "$out.2""#
        let process = try ProcessHandle.start(
            "/bin/sh", ["-c", script, "run", file, directory, path] + arguments,
            environment: Self.environment + environment)
        guard let code = process.exitCode(within: limit) else {
            process.send(SIGKILL)
            _ = process.waitForEnd(within: .seconds(5))
            throw ClientFailure.timedOut(arguments.joined(separator: " "))
        }
        return CommandResult(exitCode: code, output: text("\(file).1"), errors: text("\(file).2"))
    }

    /// A whole file as text; empty where it cannot be read.
    package static func text(_ path: String) -> String {
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return "" }
        let descriptor = FileDescriptor(owning: number)
        var all: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe read(descriptor.number, &bytes, bytes.count)
            if count <= 0 { return String(decoding: all, as: UTF8.self) }
            all += bytes.prefix(count)
        }
    }

    /// Writes a small file anew.
    package static func write(_ text: String, to path: String) throws(SystemError) {
        let number = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard number >= 0 else { throw SystemError("open") }
        let file = FileDescriptor(owning: number)
        let bytes = Array(text.utf8)
        guard unsafe Glibc.write(file.number, bytes, bytes.count) == bytes.count else { throw SystemError("write") }
    }

    package static func remove(_ path: String) { unsafe unlink(path) }

    /// The checkout that these tests were built from.
    package static var repository: String {
        "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static var executable: String {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/self/exe", &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
