import HubProtocol
import Platform
package import Store

/// Hands committed events to every loop of this process. Any thread.
package final class Broadcast: Sendable {
    private let deliveries = Locked<[@Sendable (PublishedEvent) -> Void]>([])
    private let announcement = Hook<EventHead>()

    package init() {}

    /// Adds a loop: `deliver` posts the event to it.
    package func join(_ deliver: @escaping @Sendable (PublishedEvent) -> Void) {
        deliveries.withLock { $0.append(deliver) }
    }

    /// Sets who tells the other nodes of this database about the newest event of a clinic.
    package func connect(_ announce: @escaping @Sendable (EventHead) -> Void) {
        announcement.set(announce)
    }

    /// Encodes each event once and sends it to all loops.
    package func publish(_ committed: CommittedEvents) {
        let deliveries = deliveries.withLock { $0 }
        for event in committed.events {
            let published = PublishedEvent(event, epoch: committed.epoch)
            for deliver in deliveries { deliver(published) }
        }
        guard let last = committed.events.last else { return }
        announcement(
            EventHead(clinic: last.clinic, position: Position(epoch: committed.epoch, seq: last.seq)))
    }
}
