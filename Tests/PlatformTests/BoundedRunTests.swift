import Glibc
import Platform
import Testing

@Suite("Programs within limits")
struct BoundedRunTests {
    private func limits(_ change: (inout BoundedRun.Limits) -> Void) -> BoundedRun.Limits {
        var limits = BoundedRun.Limits()
        change(&limits)
        return limits
    }

    private func shell(
        _ script: String, input: [UInt8] = [], _ limits: BoundedRun.Limits = BoundedRun.Limits()
    ) throws -> BoundedRun.Outcome {
        try BoundedRun.run(
            "/bin/sh", ["-c", script], environment: ["PATH=/usr/bin:/bin"], input: input, limits: limits)
    }

    @Test("What goes in comes out, also more than a socket and a pipe hold at once")
    func echo() throws {
        let input = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        #expect(try BoundedRun.run("/bin/cat", [], input: input) == .ended(code: 0, output: input))
        #expect(try BoundedRun.run("/bin/cat", [], input: []) == .ended(code: 0, output: []))
    }

    @Test("A program may end without reading, and its exit code is told")
    func deaf() throws {
        let input = [UInt8](repeating: 1, count: 2_000_000)
        #expect(try shell("exit 3", input: input) == .ended(code: 3, output: []))
        #expect(try shell("kill -9 $$") == .ended(code: 137, output: []))
        #expect(throws: SystemError.self) { try BoundedRun.run("/no/such/program", [], input: []) }
    }

    @Test("What it complains of is not its output")
    func errors() throws {
        #expect(try shell("echo yes; echo no >&2") == .ended(code: 0, output: Array("yes\n".utf8)))
    }

    @Test("One that takes too long is killed, with whatever it started")
    func time() throws {
        let began = MonotonicTime.now()
        let outcome = try shell("sleep 60 & sleep 60", limits { $0.time = .milliseconds(150) })
        #expect(outcome == .timedOut)
        #expect(began.duration(to: .now()) < .seconds(10))
        // It closes its output and goes on: that is no end.
        #expect(try shell("exec >&-; sleep 60", limits { $0.time = .milliseconds(150) }) == .timedOut)
    }

    @Test("One that says too much is killed")
    func output() throws {
        #expect(try shell("yes", limits { $0.outputBytes = 100_000 }) == .tooMuchOutput)
    }

    @Test("It has no more memory than it is allowed, and can write no file")
    func bounds() throws {
        let greedy = try shell("read x; exec tail /dev/zero", input: [10], limits { $0.memoryBytes = 64 << 20 })
        #expect(greedy != .ended(code: 0, output: []) && greedy != .timedOut)
        let file = "/tmp/alert-hub-test-bounded-\(getpid())"
        defer { unlink(file) }
        let written = try shell("read x; echo secret > \(file); echo $?", input: [10])
        var status = stat()
        #expect(stat(file, &status) != 0 || status.st_size == 0, "\(written)")
    }
}

@Suite("Workers")
struct WorkersTests {
    @Test("What is asked is done, side by side, and a slow one does not hold up the others")
    func sideBySide() async throws {
        let workers = try Workers(name: "test", threads: 2)
        defer { workers.stop() }
        let gate = Latch()
        async let slow = workers.run { () -> Int in
            gate.wait()
            return 1
        }
        for value in 0..<20 { #expect(await workers.run { value * 2 } == value * 2) }
        gate.open()
        #expect(await slow == 1)
    }
}
