import Clinic
import Platform
import TestSupport
import Testing

@testable import Hub

/// Numbers that are the same for the same seed (SplitMix64).
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}

@Suite struct InterleavingTests {
    @Test("whatever happens at every suspension, each screen gets each event once and in order", arguments: 0..<60)
    func contiguous(seed: Int) async throws {
        try await onLoop { reactor in
            var generator = SeededGenerator(state: UInt64(seed))
            var limits = ChannelTable.Limits()
            limits.ringEvents = Int.random(in: 1...40, using: &generator)
            limits.replayPage = Int.random(in: 1...12, using: &generator)
            let scene = ChannelScene(reactor, limits: limits)
            scene.history.commit(Int.random(in: 0...60, using: &generator))
            var late: [PublishedEvent] = []

            // What other connections, loops and nodes do while somebody waits: commit, publish now, late, or never.
            var isQuiet = false
            func happen() {
                guard !isQuiet else { return }
                for _ in 0..<Int.random(in: 0...3, using: &generator) where scene.history.head < 400 {
                    switch Int.random(in: 0..<6, using: &generator) {
                    case 0: late.append(scene.history.commit())
                    case 1: scene.history.commit()
                    default: scene.publish()
                    }
                }
                if Int.random(in: 0..<3, using: &generator) == 0, !late.isEmpty {
                    scene.table.publish(late.remove(at: Int.random(in: 0..<late.count, using: &generator)))
                }
                if Int.random(in: 0..<8, using: &generator) == 0 {
                    scene.table.noteHead(of: scene.clinic, scene.position(scene.history.head))
                }
            }
            func suspend() async {
                happen()
                for _ in 0..<Int.random(in: 0...2, using: &generator) { await reactor.sleep(for: .zero) }
                happen()
            }
            scene.history.pause = suspend

            var screens: [FakeSubscriber] = []
            var subscribing = 0
            for _ in 0..<12 {
                let screen = FakeSubscriber()
                screen.onDrain = suspend
                let head = scene.history.head
                let since = Bool.random(using: &generator) ? Int64.random(in: 0...head, using: &generator) : nil
                let leaves = Int.random(in: 0..<4, using: &generator) == 0
                subscribing += 1
                reactor.spawn {
                    try? await scene.subscribe(screen, since: since)
                    if leaves { screen.subscription.map(scene.table.cancel) }
                    subscribing -= 1
                }
                if !leaves { screens.append(screen) }
                await suspend()
            }
            #expect(await eventually(reactor) { subscribing == 0 })
            isQuiet = true
            await scene.table.compareWithHistory()
            let head = scene.history.head
            // Pages of one event to a dozen screens are some thousand turns of the loop: under a sanitizer, half a minute.
            let patience = Duration.seconds(300)
            #expect(
                await eventually(reactor, within: patience) { screens.allSatisfy { $0.hasAll(to: head) } },
                "seed \(seed)")
            #expect(screens.allSatisfy { !$0.isLost })
            // Stragglers change nothing; a new event reaches everybody.
            for event in late { scene.table.publish(event) }
            scene.publish()
            #expect(
                await eventually(reactor, within: patience) { screens.allSatisfy { $0.hasAll(to: head + 1) } },
                "seed \(seed)")
        }
    }
}
