import Clinic
import Testing
import Wire

@testable import Hub

@Suite struct ChannelTests {
    private let epoch = EpochID(high: 1, low: 1)
    private let channel = Channel(clinic: ClinicID(high: 0, low: 1), ringCapacity: 8)
    private let screen = FakeSubscriber()

    private func subscribe(at seq: Int64 = 0) -> Subscription {
        let subscription = Subscription(clinic: channel.clinic, seq: seq, subscriber: screen)
        channel.add(subscription)
        subscription.isLive = true
        return subscription
    }

    @Test("events that come out of order are handed on in order") func order() {
        channel.start(epoch: epoch, head: 0)
        _ = subscribe()
        for seq: Int64 in [3, 2, 5, 1] { channel.publish(.numbered(seq)) }
        #expect(screen.delivered == [1, 2, 3])
        #expect(channel.hasGap)
        channel.publish(.numbered(4))
        #expect(screen.delivered == [1, 2, 3, 4, 5])
        #expect(!channel.hasGap)
    }

    @Test("an event that was handed on is not handed on again") func duplicates() {
        channel.start(epoch: epoch, head: 0)
        _ = subscribe()
        for seq: Int64 in [1, 1, 2, 1, 2] { channel.publish(.numbered(seq)) }
        #expect(screen.delivered == [1, 2])
    }

    @Test("an event that came before the channel's first position is kept") func earlyBeforeStart() {
        channel.publish(.numbered(6))
        channel.start(epoch: epoch, head: 5)
        #expect(channel.head == 6)
        #expect(!channel.hasGap)
    }

    @Test("a screen ahead of the channel is not sent what it has") func ahead() {
        channel.start(epoch: epoch, head: 3)
        let subscription = subscribe(at: 5)
        for seq: Int64 in [4, 5, 6] { channel.publish(.numbered(seq)) }
        #expect(screen.delivered == [6])
        #expect(subscription.seq == 6)
    }

    @Test("another epoch lets go of every screen and starts anew") func epochChange() {
        channel.start(epoch: epoch, head: 7)
        let subscription = subscribe(at: 7)
        let other = EpochID(high: 2, low: 2)
        channel.publish(.numbered(8, epoch: other))
        #expect(channel.head == 7)
        channel.start(epoch: other, head: 2)
        #expect(screen.isLost)
        #expect(!subscription.isActive)
        #expect(channel.subscriptions.isEmpty)
        #expect(channel.head == 2)
        channel.publish(.numbered(3, epoch: other))
        #expect(screen.delivered.isEmpty)
    }

    @Test("a screen that is removed while events are delivered gets no more, and the others lose none")
    func removalWhileDelivering() {
        channel.start(epoch: epoch, head: 0)
        let first = subscribe()
        let others = (0..<3).map { _ in FakeSubscriber() }
        let subscriptions = others.map { Subscription(clinic: channel.clinic, seq: 0, subscriber: $0) }
        for subscription in subscriptions {
            channel.add(subscription)
            subscription.isLive = true
        }
        screen.onDeliver = { [channel] in
            channel.remove(first)
            channel.remove(subscriptions[1])
        }
        for seq: Int64 in 1...3 { channel.publish(.numbered(seq)) }
        #expect(screen.delivered == [1])
        #expect(others.map(\.delivered) == [[1, 2, 3], [], [1, 2, 3]])
        #expect(channel.subscriptions.count == 2)
        channel.remove(first)
        #expect(channel.subscriptions.count == 2)
    }

    @Test("frames go to the sink that the subscriber names, once the subscription is live") func sink() {
        let connection = FakeSubscriber()
        let owner = OwnerOfSink(connection)
        channel.start(epoch: epoch, head: 0)
        let subscription = Subscription(clinic: channel.clinic, seq: 0, subscriber: owner)
        channel.add(subscription)
        channel.publish(.numbered(1))
        #expect(subscription.seq == 0)
        subscription.seq = 1
        subscription.isLive = true
        channel.publish(.numbered(2))
        #expect(connection.delivered == [2])
        #expect(subscription.seq == 2)
        channel.remove(subscription)
        channel.publish(.numbered(3))
        #expect(connection.delivered == [2])
        #expect(subscription.seq == 2)
    }
}

/// A subscriber whose frames another takes, as a session's are taken by its connection.
private final class OwnerOfSink: Subscriber {
    let sink: any FrameSink

    init(_ sink: any FrameSink) { self.sink = sink }

    func deliver(_ frame: OutboundFrame) { Issue.record("the sink was passed over") }
    func drained() async -> Bool { true }
    func lostHistory() {}
}
