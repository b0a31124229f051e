import Glibc
import Platform
import Testing

@Suite("EventLoop")
struct EventLoopTests {
    /// A loop's state that only counts.
    final class Counter {
        let reactor: Reactor
        var values: [Int] = []
        var waiting: [CheckedContinuation<Int, Never>] = []
        init(_ reactor: Reactor) { self.reactor = reactor }

        func answer() async -> Int { await withCheckedContinuation { waiting.append($0) } }
    }

    @Test("posts run in order, on the loop's thread")
    func posts() throws {
        let loop = try EventLoop(name: "test") { Counter($0) }
        let seen = Locked<[Int]>([])
        for number in 0..<1000 { loop.post { state in state.values.append(number) } }
        let done = Latch()
        loop.post { state in
            let values = state.values
            seen.withLock { $0 = values }
            done.open()
        }
        done.wait()
        #expect(seen.withLock { $0 } == Array(0..<1000))
        loop.stop()
        loop.join()
    }

    @Test("a task stays on the loop across its awaits")
    func tasks() throws {
        let loop = try EventLoop(name: "test") { Counter($0) }
        let threads = Locked<Set<UInt>>([])
        let done = Latch()
        loop.post { state in
            state.reactor.spawn {
                threads.withLock { _ = $0.insert(UInt(pthread_self())) }
                for _ in 0..<3 {
                    _ = await state.answer()
                    threads.withLock { _ = $0.insert(UInt(pthread_self())) }
                    await state.reactor.sleep(for: .milliseconds(1))
                    threads.withLock { _ = $0.insert(UInt(pthread_self())) }
                }
                done.open()
            }
        }
        @Sendable func resumeForever(_ state: Counter) {
            let waiting = state.waiting
            state.waiting = []
            for continuation in waiting { continuation.resume(returning: 1) }
            _ = state.reactor.schedule(after: .milliseconds(1)) { resumeForever(state) }
        }
        loop.post { resumeForever($0) }
        done.wait()
        #expect(threads.withLock { $0.count } == 1)
        loop.stop()
        loop.join()
    }

    @Test("what is run for another task takes each of its steps on the loop, and gives back its answer or its error")
    func runs() async throws {
        let loop = try EventLoop(name: "test") { Counter($0) }
        let loopThread = await loop.ask { _ in UInt(pthread_self()) }
        let threads = try await loop.run { state in
            var threads: Set<UInt> = [UInt(pthread_self())]
            for _ in 0..<3 {
                _ = state.reactor.schedule(after: .zero) {
                    for continuation in state.waiting { continuation.resume(returning: 1) }
                    state.waiting = []
                }
                _ = await state.answer()
                threads.insert(UInt(pthread_self()))
            }
            return threads
        }
        #expect(threads == [loopThread])
        await #expect(throws: SystemError.self) { try await loop.run { _ in throw SystemError("open", code: ENOENT) } }
        loop.stop()
        loop.join()
    }

    @Test("timers fire in the order of their deadlines and never early; a cancelled one does not")
    func timers() throws {
        let loop = try EventLoop(name: "test") { Counter($0) }
        let fired = Locked<[Int]>([])
        let done = Latch()
        loop.post { state in
            let start = MonotonicTime.now()
            for (number, delay) in [(3, 30), (1, 10), (2, 20)] {
                _ = state.reactor.schedule(after: .milliseconds(delay)) {
                    #expect(start.duration(to: .now()) >= .milliseconds(delay))
                    fired.withLock { $0.append(number) }
                    if number == 3 { done.open() }
                }
            }
            let cancelled = state.reactor.schedule(after: .milliseconds(15)) { fired.withLock { $0.append(99) } }
            state.reactor.cancel(cancelled)
        }
        done.wait()
        #expect(fired.withLock { $0 } == [1, 2, 3])
        loop.stop()
        loop.join()
    }

    @Test("what makeState throws reaches the caller")
    func failingState() {
        #expect(throws: SystemError.self) {
            _ = try EventLoop<Int>(name: "test") { _ in throw SystemError("open", code: ENOENT) }
        }
    }
}

@Suite("Reactor")
struct ReactorTests {
    final class Recorder: ReadinessHandler {
        var seen: [Readiness] = []
        var onReady: (Readiness) -> Void = { _ in }
        func becameReady(_ readiness: Readiness) {
            seen.append(readiness)
            onReady(readiness)
        }
    }

