package import Clinic
package import Database
package import HubProtocol
package import Platform

/// The newest event of a clinic's channel, as it is told from node to node.
package struct EventHead: Hashable, Sendable {
    package let clinic: ClinicID
    package let position: Position

    package init(clinic: ClinicID, position: Position) {
        self.clinic = clinic
        self.position = position
    }
}

/// Tells other hubs on the same database that there are new events, and is told by them. Loop-confined; one a process.
///
/// NOTIFY only wakes: what was missed is read from the table, and a slow poll finds what no notification told. It is sent
/// outside the writing transactions, because a transaction that notifies holds a lock of the whole database at its commit.
package final class NodeWakeUp {
    private static let channel = "alert_hub_events"
    private static let notify = Statement("notify_events", "SELECT pg_notify('alert_hub_events', $1)")
    /// A payload has at most 8,000 bytes; one head has about 95.
    private static let headsAMessage = 64

    private let reactor: Reactor
    private let pool: Pool
    private let listener: NotificationListener
    private var waiting: [ClinicID: Position] = [:]
    private var isSending = false

    /// - Parameters:
    ///   - noteHeads: told of events that another node wrote.
    ///   - compareAll: told when notifications may have been missed.
    package init(
        reactor: Reactor, pool: Pool, settings: ConnectionSettings,
        noteHeads: @escaping @Sendable ([EventHead]) -> Void, compareAll: @escaping @Sendable () -> Void
    ) {
        self.reactor = reactor
        self.pool = pool
        listener = NotificationListener(
            reactor: reactor, settings: settings, channels: [Self.channel],
            onNotification: { _, payload in noteHeads(Self.heads(payload)) }, onListening: compareAll)
    }

    package func start() { listener.start() }

    package func stop() { listener.close() }

    /// Tells the other nodes, once for all that gathers while a message is on its way.
    package func announce(_ heads: [EventHead]) {
        for head in heads where waiting[head.clinic].map({ $0.seq < head.position.seq }) ?? true {
            waiting[head.clinic] = head.position
        }
        guard !isSending, !waiting.isEmpty else { return }
        isSending = true
        reactor.spawn { await self.send() }
    }

    private func send() async {
        while !waiting.isEmpty {
            let heads = waiting
            waiting.removeAll()
            var rest = Array(heads)[...]
            while !rest.isEmpty {
                let payload = rest.prefix(Self.headsAMessage)
                    .map { "\($0.key),\($0.value.epoch),\($0.value.seq)" }.joined(separator: ";")
                rest = rest.dropFirst(Self.headsAMessage)
                // One that is not sent costs the other nodes a second: they poll.
                _ = try? await pool.transaction(nil, [Self.notify(.text(payload))])
            }
        }
        isSending = false
    }

    private static func heads(_ payload: String) -> [EventHead] {
        payload.split(separator: ";").compactMap { text in
            let parts = text.split(separator: ",", omittingEmptySubsequences: false)
            guard parts.count == 3, let clinic = ClinicID(parts[0]), let epoch = EpochID(parts[1]),
                let seq = Int64(parts[2])
            else { return nil }
            return EventHead(clinic: clinic, position: Position(epoch: epoch, seq: seq))
        }
    }
}
