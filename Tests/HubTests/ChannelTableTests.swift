import Clinic
import HubProtocol
import Platform
import TestSupport
import Testing

@testable import Hub

@Suite struct ChannelTableTests {
    @Test("a position in memory is resumed without a look at the events") func fromRing() async throws {
        try await onLoop { reactor in
            let scene = ChannelScene(reactor)
            let (first, second) = (FakeSubscriber(), FakeSubscriber())
            try await scene.subscribe(first)
            for _ in 0..<10 { scene.publish() }
            let reads = scene.history.reads
            try await scene.subscribe(second, since: 4)
            #expect(await eventually(reactor) { second.hasAll(to: 10) })
            #expect(scene.history.reads == reads)
            guard case .recovered(let since) = second.start else {
                Issue.record("a snapshot")
                return
            }
            #expect(since == scene.position(4))
            #expect(first.hasAll(to: 10))
        }
    }

    @Test("a position before memory is resumed from history, page by page") func fromHistory() async throws {
        try await onLoop { reactor in
            var limits = ChannelTable.Limits()
            limits.replayPage = 16
            let scene = ChannelScene(reactor, limits: limits)
            scene.history.commit(100)
            let screen = FakeSubscriber()
            screen.onDrain = { await reactor.sleep(for: .milliseconds(1)) }
            try await scene.subscribe(screen, since: 3)
            #expect(await eventually(reactor) { screen.hasAll(to: 100) })
            #expect(screen.longestBurst == 16)
        }
    }

    @Test("no position, another epoch, one ahead of all and one too far back get a snapshot")
    func snapshots() async throws {
        try await onLoop { reactor in
            var limits = ChannelTable.Limits()
            limits.longestReplay = 50
            let scene = ChannelScene(reactor, limits: limits)
            scene.history.commit(60)
            let foreign = Position(epoch: EpochID(high: 9, low: 9), seq: 58)
            for since in [nil, foreign, scene.position(61), scene.position(.max), scene.position(9)] {
                let screen = FakeSubscriber()
                try await scene.subscribe(screen, at: since)
                guard case .snapshot(let snapshot) = screen.start else {
                    Issue.record("recovered from \(String(describing: since))")
                    continue
                }
                #expect(snapshot.head == scene.position(60))
                #expect(screen.delivered.isEmpty)
            }
            let within = FakeSubscriber()
            try await scene.subscribe(within, since: 10)
            #expect(await eventually(reactor) { within.hasAll(to: 60) && within.delivered.count == 50 })
        }
    }

    @Test("history that was cleared away is told before anything is promised") func clearedHistory() async throws {
        try await onLoop { reactor in
            let scene = ChannelScene(reactor)
            scene.history.commit(40)
            scene.history.clear(before: 20)
            let screen = FakeSubscriber()
            try await scene.subscribe(screen, since: 10)
            guard case .snapshot = screen.start else {
                Issue.record("recovered")
                return
            }
            #expect(!screen.isLost)
            let later = FakeSubscriber()
            try await scene.subscribe(later, since: 19)
            #expect(await eventually(reactor) { later.hasAll(to: 40) })
        }
    }

    @Test("an event whose predecessor stays away is followed up after the grace") func gapRepair() async throws {
        try await onLoop { reactor in
            let scene = ChannelScene(reactor)
            let screen = FakeSubscriber()
            try await scene.subscribe(screen)
            scene.history.commit()
            let began = MonotonicTime.now()
            scene.publish()
            #expect(screen.delivered.isEmpty)
            #expect(await eventually(reactor) { screen.hasAll(to: 2) })
            #expect(began.duration(to: .now()) >= .milliseconds(50))
        }
    }

    /// One screen, one event that nobody told of, and `body` between the look at the head and the arrival of its answer.
    private func whileReading(_ body: @escaping @Sendable (ChannelScene) async -> Void) async throws -> [Int64] {
        try await onLoop { reactor in
            var limits = ChannelTable.Limits()
            limits.replayPage = 1
            let scene = ChannelScene(reactor, limits: limits)
            let screen = FakeSubscriber()
            try await scene.subscribe(screen)
            scene.history.commit()
            var passes = 0
            scene.history.pause = {
                passes += 1
                if passes == 2 { await body(scene) }
            }
            scene.table.noteHead(of: scene.clinic, scene.position(1))
            _ = await eventually(reactor, within: .seconds(2)) {
                passes > 2 && screen.hasAll(to: scene.history.head)
            }
            return screen.delivered
        }
    }

    @Test("a gap that opens while the channel is read is repaired too") func gapWhileReading() async throws {
        let delivered = try await whileReading { scene in
            scene.history.commit()
            scene.publish()
            // Past the grace, so that the look for the predecessor finds this reader and waits for its old answer.
            await scene.reactor.sleep(for: .milliseconds(80))
        }
        #expect(delivered == [1, 2, 3])
    }

    @Test("a head that is noted while an older one is read is read as well") func headWhileReading() async throws {
        let delivered = try await whileReading { scene in
            scene.history.commit()
            scene.table.noteHead(of: scene.clinic, scene.position(2))
            await scene.reactor.sleep(for: .milliseconds(5))
        }
        #expect(delivered == [1, 2])
    }

