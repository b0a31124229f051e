package import Database
package import Platform
package import Store

/// Tells other hubs on the same database that there are new events, and is told by them. Loop-confined; one a process.
///
/// NOTIFY only wakes: what was missed is read from the table, and a slow poll finds what no notification told. It is sent
/// outside the writing transactions, because a transaction that notifies holds a lock of the whole database at its commit.
package final class NodeWakeUp {
    private static let channel = "alert_hub_events"
    private static let notify = Statement("notify_events", "SELECT pg_notify('alert_hub_events', $1)")

    private let reactor: Reactor
    private let pool: Pool
    private let listener: NotificationListener
    private var waiting = HeadsToTell()
    private var isSending = false

    /// Whether the session stands that tells the other hubs that this one lives.
    package var isHolding: Bool { listener.isListening }

    /// - Parameters:
    ///   - holder: whose lock the listening session holds as long as it stands.
    ///   - noteHeads: told of events that another node wrote.
    ///   - noteRevocations: told that tokens were revoked somewhere.
    ///   - compareAll: told when notifications may have been missed.
    package init(
        reactor: Reactor, pool: Pool, settings: ConnectionSettings, holder: AttemptHolder,
        noteHeads: @escaping @Sendable ([EventHead]) -> Void, noteRevocations: @escaping () -> Void,
        compareAll: @escaping @Sendable () -> Void
    ) {
        self.reactor = reactor
        self.pool = pool
        listener = NotificationListener(
            reactor: reactor, settings: settings, channels: [Self.channel, RevocationStore.notification],
            setUp: [holder.hold],
            onNotification: { channel, payload in
                channel == Self.channel ? noteHeads(EventHead.heads(payload)) : noteRevocations()
            },
            onListening: {
                noteRevocations()
                compareAll()
            })
    }

    package func start() { listener.start() }

    package func stop() { listener.close() }

    /// Tells the other nodes, once for all that gathers while a message is on its way.
    package func announce(_ heads: [EventHead]) {
        for head in heads { waiting.add(head) }
        guard !isSending, !waiting.isEmpty else { return }
        isSending = true
        reactor.spawn { await self.send() }
    }

    private func send() async {
        while !waiting.isEmpty {
            for payload in EventHead.payloads(waiting.takeAll()) {
                // One that is not sent costs the other nodes a second: they poll.
                _ = try? await pool.transaction(nil, [Self.notify(.text(payload))])
            }
        }
        isSending = false
    }
}