    final class State {
        let reactor: Reactor
        var watches: [Watch] = []
        var recorders: [Recorder] = []
        init(_ reactor: Reactor) { self.reactor = reactor }
    }

    @Test("an event of a closed and reused descriptor number does not reach the new owner")
    func staleEvent() throws {
        let loop = try EventLoop(name: "test") { State($0) }
        let result = Locked<[Int]>([])
        let done = Latch()
        loop.post { state in
            // Two pipes ready in one batch; the first to be told closes the other, and its number is taken again.
            let pairs = (0..<2).map { _ in Self.socketPair() }
            for pair in pairs {
                let recorder = Recorder()
                state.recorders.append(recorder)
                guard let watch = try? state.reactor.watch(pair.0, for: .readable, handler: recorder) else { return }
                state.watches.append(watch)
            }
            let newcomer = Recorder()
            for (index, recorder) in state.recorders.enumerated() {
                recorder.onReady = { _ in
                    let other = 1 - index
                    guard newcomer.seen.isEmpty, state.recorders[other].seen.isEmpty else { return }
                    state.reactor.unwatch(state.watches[index])
                    state.reactor.unwatch(state.watches[other])
                    let fresh = Self.socketPair()
                    dup2(fresh.0, pairs[other].0)
                    _ = try? state.reactor.watch(pairs[other].0, for: .readable, handler: newcomer)
                    _ = state.reactor.schedule(after: .milliseconds(5)) {
                        result.withLock { $0 = [newcomer.seen.count, state.recorders[other].seen.count] }
                        done.open()
                    }
                }
            }
            for pair in pairs { _ = write(pair.1, "x", 1) }
        }
        done.wait()
        #expect(result.withLock { $0 } == [0, 0])
        loop.stop()
        loop.join()
    }

    static func socketPair() -> (CInt, CInt) {
        var numbers: [CInt] = [0, 0]
        socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &numbers)
        return (numbers[0], numbers[1])
    }
}

@Suite("Socket")
struct SocketTests {
    @Test("two loops listen on one address; a connection is accepted with its peer's address")
    func listen() throws {
        let any = try #require(SocketAddress(host: "127.0.0.1", port: 0))
        let first = try Socket.listen(on: any)
        let address = try #require(Socket.localAddress(of: first.number))
        let second = try Socket.listen(on: address)
        let client = try Socket.connect(to: address)
        var accepted = 0
        while accepted == 0 {
            for listener in [first.number, second.number] {
                if case .connection(_, let peer) = Socket.accept(listener) {
                    accepted += 1
                    #expect(peer == Socket.localAddress(of: client.number))
                }
            }
        }
        #expect(accepted == 1)
    }

    @Test("a connection comes from the address asked for, and what is accepted sends at once")
    func sourceAndDelay() throws {
        let any = try #require(SocketAddress(host: "127.0.0.1", port: 0))
        let source = try #require(SocketAddress(host: "127.0.0.9", port: 0))
        let listener = try Socket.listen(on: any)
        let client = try Socket.connect(to: try #require(Socket.localAddress(of: listener.number)), from: source)
        #expect(Socket.localAddress(of: client.number)?.host == "127.0.0.9")
        var waiting = pollfd(fd: listener.number, events: Int16(POLLIN), revents: 0)
        #expect(poll(&waiting, 1, 30_000) == 1)
        guard case .connection(let accepted, let peer) = Socket.accept(listener.number) else {
            Issue.record("nothing was accepted")
            return
        }
        #expect(peer.host == "127.0.0.9")
        var value: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        #expect(getsockopt(accepted.number, CInt(IPPROTO_TCP), TCP_NODELAY, &value, &length) == 0)
        #expect(value != 0)
    }

    @Test("addresses read back as they were written", arguments: ["127.0.0.1:80", "[::1]:8080"])
    func addresses(text: String) throws {
        let colon = try #require(text.lastIndex(of: ":"))
        let port = try #require(UInt16(text[text.index(after: colon)...]))
        #expect(SocketAddress(host: String(text[..<colon]), port: port)?.description == text)
        #expect(SocketAddress(host: "example.invalid", port: 1) == nil)
    }
}

@Suite("WallTime")
struct WallTimeTests {
    @Test("RFC 3339 and HTTP forms")
    func forms() {
        let time = WallTime(microseconds: 784_111_777_123_456)
        #expect(time.rfc3339 == "1994-11-06T08:49:37.123Z")
        #expect(time.httpDate == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(WallTime(microseconds: -1).rfc3339 == "1969-12-31T23:59:59.999Z")
    }
}