    @Test("the comparison with history finds what nobody told") func comparison() async throws {
        try await onLoop { reactor in
            let scene = ChannelScene(reactor)
            let screen = FakeSubscriber()
            try await scene.subscribe(screen)
            scene.history.commit(700)
            await scene.table.compareWithHistory()
            #expect(await eventually(reactor) { screen.hasAll(to: 700) })
        }
    }

    @Test("a channel whose events are gone ends its screens instead of asking for ever") func goneInTheMiddle()
        async throws
    {
        try await onLoop { reactor in
            let scene = ChannelScene(reactor)
            let screen = FakeSubscriber()
            try await scene.subscribe(screen)
            scene.history.commit(10)
            scene.history.clear(before: 5)
            await scene.table.compareWithHistory()
            #expect(await eventually(reactor) { screen.isLost })
            #expect(scene.table.subscriptionCount == 0)
            let back = FakeSubscriber()
            try await scene.subscribe(back, since: 0)
            guard case .snapshot = back.start else {
                Issue.record("recovered")
                return
            }
        }
    }

    @Test("an event of a new epoch makes the screens begin anew") func newEpoch() async throws {
        try await onLoop { reactor in
            let scene = ChannelScene(reactor)
            let screen = FakeSubscriber()
            try await scene.subscribe(screen)
            for _ in 0..<5 { scene.publish() }
            scene.history.restore(epoch: EpochID(high: 2, low: 2))
            scene.publish()
            #expect(await eventually(reactor) { screen.isLost })
            #expect(screen.delivered == [1, 2, 3, 4, 5])
            let back = FakeSubscriber()
            try await scene.subscribe(back, at: Position(epoch: EpochID(high: 1, low: 1), seq: 5))
            scene.publish()
            #expect(await eventually(reactor) { back.hasAll(to: 2) })
        }
    }

    @Test("without history nobody is subscribed, and nothing of it stays") func unavailable() async throws {
        try await onLoop { reactor in
            let scene = ChannelScene(reactor)
            scene.history.isAvailable = false
            let screen = FakeSubscriber()
            await #expect(throws: HistoryError.unavailable) { try await scene.subscribe(screen) }
            #expect(scene.table.subscriptionCount == 0)
            #expect(scene.table.head(of: scene.clinic) == nil)
            scene.history.isAvailable = true
            try await scene.subscribe(screen)
            scene.publish()
            #expect(screen.hasAll(to: 1))
        }
    }

    @Test("a screen that fails to subscribe does not take the channel from those who succeed")
    func failureBesideSuccess() async throws {
        try await onLoop { reactor in
            let scene = ChannelScene(reactor)
            let screens = (0..<50).map { _ in FakeSubscriber() }
            var calls = 0
            scene.history.pause = { [history = scene.history] in
                calls += 1
                history.isAvailable = calls % 3 == 0
                await reactor.sleep(for: .zero)
            }
            var running = screens.count
            for screen in screens {
                reactor.spawn {
                    while screen.subscription == nil { try? await scene.subscribe(screen) }
                    running -= 1
                }
            }
            #expect(await eventually(reactor) { running == 0 })
            scene.publish()
            #expect(screens.allSatisfy { $0.hasAll(to: 1) })
        }
    }

    @Test("nothing is delivered to a screen that ends during its catch-up", arguments: [true, false])
    func cancelDuringCatchUp(byConnection: Bool) async throws {
        try await onLoop { reactor in
            var limits = ChannelTable.Limits()
            limits.replayPage = 4
            let scene = ChannelScene(reactor, limits: limits)
            scene.history.commit(40)
            let screen = FakeSubscriber()
            screen.onDrain = {
                guard screen.delivered.count == 8 else { return }
                if byConnection { screen.isConnected = false } else { screen.subscription.map(scene.table.cancel) }
            }
            try await scene.subscribe(screen, since: 0)
            #expect(await eventually(reactor) { scene.table.subscriptionCount == 0 })
            scene.publish()
            await reactor.sleep(for: .milliseconds(20))
            #expect(screen.delivered.count == 8)
        }
    }

    @Test("channels that nobody hears are kept up to a limit") func keptChannels() async throws {
        try await onLoop { reactor in
            var limits = ChannelTable.Limits()
            limits.keptChannels = 3
            let history = AnyClinicHistory()
            let table = ChannelTable(reactor: reactor, history: history, limits: limits)
            let clinics = (1...10).map { ClinicID(high: 7, low: UInt64($0)) }
            for clinic in clinics {
                let subscription = try await table.subscribe(FakeSubscriber(), to: clinic, since: nil) { _, _ in }
                subscription.map(table.cancel)
            }
            #expect(clinics.count { table.head(of: $0) != nil } == 3)
        }
    }
}

/// A history in which every clinic exists and nothing has happened.
private final class AnyClinicHistory: EventHistory {
    private let start = Position(epoch: EpochID(high: 1, low: 1), seq: 0)

    func heads(of clinics: [ClinicID]) async throws(HistoryError) -> [ClinicID: Position] {
        Dictionary(uniqueKeysWithValues: clinics.map { ($0, start) })
    }
    func events(of clinic: ClinicID, after seq: Int64, limit: Int) async throws(HistoryError) -> [PublishedEvent] { [] }
    func snapshot(of clinic: ClinicID) async throws(HistoryError) -> ChannelSnapshot {
        ChannelSnapshot(head: start, alerts: [], isTruncated: false)
    }
}
