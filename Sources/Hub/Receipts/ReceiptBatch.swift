package import Clinic
import Escalation
package import HubProtocol
package import Platform
import Store

/// The receipts of one loop's screens, gathered and stored together: not a transaction each. Loop-confined.
///
/// A receipt says that a screen has an event; the alert's own doctor's receipt makes it DELIVERED. Receipts that cannot be
/// stored are tried again with the next ones, up to a limit; past it the oldest are dropped, counted in the log.
package final class ReceiptBatch {
    private let reactor: Reactor
    private let hub: ClinicHub
    private var waiting: [ClinicID: [Receipt]] = [:]
    private var count = 0
    private var isScheduled = false
    private static let delay = Duration.milliseconds(100)
    private static let limit = 50_000

    package init(reactor: Reactor, hub: ClinicHub) {
        self.reactor = reactor
        self.hub = hub
    }

    /// Takes one receipt of a screen that is subscribed to the clinic's channel.
    package func note(clinic: ClinicID, seq: Int64, stage: ReceiptStage, user: UserID, session: SessionID) {
        guard count < Self.limit else {
            Log.warning("receipts dropped", ["waiting": String(count)])
            waiting.removeAll()
            count = 0
            return
        }
        let receipt = Receipt(seq: seq, user: user, session: session, stage: stage)
        waiting[clinic, default: []].append(receipt)
        count += 1
        schedule()
    }

    private func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        _ = reactor.schedule(after: Self.delay) { [self] in
            reactor.spawn { await self.store() }
        }
    }

    private func store() async {
        let batches = waiting
        waiting.removeAll()
        count = 0
        for (clinic, receipts) in batches {
            var rest = receipts[...]
            while !rest.isEmpty {
                let batch = Array(rest.prefix(1000))
                rest = rest.dropFirst(batch.count)
                await store(batch, of: clinic)
            }
        }
        isScheduled = false
        if count > 0 { schedule() }
    }

    private func store(_ batch: [Receipt], of clinic: ClinicID) async {
        do {
            let reached = try await hub.store.events.keep(batch, .hub(in: clinic))
            hub.counters.receiptsStored &+= UInt64(batch.count)
            for person in reached {
                _ = try await hub.advance(person.alert, .delivered(to: person.user), .hub(in: clinic))
            }
        } catch {
            Log.warning("receipts not stored", ["clinic": clinic.description, "error": error.logName])
            if case .database = error, count + batch.count <= Self.limit {
                waiting[clinic, default: []].append(contentsOf: batch)
                count += batch.count
            }
        }
    }
}
