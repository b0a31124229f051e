package import Clinic
import Escalation
package import HubProtocol
package import Platform
import Store

/// The receipts of one loop's screens, gathered and stored together: not a transaction each. Loop-confined.
///
/// A receipt says that a screen has an event; the alert's own doctor's receipt makes it DELIVERED. Receipts that cannot be
/// stored are tried again with the next ones, up to a limit; past it new ones are dropped, counted in the log.
package final class ReceiptBatch {
    private let reactor: Reactor
    private let hub: ClinicHub
    private var waiting = ReceiptQueue(limit: 50_000)
    /// Whose receipt is stored, but whose alert is not yet told: asked again, the store would not name them.
    private var reached: [(clinic: ClinicID, person: EventStore.Reached)] = []
    private var isScheduled = false
    private static let delay = Duration.milliseconds(100)
    private static let delayAfterFailure = Duration.seconds(1)

    package init(reactor: Reactor, hub: ClinicHub) {
        self.reactor = reactor
        self.hub = hub
    }

    /// Takes one receipt of a screen that is subscribed to the clinic's channel.
    package func note(clinic: ClinicID, seq: Int64, stage: ReceiptStage, user: UserID, session: SessionID) {
        waiting.add(
            Receipt(seq: seq, user: user, session: session, stage: stage),
            of: clinic)
        schedule(after: Self.delay)
    }

    private func schedule(after delay: Duration) {
        guard !isScheduled else { return }
        isScheduled = true
        _ = reactor.schedule(after: delay) { [self] in
            reactor.spawn { await self.store() }
        }
    }

    private func store() async {
        var failure: StoreError?
        for (clinic, batch) in waiting.takeAll(inBatchesOf: EventStore.maximumReceipts) {
            do {
                reached += try await hub.store.events.keep(batch, .hub(in: clinic)).map { (clinic, $0) }
                hub.counters.receiptsStored &+= UInt64(batch.count)
            } catch {
                failure = error
                if case .database = error { for receipt in batch { waiting.add(receipt, of: clinic) } }
            }
        }
        failure = await tellAlerts() ?? failure
        if let failure { Log.warning("receipts not stored", ["error": failure.logName]) }
        let dropped = waiting.takeDropped()
        if dropped > 0 { Log.warning("receipts dropped", ["count": String(dropped)]) }
        isScheduled = false
        if waiting.count > 0 || !reached.isEmpty {
            schedule(after: failure == nil ? Self.delay : Self.delayAfterFailure)
        }
    }

    /// Gives each alert the word that a person has it; the last error, if any. One alert's refusal does not hold up others.
    private func tellAlerts() async -> StoreError? {
        let people = reached
        reached.removeAll()
        var failure: StoreError?
        for (clinic, person) in people {
            do {
                _ = try await hub.advance(person.alert, .delivered(to: person.user), .hub(in: clinic))
            } catch {
                failure = error
                if case .database = error { reached.append((clinic, person)) }
            }
        }
        return failure
    }
}
