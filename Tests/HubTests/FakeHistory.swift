import Clinic
import HubProtocol
import Platform
import Wire

@testable import Hub

/// What PostgreSQL would hold of one clinic, and how long it takes to say so.
final class FakeHistory: EventHistory {
    let clinic: ClinicID
    var epoch = EpochID(high: 1, low: 1)
    private(set) var events: [PublishedEvent] = []
    var isAvailable = true
    /// Awaited before and after each look at the events, so that an answer can be old when it arrives.
    var pause: () async -> Void = {}
    private(set) var reads = 0
    private(set) var snapshotReads = 0

    init(clinic: ClinicID) { self.clinic = clinic }

    var head: Int64 { events.last?.seq ?? 0 }

    /// Commits the next event, without telling anybody.
    @discardableResult
    func commit() -> PublishedEvent {
        let event = PublishedEvent.numbered(head + 1, of: clinic, epoch: epoch)
        events.append(event)
        return event
    }

    func commit(_ count: Int) { for _ in 0..<count { commit() } }

    /// Clears away what came before `seq`, as a retention would.
    func clear(before seq: Int64) { events.removeAll { $0.seq < seq } }

    /// Another history takes the place of this one.
    func restore(epoch: EpochID) {
        self.epoch = epoch
        events.removeAll()
    }

    private func look<Answer>(_ answer: () -> Answer) async throws(HistoryError) -> Answer {
        await pause()
        reads += 1
        guard isAvailable else { throw .unavailable }
        let answer = answer()
        await pause()
        return answer
    }

    func heads(of clinics: [ClinicID]) async throws(HistoryError) -> [ClinicID: Position] {
        try await look { clinics.contains(clinic) ? [clinic: Position(epoch: epoch, seq: head)] : [:] }
    }

    func events(of clinic: ClinicID, after seq: Int64, limit: Int) async throws(HistoryError) -> [PublishedEvent] {
        try await look { Array(events.filter { $0.seq > seq }.prefix(limit)) }
    }

    func snapshot(of clinic: ClinicID) async throws(HistoryError) -> ChannelSnapshot {
        snapshotReads += 1
        return try await look {
            ChannelSnapshot(head: Position(epoch: epoch, seq: head), alerts: [], isTruncated: false)
        }
    }
}

extension PublishedEvent {
    static func numbered(
        _ seq: Int64, of clinic: ClinicID = ClinicID(high: 0, low: 1), epoch: EpochID = EpochID(high: 1, low: 1)
    ) -> PublishedEvent {
        PublishedEvent(
            clinic: clinic, epoch: epoch, seq: seq, frame: OutboundFrame(encoded: Array(String(seq).utf8)))
    }
}

/// A screen that writes down what it is sent.
final class FakeSubscriber: Subscriber {
    private(set) var delivered: [Int64] = []
    private(set) var isLost = false
    var isConnected = true
    /// Called at each wait for the queue to empty.
    var onDrain: () async -> Void = {}
    var onDeliver: () -> Void = {}
    private(set) var deliveredSinceDrain = 0
    private(set) var longestBurst = 0
    var start: ChannelTable.Start?
    var subscription: Subscription?

    func deliver(_ frame: OutboundFrame) {
        delivered.append(Int64(String(decoding: frame.bytes, as: UTF8.self)) ?? -1)
        deliveredSinceDrain += 1
        longestBurst = max(longestBurst, deliveredSinceDrain)
        onDeliver()
    }

    func drained() async -> Bool {
        await onDrain()
        deliveredSinceDrain = 0
        return isConnected
    }

    func lostHistory() { isLost = true }

    /// Whether it was told a start and then every event behind it once and in order, up to `head`.
    func hasAll(to head: Int64) -> Bool {
        guard let start else { return false }
        return delivered == Array((start.position.seq + 1)..<(head + 1))
    }
}

/// A loop's channels over a fake history of one clinic.
struct ChannelScene {
    let clinic = ClinicID(high: 0, low: 1)
    let reactor: Reactor
    let history: FakeHistory
    let table: ChannelTable

    init(_ reactor: Reactor, limits: ChannelTable.Limits = ChannelTable.Limits()) {
        self.reactor = reactor
        history = FakeHistory(clinic: clinic)
        table = ChannelTable(reactor: reactor, history: history, limits: limits)
    }

    func position(_ seq: Int64) -> Position { Position(epoch: history.epoch, seq: seq) }

    /// Commits an event and hands it to the loop.
    func publish() { table.publish(history.commit()) }

    /// Subscribes and writes the start down.
    func subscribe(_ screen: FakeSubscriber, since: Int64? = nil) async throws(HistoryError) {
        try await subscribe(screen, at: since.map(position))
    }

    func subscribe(_ screen: FakeSubscriber, at since: Position?) async throws(HistoryError) {
        screen.subscription = try await table.subscribe(screen, to: clinic, since: since) { start, _ in
            screen.start = start
        }
    }
}
