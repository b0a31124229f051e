import Glibc
import Platform
import TestSupport

/// The clients, in a process of their own: neither their CPU time nor their memory nor their descriptors are the hub's.
///
/// It ends when this object is released, or this process ends: it reads its orders from a connection to here. Blocks.
final class LoadProcess {
    /// The load process answered otherwise than it should.
    struct Failure: Error {
        let command: String
        let answer: String
    }

    private let process: ProcessHandle
    private let control: ControlLine

    /// With `apart` the clients leave processor 0 to the hub, where there is another.
    init(apart: Bool = false) throws {
        let listener = try Socket.listen(on: .loopback(port: 0))
        guard let port = Socket.localAddress(of: listener.number)?.port else { throw SystemError("getsockname") }
        process = try ProcessHandle.start(
            OwnProgram.path, [OwnProgram.load, "\(port)", apart ? "apart" : "anywhere"],
            environment: ["PATH=/usr/bin:/bin"], output: STDERR_FILENO)
        control = ControlLine(owning: try Accepting.next(listener.number, within: .seconds(10)))
    }

    deinit {
        process.send(SIGKILL)
        _ = process.waitForEnd(within: .seconds(5))
    }

    /// The numbers that the load process answers with.
    @discardableResult
    func ask(_ command: LoadCommand, within limit: Duration = .seconds(120)) throws -> [Double] {
        try control.send(command.line)
        let answer = try control.receive(within: limit)
        guard answer.hasPrefix("ok") else { throw Failure(command: command.line, answer: answer) }
        return answer.split(separator: " ").dropFirst().compactMap { Double($0) }
    }

    /// Waits until so many events have arrived.
    func awaitEvents(_ count: Int) throws {
        let arrived = try poll(within: .seconds(10)) { try ask(.count)[0] >= Double(count) }
        guard arrived else { throw Failure(command: "await \(count)", answer: "\(try ask(.count)[0]) arrived") }
    }
}

/// This program, and the words that start it as another process of the benchmark.
enum OwnProgram {
    static let load = "load-process"
    static let instructions = "counted-fan-out"

    static var path: String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count - 1)
        return String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Accepts connections on the calling thread.
enum Accepting {
    static func next(_ listener: CInt, within limit: Duration) throws -> FileDescriptor {
        let deadline = MonotonicTime.now().advanced(by: limit)
        while true {
            switch Socket.accept(listener) {
            case .connection(let socket, _): return socket
            case .exhausted(let error): throw error
            case .aborted: continue
            case .wouldBlock:
                let left = MonotonicTime.now().duration(to: deadline).wholeNanoseconds
                guard left > 0 else { throw ControlLine.Lost() }
                var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
                unsafe poll(&entry, 1, CInt(clamping: left / 1_000_000 &+ 1))
            }
        }
    }
}

extension SocketAddress {
    /// 127.0.0.1.
    static func loopback(port: UInt16) throws -> SocketAddress {
        guard let address = SocketAddress(host: "127.0.0.1", port: port) else {
            throw SystemError("inet_pton", code: EINVAL)
        }
        return address
    }
}
