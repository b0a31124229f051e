import Glibc
import Platform

/// One end of the connection over which the benchmark directs its load process: lines of text. Blocks.
final class ControlLine {
    /// The other end is gone, or said nothing in time.
    struct Lost: Error {}

    private let socket: FileDescriptor
    private let buffer = ReadBuffer(capacity: 64 << 10)
    private var input: [UInt8] = []

    init(owning socket: consuming FileDescriptor) { self.socket = socket }

    func send(_ line: String) throws {
        var rest = Array("\(line)\n".utf8)[...]
        while !rest.isEmpty {
            switch unsafe rest.withUnsafeBytes({ unsafe Socket.send(socket.number, $0) }) {
            case .bytes(let count): rest = rest.dropFirst(count)
            case .wouldBlock: try wait(for: POLLOUT, until: MonotonicTime.now().advanced(by: .seconds(10)))
            case .failed: throw Lost()
            }
        }
    }

    /// The next line, without its end.
    func receive(within limit: Duration) throws -> String {
        let deadline = MonotonicTime.now().advanced(by: limit)
        var searched = 0
        while true {
            if let end = input[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { input.removeSubrange(...end) }
                return String(decoding: input[..<end], as: UTF8.self)
            }
            searched = input.count
            switch buffer.receive(from: socket.number) {
            case .bytes(let count): input += buffer.copy(count)
            case .wouldBlock: try wait(for: POLLIN, until: deadline)
            case .end, .failed: throw Lost()
            }
        }
    }

    private func wait(for events: CInt, until deadline: MonotonicTime) throws {
        var entry = pollfd(fd: socket.number, events: Int16(events), revents: 0)
        while true {
            let left = MonotonicTime.now().duration(to: deadline).wholeNanoseconds
            guard left > 0 else { throw Lost() }
            if unsafe poll(&entry, 1, CInt(clamping: left / 1_000_000 &+ 1)) > 0 { return }
        }
    }
}
