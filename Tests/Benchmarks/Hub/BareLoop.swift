import BareLoop
import Glibc
import Hub
import Platform
import Wire

/// The bare loop: C that sends the same frames on the hub's own sockets, past the hub, while the hub has nothing to send.
///
/// They must be the same sockets: on fresh ones, whose peers have never sent anything, the peer's kernel acknowledges at
/// once and on the sender's account, which makes a `send()` some 10 % dearer.
final class BareLoop {
    /// What a run of the bare loop came to.
    struct Run {
        let threadTime: UInt64
        let departures: [LoadCommand.Departure]
    }

    /// A socket did not take a whole frame at once: the load process did not keep up.
    struct Blocked: Error {}
    /// The hub has more or fewer connections than expected.
    struct OtherSockets: Error {
        let count: Int
    }
    /// The stream's frames differ in length.
    struct UnequalFrames: Error {}

    private let thread: EventLoop<Void>
    private let sockets: [CInt]
    private var seq: Int64 = 1_000_000

    /// Takes the sockets of the connections that the hub has accepted; the thread is on processor 0, as the hub's.
    init(_ hub: BenchHub, expecting count: Int) throws {
        var found: [CInt] = []
        for number in 3..<CInt(clamping: sysconf(CInt(_SC_OPEN_MAX))) {
            guard Socket.localAddress(of: number)?.port == hub.port, !Self.isListening(number) else { continue }
            found.append(number)
        }
        guard found.count == count else { throw OtherSockets(count: found.count) }
        sockets = found
        thread = try EventLoop(name: "bare") { _ in bare_loop_place(0, 0) }
    }

    deinit {
        thread.stop()
        thread.join()
    }

    /// Sends one event of the stream to all sockets each `interval`, on a thread of its own; together with `byRing`.
    func run(rounds: Int, interval: Duration, _ stream: EventStream, byRing: Bool = false) throws -> Run {
        let frames = (0..<rounds).map { stream.event(seq + Int64($0)).frame.bytes }
        guard let length = frames.first?.count, frames.allSatisfy({ $0.count == length }) else { throw UnequalFrames() }
        let numbers = sockets
        let bytes = frames.flatMap { $0 }
        let outcome = Locked((time: UInt64.max, starts: [UInt64](repeating: 0, count: rounds)))
        let done = Latch()
        thread.post { _ in
            outcome.withLock { outcome in
                outcome.time = unsafe bare_loop_run(
                    numbers, numbers.count, bytes, length, rounds, interval.wholeNanoseconds, &outcome.starts,
                    byRing ? 1 : 0)
            }
            done.open()
        }
        done.wait()
        let (time, starts) = outcome.withLock { $0 }
        guard time != .max else { throw Blocked() }
        let departures = starts.enumerated().map { LoadCommand.Departure(seq: seq + Int64($0), nanoseconds: $1) }
        seq += Int64(rounds)
        return Run(threadTime: time, departures: departures)
    }

    private static func isListening(_ number: CInt) -> Bool {
        var value: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        return unsafe getsockopt(number, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) == 0 && value != 0
    }
}
