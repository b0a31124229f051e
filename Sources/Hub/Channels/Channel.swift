import Clinic

/// One clinic's channel on one loop: its newest events, and who is sent each new one.
///
/// Events are handed on strictly by `seq`. One that comes before its predecessor waits; a predecessor that stays away
/// is read from PostgreSQL. Loop-confined.
final class Channel {
    let clinic: ClinicID
    /// The epoch and the newest event known here; nil until they were read.
    private(set) var epoch: EpochID?
    private(set) var head: Int64 = 0
    private(set) var subscriptions: [Subscription] = []
    /// Somebody is reading the channel's state or its missing events.
    var isRefreshing = false
    /// A look for the missing predecessor of an early event is planned.
    var isRepairPlanned = false
    /// Subscribers who are still being answered: they hold on to this object.
    var pendingSubscribers = 0
    var waitingForRefresh: [CheckedContinuation<Bool, Never>] = []
    /// The snapshot that was read last, for those who come at about the same time.
    var snapshot: SharedSnapshot?
    /// Somebody is reading a snapshot.
    var isReadingSnapshot = false
    var waitingForSnapshot: [CheckedContinuation<Bool, Never>] = []
    private var ring: ReplayRing
    /// Events that came before their predecessor, by `seq`; bounded, because all of them stand in PostgreSQL.
    private var early: [Int64: PublishedEvent] = [:]
    private static let earlyLimit = 1024

    init(clinic: ClinicID, ringCapacity: Int) {
        self.clinic = clinic
        ring = ReplayRing(capacity: ringCapacity)
    }

    /// Whether an event is known to exist that has not been handed on.
    var hasGap: Bool { !early.isEmpty }

    /// Nobody hears it, waits for it or reads it.
    var isUnused: Bool { subscriptions.isEmpty && pendingSubscribers == 0 && !isRefreshing }

    /// Takes the position that was read from PostgreSQL, without the events up to it: for a channel that nobody hears.
    ///
    /// Another epoch means that history was lost: those who do hear it must begin anew.
    func start(epoch: EpochID, head: Int64) {
        if let old = self.epoch, old != epoch { loseHistory() }
        if self.epoch == nil || head > self.head {
            ring.removeAll()
            self.epoch = epoch
            self.head = head
        }
        early = early.filter { $0.value.epoch == epoch && $0.key > self.head }
        handOnEarly()
    }

    /// What was known is worth nothing: forgets it, and lets go of all subscribers, who must subscribe anew.
    func loseHistory() {
        let lost = subscriptions
        subscriptions.removeAll()
        for subscription in lost { subscription.end() }
        epoch = nil
        head = 0
        ring.removeAll()
        for subscription in lost { subscription.subscriber.lostHistory() }
    }

    /// Takes a committed event; one that was handed on already is ignored.
    func publish(_ event: PublishedEvent) {
        guard event.seq > head, event.epoch == epoch || epoch == nil else { return }
        if epoch != nil, event.seq == head + 1 {
            handOn(event)
            handOnEarly()
        } else if early.count < Self.earlyLimit {
            early[event.seq] = event
        }
    }

    private func handOnEarly() {
        guard epoch != nil else { return }
        while let event = early.removeValue(forKey: head + 1) { handOn(event) }
        if !early.isEmpty { early = early.filter { $0.key > head } }
    }

    private func handOn(_ event: PublishedEvent) {
        head = event.seq
        ring.append(event)
        // One whose snapshot or last page was read from PostgreSQL may be ahead of what was published here.
        for subscription in subscriptions where subscription.isLive && subscription.seq < event.seq {
            subscription.seq = event.seq
            subscription.subscriber.deliver(event.frame)
        }
    }

    /// Up to `limit` events after `seq` from memory; nil if they must be read from PostgreSQL.
    func recent(after seq: Int64, limit: Int) -> [PublishedEvent]? {
        seq == head ? [] : ring.events(after: seq, limit: limit)
    }

    func add(_ subscription: Subscription) {
        subscription.index = subscriptions.count
        subscriptions.append(subscription)
    }

    func remove(_ subscription: Subscription) {
        let index = subscription.index
        guard index >= 0 else { return }
        subscription.end()
        let last = subscriptions.removeLast()
        guard last !== subscription else { return }
        subscriptions[index] = last
        last.index = index
    }
}
