import Testing

@testable import Platform

@Suite("Hook")
struct HookTests {
    @Test("It does nothing before it is set, and calls what was set last")
    func set() {
        let calls = Locked<[Int]>([])
        let hook = Hook<Int>()
        hook(1)
        hook.set { number in calls.withLock { $0.append(number) } }
        hook(2)
        hook.set { number in calls.withLock { $0.append(-number) } }
        hook(3)
        #expect(calls.withLock { $0 } == [2, -3])
    }

    @Test("The last of a hundred thousand calls takes no longer than the first")
    func cost() {
        let hook = Hook<Int>()
        let calls = Locked(0)
        hook.set { _ in calls.withLock { $0 += 1 } }
        // Where each call wrapped the function once more, this took a minute.
        let giveUpAt = MonotonicTime.now().advanced(by: .seconds(15))
        for number in 0..<100_000 {
            if number % 1_000 == 0, MonotonicTime.now() > giveUpAt { break }
            hook(number)
        }
        #expect(calls.withLock { $0 } == 100_000)
    }
}
