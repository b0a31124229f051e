package import Clinic
package import HubProtocol
package import Platform

/// The channels of one loop: publishing, subscribing with resume, and the checks that no event stays away unnoticed.
package final class ChannelTable {
    /// What a subscriber is told before its first event.
    package enum Start: Sendable {
        /// The events after `since` follow, all of them.
        case recovered(Position)
        /// History does not reach back to what was presented, or nothing was: the state, then the events after it.
        case snapshot(ChannelSnapshot)
    }

    /// Limits of a loop's channels.
    package struct Limits: Sendable {
        /// Events kept in memory a clinic.
        package var ringEvents = 512
        /// The longest history that is replayed event by event; further back a snapshot is shorter.
        package var longestReplay: Int64 = 10_000
        /// Events handed to a subscriber before it must have taken them: a long replay cannot overflow its queue.
        package var replayPage = 256

        package init() {}
    }

    private let reactor: Reactor
    private let history: any EventHistory
    private let limits: Limits
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
        guard channel.hasGap, !channel.isRefreshing else { return }
        // Commits come from several connections, so a successor may overtake by a moment.
        _ = reactor.schedule(after: Self.graceForPredecessor) { [self] in
            if channel.hasGap { reactor.spawn { _ = await self.refresh(channel) } }
        }
    }

    /// Takes note that a clinic's newest event is `seq` somewhere; what is missing here is read.
    package func noteHead(of clinic: ClinicID, _ head: Position) {
        guard let channel = channels[clinic], !channel.subscriptions.isEmpty, let epoch = channel.epoch else { return }
        guard epoch != head.epoch || channel.head < head.seq else { return }
        reactor.spawn { _ = await self.refresh(channel) }
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
    /// `begin` sends the reply; it is called once, before the first event.
    /// - Throws: `unavailable` if history cannot be read now; nothing is subscribed then.
    package func subscribe(
        _ subscriber: any Subscriber, to clinic: ClinicID, since: Position?,
        begin: (Start, Subscription) -> Void
    ) async throws(HistoryError) -> Subscription? {
        let channel = channels[clinic] ?? Channel(clinic: clinic, ringCapacity: limits.ringEvents)
        channels[clinic] = channel
        if channel.epoch == nil || channel.subscriptions.isEmpty {
            guard await refresh(channel) else {
                forgetIfUnused(channel)
                throw .unavailable
            }
        }
        if let since, since.epoch == channel.epoch, since.seq > channel.head {
            // It comes from another loop or node, which published sooner than this one: no reason for a snapshot.
            _ = await refresh(channel)
        }
        let subscription = Subscription(clinic: clinic, seq: 0, subscriber: subscriber)
        channel.add(subscription)
        if let since, isReplayable(since, in: channel) {
            subscription.seq = since.seq
            begin(.recovered(since), subscription)
        } else {
            guard let snapshot = try? await history.snapshot(of: clinic) else {
                cancel(subscription)
                throw .unavailable
            }
            guard subscription.isActive else { return nil }
            subscription.seq = snapshot.head.seq
            begin(.snapshot(snapshot), subscription)
        }
        if channel.head <= subscription.seq {
            subscription.isLive = true
        } else {
            reactor.spawn { await self.catchUp(subscription, in: channel) }
        }
        return subscription
    }

    /// Ends a subscription; nothing is delivered to it after this returns.
    package func cancel(_ subscription: Subscription) {
        guard let channel = channels[subscription.clinic] else { return }
        channel.remove(subscription)
    }

    private func isReplayable(_ since: Position, in channel: Channel) -> Bool {
        since.epoch == channel.epoch && since.seq >= 0 && since.seq <= channel.head
            && channel.head - since.seq <= limits.longestReplay
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
            for event in page {
                // A gap inside a page would be a lost event: it is read again rather than passed over.
                guard event.seq == subscription.seq + 1 else { break }
                subscription.seq = event.seq
                subscription.subscriber.deliver(event.frame)
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
    private func refresh(_ channel: Channel) async -> Bool {
        if channel.isRefreshing {
            return await withCheckedContinuation { channel.waitingForRefresh.append($0) }
        }
        channel.isRefreshing = true
        let isCurrent = await readMissing(channel)
        channel.isRefreshing = false
        let waiting = channel.waitingForRefresh
        channel.waitingForRefresh = []
        for continuation in waiting { continuation.resume(returning: isCurrent) }
        return isCurrent
    }

    private func readMissing(_ channel: Channel) async -> Bool {
        guard let head = try? await history.heads(of: [channel.clinic])[channel.clinic] else { return false }
        // A long absence is not read event by event into memory that nobody here needs.
        if channel.epoch != head.epoch || channel.subscriptions.isEmpty {
            channel.start(epoch: head.epoch, head: head.seq)
        }
        while channel.head < head.seq {
            guard
                let events = try? await history.events(
                    of: channel.clinic, after: channel.head, limit: limits.replayPage), !events.isEmpty
            else { return false }
            for event in events { channel.publish(event) }
        }
        return true
    }

    private func forgetIfUnused(_ channel: Channel) {
        if channel.epoch == nil, channel.subscriptions.isEmpty, !channel.isRefreshing {
            channels[channel.clinic] = nil
        }
    }
}
