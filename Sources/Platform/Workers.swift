/// Threads for work that blocks: files, programs. A loop asks them and goes on meanwhile. Any thread.
///
/// Whoever asks bounds how much: what is asked waits for the thread that has least to do, however long that takes.
package final class Workers: Sendable {
    private let loops: [EventLoop<Void>]
    private let loads: Locked<[Int]>

    /// Starts at least one thread.
    package init(name: String, threads: Int) throws {
        var loops: [EventLoop<Void>] = []
        for index in 0..<max(1, threads) { loops.append(try EventLoop(name: "\(name)-\(index)") { _ in }) }
        self.loops = loops
        loads = Locked([Int](repeating: 0, count: loops.count))
    }

    /// Runs `work` on a thread that may block, and suspends until it is done.
    package func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        let index = loads.withLock { loads in
            let index = loads.indices.min { loads[$0] < loads[$1] } ?? 0
            loads[index] += 1
            return index
        }
        let value = await loops[index].ask { _ in work() }
        loads.withLock { $0[index] -= 1 }
        return value
    }

    /// Ends the threads once they have done what they were asked; nothing may be asked after it.
    package func stop() { for loop in loops { loop.stop() } }
}
