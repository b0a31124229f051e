package import Clinic
package import HubProtocol
package import Platform
import Wire

/// The channels of one loop: publishing, subscribing with resume, and the checks that no event stays away unnoticed.
package final class ChannelTable {
    /// What a subscriber is told before its first event.
    package enum Start {
        /// The events after `since` follow, all of them.
        case recovered(Position)
        /// History does not reach back to what was presented, or nothing was: the state, then the events after it.
        case snapshot(SharedSnapshot)
    }

    /// Limits of a loop's channels.
    package struct Limits: Sendable {
        /// Events kept in memory a clinic.
        package var ringEvents = 512
        /// The longest history that is replayed event by event; further back a snapshot is shorter.
        package var longestReplay: Int64 = 10_000
        /// Events handed to a subscriber before it must have taken them: a long replay cannot overflow its queue.
        package var replayPage = 256
        /// Channels that nobody hears and that are kept for a return, with their newest events, while there are no more
        /// channels than this; beyond, a channel goes with its last subscriber.
        package var keptChannels = 256
        /// How long a snapshot is given out again while nothing newer is known in its channel: about as long as a storm of
        /// 15,000 screens over a thousand clinics takes.
        package var snapshotAge = Duration.seconds(5)

        package init() {}
    }

    let reactor: Reactor
    let history: any EventHistory
    let limits: Limits
    private var channels: [ClinicID: Channel] = [:]
    private static let graceForPredecessor = Duration.milliseconds(50)

    package init(reactor: Reactor, history: any EventHistory, limits: Limits = Limits()) {
        self.reactor = reactor
        self.history = history
        self.limits = limits
    }

    /// The clinics that somebody here is subscribed to.
    package var subscribedClinics: [ClinicID] {
        channels.values.filter { !$0.subscriptions.isEmpty }.map(\.clinic)
    }

    package var subscriptionCount: Int { channels.values.reduce(0) { $0 + $1.subscriptions.count } }

    /// The newest event handed on in a clinic's channel; nil if nobody has ever subscribed here.
    package func head(of clinic: ClinicID) -> Int64? {
        guard let channel = channels[clinic], channel.epoch != nil else { return nil }
        return channel.head
    }

    // MARK: Publishing

    /// Hands a committed event to this loop's subscribers of its clinic, in sequence.
    package func publish(_ event: PublishedEvent) {
        guard let channel = channels[event.clinic] else { return }
        channel.publish(event)
        repairLater(channel)
        if let epoch = channel.epoch, epoch != event.epoch {
            noteHead(of: event.clinic, Position(epoch: event.epoch, seq: event.seq))
        }
    }

    /// Commits come from several connections, so a successor may overtake by a moment; then its predecessor is read.
    private func repairLater(_ channel: Channel) {
        guard channel.hasGap, !channel.isRepairPlanned else { return }
        channel.isRepairPlanned = true
        _ = reactor.schedule(after: Self.graceForPredecessor) { [self] in
            channel.isRepairPlanned = false
            if channel.hasGap { reactor.spawn { _ = await self.refresh(channel) } }
        }
    }

    /// Takes note that a clinic's newest event is `seq` somewhere; what is missing here is read.
    package func noteHead(of clinic: ClinicID, _ head: Position) {
        guard let channel = channels[clinic], !channel.subscriptions.isEmpty, let epoch = channel.epoch else { return }
        guard epoch != head.epoch || channel.head < head.seq else { return }
        reactor.spawn {
            // A reader under way may have begun before this event was committed; the next one has not.
            guard await self.refresh(channel), channel.epoch == head.epoch, channel.head < head.seq else { return }
            _ = await self.refresh(channel)
        }
    }

    /// Compares every subscribed channel with PostgreSQL: the net under all faster ways.
    package func compareWithHistory() async {
        let clinics = subscribedClinics
        guard !clinics.isEmpty, let heads = try? await history.heads(of: clinics) else { return }
        for (clinic, head) in heads { noteHead(of: clinic, head) }
    }

    // MARK: Subscribing

    /// Subscribes, tells the caller how the stream starts, and then delivers every event in order.
    ///
    /// `begin` sends the reply; it is called once, before the first event, and may cancel the subscription.
    /// - Returns: nil if the subscription has ended meanwhile.
    /// - Throws: `unavailable` if history cannot be read now; nothing is subscribed then.
    package func subscribe(
        _ subscriber: any Subscriber, to clinic: ClinicID, since: Position?,
        begin: (Start, Subscription) -> Void
    ) async throws(HistoryError) -> Subscription? {
        let channel = channels[clinic] ?? newChannel(of: clinic)
        channels[clinic] = channel
        channel.pendingSubscribers += 1
        defer {
            channel.pendingSubscribers -= 1
            forgetIfUnused(channel)
        }
        if channel.epoch == nil || channel.subscriptions.isEmpty {
            guard await refresh(channel) else { throw .unavailable }
        }
        if let since, since.epoch == channel.epoch, since.seq > channel.head {
            // It comes from another loop or node, which published sooner than this one: no reason for a snapshot.
            _ = await refresh(channel)
        }
        let subscription = Subscription(clinic: clinic, seq: 0, subscriber: subscriber)
        channel.add(subscription)
        let start: Start
        do throws(HistoryError) {
            start = try await self.start(since: since, in: channel)
        } catch {
            cancel(subscription)
            throw error
        }
        guard subscription.isActive else { return nil }
        subscription.seq = start.position.seq
        begin(start, subscription)
        guard subscription.isActive else { return nil }
        if channel.head <= subscription.seq {
            subscription.isLive = true
        } else {
            reactor.spawn { await self.catchUp(subscription, in: channel) }
        }
        // Read after the channel's own position, so it may tell of a lost history first.
        if start.position.epoch != channel.epoch { noteHead(of: clinic, start.position) }
        return subscription
    }

    private func newChannel(of clinic: ClinicID) -> Channel {
        Channel(clinic: clinic, ringCapacity: limits.ringEvents, fanOut: FanOut(ring: reactor.sendRing))
    }

    /// Ends a subscription; nothing is delivered to it after this returns.
    package func cancel(_ subscription: Subscription) {
        guard let channel = channels[subscription.clinic] else { return }
        channel.remove(subscription)
        forgetIfUnused(channel)
    }

    private func start(since: Position?, in channel: Channel) async throws(HistoryError) -> Start {
        if let since, try await isReplayable(since, in: channel) { return .recovered(since) }
        return .snapshot(try await snapshot(of: channel))
    }

    /// Whether every event after `since` can be had. Proved before it is promised: old events may have been cleared away.
    private func isReplayable(_ since: Position, in channel: Channel) async throws(HistoryError) -> Bool {
        guard since.epoch == channel.epoch, since.seq >= 0, since.seq <= channel.head,
            channel.head - since.seq <= limits.longestReplay
        else { return false }
        if channel.recent(after: since.seq, limit: 1) != nil { return true }
        let next = try await history.events(of: channel.clinic, after: since.seq, limit: 1).first
        return next?.seq == since.seq + 1 && next?.epoch == since.epoch
    }

    /// Delivers page by page what lies between the subscription and the channel's head, then makes it live.
    ///
    /// No live event is lost meanwhile: whatever is published raises the head, and the loop ends only in the turn in
    /// which nothing is left.
    private func catchUp(_ subscription: Subscription, in channel: Channel) async {
        while subscription.isActive {
            guard subscription.seq < channel.head else {
                subscription.isLive = true
                return
            }
            guard let page = await page(after: subscription.seq, of: channel) else {
                await reactor.sleep(for: .milliseconds(200))
                continue
            }
            guard subscription.isActive else { return }
            let before = subscription.seq
            for event in page where event.seq == subscription.seq + 1 && event.epoch == channel.epoch {
                subscription.seq = event.seq
                subscription.subscriber.deliver(event.frame)
            }
            // What is committed has no gap, so what is missing here is gone.
            guard subscription.seq > before else {
                cancel(subscription)
                return subscription.subscriber.lostHistory()
            }
            guard await subscription.subscriber.drained() else { return cancel(subscription) }
        }
    }

    private func page(after seq: Int64, of channel: Channel) async -> [PublishedEvent]? {
        if let recent = channel.recent(after: seq, limit: limits.replayPage) { return recent }
        let events = try? await history.events(of: channel.clinic, after: seq, limit: limits.replayPage)
        return events?.isEmpty == true ? nil : events
    }

    // MARK: Reading what is missing

    /// Brings a channel up to what is committed. One reader at a time; the others wait for it. False: not readable now.
    func refresh(_ channel: Channel) async -> Bool {
        if channel.isRefreshing {
            return await withCheckedContinuation { channel.waitingForRefresh.append($0) }
        }
        channel.isRefreshing = true
        let isCurrent = await readMissing(channel)
        channel.isRefreshing = false
        let waiting = channel.waitingForRefresh
        channel.waitingForRefresh = []
        for continuation in waiting { continuation.resume(returning: isCurrent) }
        if isCurrent { repairLater(channel) }
        forgetIfUnused(channel)
        return isCurrent
    }

    private func readMissing(_ channel: Channel) async -> Bool {
        guard let head = try? await history.heads(of: [channel.clinic])[channel.clinic] else { return false }
        if channel.epoch != head.epoch { channel.start(epoch: head.epoch, head: head.seq) }
        while channel.head < head.seq {
            // A long absence is not read event by event into memory that nobody here needs.
            if channel.subscriptions.isEmpty {
                channel.start(epoch: head.epoch, head: head.seq)
                break
            }
            let before = channel.head
            guard
                let events = try? await history.events(of: channel.clinic, after: before, limit: limits.replayPage),
                !events.isEmpty
            else { return false }
            for event in events { channel.publish(event) }
            guard channel.head == before, channel.epoch == head.epoch else { continue }
            // Another epoch by now is read by the next look; else what is committed is missing, and all begin anew.
            guard events.first?.epoch == head.epoch else { return false }
            channel.loseHistory()
            channel.start(epoch: head.epoch, head: head.seq)
        }
        return true
    }

    /// Forgets a channel of which nothing is known, or that is one too many to be kept for those who come back.
    private func forgetIfUnused(_ channel: Channel) {
        guard channel.isUnused, channels[channel.clinic] === channel else { return }
        if channel.epoch == nil || channels.count > limits.keptChannels { channels[channel.clinic] = nil }
    }
}

extension ChannelTable.Start {
    /// The place in history that the stream goes on from.
    package var position: Position {
        switch self {
        case .recovered(let since): since
        case .snapshot(let snapshot): snapshot.head
        }
    }
}
