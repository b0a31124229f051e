import Clinic
import HubProtocol
import Platform
import TestSupport
import Testing
import Wire

@testable import Hub

@Suite struct SharedSnapshotTests {
    /// So many screens that subscribe at once, without a position, and what is done while they wait.
    private func arrive(
        _ count: Int, _ scene: ChannelScene, meanwhile: () async -> Void = {}
    ) async -> (screens: [FakeSubscriber], refused: Int) {
        let screens = (0..<count).map { _ in FakeSubscriber() }
        var running = count
        var refused = 0
        for screen in screens {
            scene.reactor.spawn {
                do throws(HistoryError) {
                    try await scene.subscribe(screen)
                } catch {
                    refused += 1
                }
                running -= 1
            }
        }
        await meanwhile()
        #expect(await eventually(scene.reactor) { running == 0 })
        return (screens, refused)
    }

    @Test("those who come at once share one reading, and miss nothing that is published meanwhile")
    func oneReading() async throws {
        try await onLoop { reactor in
            let scene = ChannelScene(reactor)
            scene.history.commit(20)
            scene.history.pause = { await reactor.sleep(for: .milliseconds(10)) }
            let (screens, _) = await arrive(50, scene) {
                for _ in 0..<30 {
                    scene.publish()
                    await reactor.sleep(for: .milliseconds(2))
                }
            }
            #expect(await eventually(reactor) { screens.allSatisfy { $0.hasAll(to: 50) } })
            // They come in the time of one look at the head and one at the alerts.
            #expect(scene.history.snapshotReads == 1)
        }
    }

    @Test("a snapshot is given out again until something newer is known, or it is too old")
    func givenOutAgain() async throws {
        try await onLoop { reactor in
            let scene = ChannelScene(reactor)
            scene.history.commit(3)
            for _ in 0..<5 { try await scene.subscribe(FakeSubscriber()) }
            #expect(scene.history.snapshotReads == 1)
            scene.publish()
            let after = FakeSubscriber()
            try await scene.subscribe(after)
            #expect(scene.history.snapshotReads == 2)
            #expect(after.start?.position == scene.position(4))
            var limits = ChannelTable.Limits()
            limits.snapshotAge = .milliseconds(10)
            let forgetful = ChannelScene(reactor, limits: limits)
            try await forgetful.subscribe(FakeSubscriber())
            await reactor.sleep(for: limits.snapshotAge)
            try await forgetful.subscribe(FakeSubscriber())
            #expect(forgetful.history.snapshotReads == 2)
        }
    }

    @Test("where the reading fails, all who waited are told, and the next one reads anew")
    func failedReading() async throws {
        try await onLoop { reactor in
            let scene = ChannelScene(reactor)
            let first = FakeSubscriber()
            try await scene.subscribe(first)
            scene.publish()
            scene.history.isAvailable = false
            scene.history.pause = { await reactor.sleep(for: .milliseconds(5)) }
            let (_, refused) = await arrive(10, scene)
            #expect(refused == 10)
            #expect(scene.table.subscriptionCount == 1)
            scene.history.isAvailable = true
            let (screens, _) = await arrive(10, scene)
            scene.publish()
            #expect(await eventually(reactor) { screens.allSatisfy { $0.hasAll(to: 2) } })
        }
    }

    @Test("a history that is lost while a snapshot is read is told to all who wait for it")
    func anotherEpoch() async throws {
        try await onLoop { reactor in
            let scene = ChannelScene(reactor)
            let first = FakeSubscriber()
            try await scene.subscribe(first)
            for _ in 0..<5 { scene.publish() }
            scene.history.pause = { await reactor.sleep(for: .milliseconds(5)) }
            let (screens, _) = await arrive(10, scene) {
                scene.history.restore(epoch: EpochID(high: 2, low: 2))
                scene.publish()
            }
            scene.history.pause = {}
            await scene.table.compareWithHistory()
            scene.publish()
            // Each begins anew, or was given the new history and has all of it.
            let isRight = await eventually(reactor) {
                screens.allSatisfy { screen in
                    screen.isLost || (screen.start?.position.epoch == scene.history.epoch && screen.hasAll(to: 2))
                }
            }
            #expect(isRight)
            #expect(first.isLost)
        }
    }

    @Test("screens that give the same tag share one frame, others get the same message with theirs")
    func frames() {
        let clinic = ClinicID(high: 0, low: 1)
        let head = Position(epoch: EpochID(high: 1, low: 1), seq: 7)
        let shared = SharedSnapshot(
            ChannelSnapshot(head: head, alerts: [], isTruncated: false), of: clinic, readAt: .now())
        let frame = shared.frame(tag: .number(1), firstWaits: nil)
        #expect(shared.frame(tag: .number(1), firstWaits: nil) === frame)
        #expect(shared.frame(tag: .number(2), firstWaits: nil) !== frame)
        #expect(shared.frame(tag: nil, firstWaits: nil).bytes.count < frame.bytes.count)
        for tag in Int64(3)..<100 { _ = shared.frame(tag: .number(tag), firstWaits: nil) }
        #expect(shared.frame(tag: .number(99), firstWaits: nil) !== shared.frame(tag: .number(99), firstWaits: nil))
    }
}
