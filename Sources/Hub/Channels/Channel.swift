import Clinic
import Platform
import Wire

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
    /// What a fan-out reads of each of the `subscriptions`, dense and in their order.
    private var places: [FanOut.Place] = []
    private let fanOut: FanOut
    /// Whether the places stand in the order of their sockets, and whether somebody came or went since the last event.
    private var isOrdered = true
    private var hasChanged = false
    private var departures: UInt64 = 0
    /// Somebody is reading the channel's state or its missing events.
    var isRefreshing = false
    /// A look for the missing predecessor of an early event is planned.
    var isRepairPlanned = false
    /// Subscribers who are still being answered: they hold on to this object.
    var pendingSubscribers = 0
    var waitingForRefresh: [CheckedContinuation<Bool, Never>] = []
    private var ring: ReplayRing
    /// Events that came before their predecessor, by `seq`; bounded, because all of them stand in PostgreSQL.
    private var early: [Int64: PublishedEvent] = [:]
    private static let earlyLimit = 1024

    init(clinic: ClinicID, ringCapacity: Int, fanOut: FanOut = FanOut()) {
        self.clinic = clinic
        self.fanOut = fanOut
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
        places.removeAll()
        departures &+= 1
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
        orderPlaces()
        let subscriptions = subscriptions
        let departures = departures
        // Somebody who leaves while others are sent to is asked for; seldom.
        fanOut.send(event, to: places) { departures == self.departures || subscriptions[$0].isLive }
    }

    /// Puts the places in the order of their sockets' numbers, once nobody has come or gone between two events.
    ///
    /// What the kernel keeps of sockets that were accepted one after the other tends to lie side by side: a fan-out in that
    /// order takes some 6 % less CPU time than in the order of subscribing. Sorted seldom, so that a storm of arrivals
    /// does not pay for it.
    private func orderPlaces() {
        defer { hasChanged = false }
        guard !isOrdered, !hasChanged else { return }
        isOrdered = true
        let order = places.indices.sorted { places[$0].socket < places[$1].socket }
        places = order.map { places[$0] }
        subscriptions = order.map { subscriptions[$0] }
        for (index, subscription) in subscriptions.enumerated() { subscription.index = index }
    }

    /// Somebody came or went.
    private func noteChange() {
        isOrdered = false
        hasChanged = true
    }

    /// A subscription of this channel went live.
    func changedLiveness(of subscription: Subscription) {
        guard subscription.index >= 0 else { return }
        places[subscription.index].after = subscription.isLive ? subscription.reached : .max
    }

    /// Up to `limit` events after `seq` from memory; nil if they must be read from PostgreSQL.
    func recent(after seq: Int64, limit: Int) -> [PublishedEvent]? {
        seq == head ? [] : ring.events(after: seq, limit: limit)
    }

    func add(_ subscription: Subscription) {
        subscription.index = subscriptions.count
        subscription.channel = self
        subscriptions.append(subscription)
        places.append(FanOut.Place(subscription.subscriber.sink))
        changedLiveness(of: subscription)
        noteChange()
    }

    func remove(_ subscription: Subscription) {
        let index = subscription.index
        guard index >= 0 else { return }
        subscription.end()
        let last = subscriptions.removeLast()
        let place = places.removeLast()
        departures &+= 1
        noteChange()
        guard last !== subscription else { return }
        subscriptions[index] = last
        places[index] = place
        last.index = index
    }
}
