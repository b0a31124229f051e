import CLinux
import Glibc

/// A program that is given bytes and returns bytes, within limits, and without a file or a shell. Blocks: for workers.
///
/// It runs in a session of its own, which is killed as a whole. Its limits stand before it is given its input, and it can
/// write no file, nor dump core: what it is given stays in memory.
package enum BoundedRun {
    /// What a run may take up.
    package struct Limits: Sendable {
        /// From start to end; then it is killed.
        package var time = Duration.seconds(30)
        /// Its whole address space.
        package var memoryBytes = 1 << 30
        /// What it may say; more, and it is killed.
        package var outputBytes = 8 << 20

        package init() {}
    }

    /// What a run came to.
    package enum Outcome: Equatable, Sendable {
        /// 128 and more for a signal, such as one for a limit.
        case ended(code: CInt, output: [UInt8])
        case timedOut
        case tooMuchOutput
    }

    private static let pieceBytes = 64 << 10

    /// Runs a program to its end. It may leave its input unread.
    ///
    /// - Throws: what stands against starting it.
    package static func run(
        _ path: String, _ arguments: [String], environment: [String] = [], input: [UInt8], limits: Limits = Limits()
    ) throws(SystemError) -> Outcome {
        let deadline = MonotonicTime.now().advanced(by: limits.time)
        // A socket, since a write to it can be told not to raise SIGPIPE.
        let feed = try Ends(socket: ())
        let answer = try Ends(pipe: ())
        let process = try ProcessHandle.start(
            path, arguments, environment: environment, input: feed.theirNumber, output: answer.theirNumber,
            keepsErrors: false)
        feed.closeTheirs()
        answer.closeTheirs()
        let seconds = UInt64(limits.time.components.seconds) + 1
        guard hub_bound_process(process.number, UInt64(limits.memoryBytes), seconds) == 0 else {
            let failure = SystemError("prlimit")
            end(process)
            throw failure
        }
        var fed = 0
        var output: [UInt8] = []
        while true {
            let remaining = MonotonicTime.now().duration(to: deadline).wholeNanoseconds
            guard remaining > 0 else {
                end(process)
                return .timedOut
            }
            if fed == input.count { feed.closeOurs() }
            let writes = feed.ourNumber
            var events = [
                pollfd(fd: answer.ourNumber, events: Int16(POLLIN), revents: 0),
                pollfd(fd: writes, events: Int16(POLLOUT), revents: 0),
            ]
            let count = unsafe poll(&events, 2, CInt(clamping: (remaining &+ 999_999) / 1_000_000))
            guard count >= 0 || errno == EINTR else {
                let failure = SystemError("poll")
                end(process)
                throw failure
            }
            guard count > 0 else { continue }
            if events[1].revents != 0 {
                let sent = send(input, from: fed, to: writes)
                // Whoever closes its input has read enough.
                if sent < 0 { fed = input.count } else { fed += sent }
            }
            guard events[0].revents != 0 else { continue }
            guard let piece = try read(answer.ourNumber, atMost: pieceBytes) else { break }
            guard output.count + piece.count <= limits.outputBytes else {
                end(process)
                return .tooMuchOutput
            }
            output += piece
        }
        guard let code = process.exitCode(within: MonotonicTime.now().duration(to: deadline)) else {
            end(process)
            return .timedOut
        }
        return .ended(code: code, output: output)
    }

    /// Kills the process and what it started, and waits until it is gone.
    private static func end(_ process: ProcessHandle) {
        process.sendToGroup(SIGKILL)
        _ = process.exitCode(within: .seconds(10))
    }

    /// How many bytes were taken; negative where nobody reads any more.
    private static func send(_ bytes: [UInt8], from start: Int, to descriptor: CInt) -> Int {
        let count = unsafe bytes.withUnsafeBytes { all in
            unsafe Glibc.send(
                descriptor, all.baseAddress?.advanced(by: start), min(all.count - start, pieceBytes),
                CInt(MSG_NOSIGNAL | MSG_DONTWAIT))
        }
        if count < 0 { return errno == EAGAIN || errno == EINTR ? 0 : -1 }
        return count
    }

    /// The next bytes, nil at their end.
    private static func read(_ descriptor: CInt, atMost limit: Int) throws(SystemError) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: limit)
        while true {
            let count = unsafe Glibc.read(descriptor, &bytes, limit)
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemError("read")
            }
            return count == 0 ? nil : Array(bytes.prefix(count))
        }
    }
}

/// The two ends of a way between this process and another one.
private final class Ends {
    private var ours: FileDescriptor?
    private var theirs: FileDescriptor?

    init(socket: Void) throws(SystemError) {
        var pair: [CInt] = [-1, -1]
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, type, 0, &pair) == 0 else { throw SystemError("socketpair") }
        take(pair)
    }

    init(pipe: Void) throws(SystemError) {
        var pair: [CInt] = [-1, -1]
        guard unsafe Glibc.pipe(&pair) == 0 else { throw SystemError("pipe") }
        take(pair)
        // A process that is started meanwhile by another thread closes what it is not given.
        for number in pair { _ = fcntl(number, F_SETFD, FD_CLOEXEC) }
    }

    private func take(_ pair: [CInt]) {
        ours = FileDescriptor(owning: pair[0])
        theirs = FileDescriptor(owning: pair[1])
    }

    /// -1 once it is closed.
    var ourNumber: CInt { number(of: ours) }
    var theirNumber: CInt { number(of: theirs) }

    private func number(of end: borrowing FileDescriptor?) -> CInt {
        switch end {
        case .some(let descriptor): descriptor.number
        case .none: -1
        }
    }

    func closeOurs() { ours = nil }
    func closeTheirs() { theirs = nil }
}
