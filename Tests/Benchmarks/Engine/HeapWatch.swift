import BareLoop
import Platform

/// Looks at the heap in use every 5 ms, on a loop of its own.
final class HeapWatch {
    private let loop: EventLoop<Sampler>

    init() throws { loop = try EventLoop(name: "heap") { reactor in Sampler(reactor) } }

    /// How far the heap rose above its start, in bytes. Once.
    func end() throws -> Int {
        let loop = loop
        let rise = try waiting { await loop.ask { $0.highest - $0.start } }
        loop.stop()
        loop.join()
        return rise
    }

    private final class Sampler {
        let start = Int(bare_loop_heap_in_use())
        private(set) var highest: Int
        private let reactor: Reactor

        init(_ reactor: Reactor) {
            self.reactor = reactor
            highest = start
            look()
        }

        private func look() {
            highest = max(highest, Int(bare_loop_heap_in_use()))
            _ = reactor.schedule(after: .milliseconds(5)) { [weak self] in self?.look() }
        }
    }
}
