import HubProtocol
import Platform

extension ChannelTable {
    /// What a subscriber without a usable position starts from. One reader at a time; who comes meanwhile shares what it
    /// reads, and who comes while it is young shares it too, unless an event was published since.
    ///
    /// Why that is safe: the subscription already stands in the channel, and whoever is given a snapshot goes on from the
    /// position that it was read at, so it does not matter whether events were published before or after the reading. What
    /// must not be mixed are epochs: where one changes meanwhile, those who wait are let go of or read anew.
    func snapshot(of channel: Channel) async throws(HistoryError) -> SharedSnapshot {
        while true {
            if let known = channel.snapshot, isCurrent(known, in: channel) { return known }
            guard channel.isReadingSnapshot else { return try await readSnapshot(of: channel) }
            guard await withCheckedContinuation({ channel.waitingForSnapshot.append($0) }) else { throw .unavailable }
            if let shared = channel.snapshot, shared.head.epoch == channel.epoch { return shared }
        }
    }

    private func isCurrent(_ snapshot: SharedSnapshot, in channel: Channel) -> Bool {
        snapshot.head.epoch == channel.epoch && snapshot.head.seq >= channel.head
            && snapshot.readAt.duration(to: reactor.now) < limits.snapshotAge
    }

    private func readSnapshot(of channel: Channel) async throws(HistoryError) -> SharedSnapshot {
        channel.isReadingSnapshot = true
        let readAt = reactor.now
        let read: ChannelSnapshot?
        do throws(HistoryError) {
            read = try await history.snapshot(of: channel.clinic)
        } catch {
            read = nil
        }
        if let read, read.head.epoch != channel.epoch {
            // History was lost: the channel learns it first, and lets go of those who wait.
            _ = await refresh(channel)
        }
        channel.isReadingSnapshot = false
        let shared = read.map { SharedSnapshot($0, of: channel.clinic, readAt: readAt) }
        if let shared { keep(shared, in: channel) }
        let waiting = channel.waitingForSnapshot
        channel.waitingForSnapshot = []
        for continuation in waiting { continuation.resume(returning: shared != nil) }
        guard let shared else { throw .unavailable }
        return shared
    }

    /// It holds patients' names and may be long, so it is not kept for longer than it is given out.
    private func keep(_ snapshot: SharedSnapshot, in channel: Channel) {
        channel.snapshot = snapshot
        _ = reactor.schedule(after: limits.snapshotAge) {
            if channel.snapshot === snapshot { channel.snapshot = nil }
        }
    }
}
