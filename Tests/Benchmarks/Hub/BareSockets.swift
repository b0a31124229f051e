import BareLoop
import Glibc
import Hub
import Platform
import Wire

/// The bare loop's sockets: connections of the same load process, on which C sends the same frames.
final class BareSockets {
    /// What a run of the bare loop came to.
    struct Run {
        let threadTime: UInt64
        let departures: [LoadCommand.Departure]
    }

    /// A socket did not take a whole frame at once: the load process did not keep up.
    struct Blocked: Error {}
    /// The stream's frames differ in length.
    struct UnequalFrames: Error {}

    private let listener: FileDescriptor
    private var sockets: [FileDescriptorBox] = []
    private var seq: Int64 = 1_000_000

    /// Makes the load process connect so many times.
    init(_ count: Int, load: LoadProcess) throws {
        listener = try Socket.listen(on: .loopback(port: 0))
        guard let port = Socket.localAddress(of: listener.number)?.port else { throw SystemError("getsockname") }
        try load.ask(.connect(count: count, port: port))
        for _ in 0..<count {
            sockets.append(FileDescriptorBox(try Accepting.next(listener.number, within: .seconds(10))))
        }
    }

    /// Sends one event of the stream to all sockets each `interval`, on the calling thread.
    func run(rounds: Int, interval: Duration, _ stream: EventStream) throws -> Run {
        let frames = (0..<rounds).map { stream.event(seq + Int64($0)).frame.bytes }
        guard let length = frames.first?.count, frames.allSatisfy({ $0.count == length }) else { throw UnequalFrames() }
        let numbers = sockets.map(\.number)
        var starts = [UInt64](repeating: 0, count: rounds)
        let time = unsafe bare_loop_run(
            numbers, numbers.count, frames.flatMap { $0 }, length, rounds, interval.wholeNanoseconds, &starts)
        guard time != .max else { throw Blocked() }
        let departures = starts.enumerated().map { LoadCommand.Departure(seq: seq + Int64($0), nanoseconds: $1) }
        seq += Int64(rounds)
        return Run(threadTime: time, departures: departures)
    }
}

/// An array cannot hold what cannot be copied.
private final class FileDescriptorBox {
    private let descriptor: FileDescriptor

    init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }

    var number: CInt { descriptor.number }
}
