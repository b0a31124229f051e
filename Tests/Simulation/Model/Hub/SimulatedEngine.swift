import Clinic
import Escalation

/// `EscalationEngine` over `EscalationStore.runDueTimers`: claims what is due, plans and commits it in one transaction.
final class SimulatedEngine {
    private unowned let hub: SimulatedHub
    private var workers = 0
    private var mustLookAgain = false
    private lazy var alarm = Alarm(
        hub, poll: SimulatedDispatcher.poll, workAt: { [unowned hub] in hub.tables.timerWorkAt },
        ring: { [unowned self] in look() })

    private static let batch = 100
    private static let maximumWorkers = 3

    init(_ hub: SimulatedHub) { self.hub = hub }

    func look() {
        guard workers < Self.maximumWorkers else {
            mustLookAgain = true
            return
        }
        work()
    }

    func noteTimer(dueIn delay: Duration) {
        guard delay > .zero else { return look() }
        alarm.set(after: delay)
    }

    func databaseChanged() { alarm.arrange() }

    private func work() {
        workers += 1
        run()
    }

    private struct Found {
        let timers: [DueTimer]
        let snapshots: [AlertSnapshot]
        let nextIn: Duration?
    }

    private func run() {
        mustLookAgain = false
        // MonotonicTime: no jump of a clock reaches it.
        let began = hub.world.now
        let tables = hub.tables
        // The rows are read one round trip after they were locked; nothing changes them between.
        var nextIn: Duration?
        var isFull = false
        hub.sessions.transact(
            by: hub,
            read: { [hub] session in
                let timers = tables.dueTimers(limit: Self.batch) { alert in
                    guard !hub.forgets(alert) else { return false }
                    return hub.sessions.tryLock(.escalation(alert), session)
                }
                return Found(
                    timers: timers, snapshots: timers.map { tables.snapshot($0.alert) },
                    nextIn: tables.nextTimerIn(taken: timers.count))
            },
            decide: { [self, hub] found -> Write<[SimulatedHub.Advance]>? in
                nextIn = found.nextIn
                // What comes due meanwhile does not wait for this batch.
                if let next = found.nextIn { alarm.set(after: wait(next, since: began)) }
                isFull = found.timers.count == Self.batch
                return hub.write(found.timers, found.snapshots)
            },
            done: { [weak self] result in
                guard let self else { return }
                switch result {
                case .success(let advances):
                    for advance in advances ?? [] { hub.took(advance) }
                    if isFull {
                        mustLookAgain = true
                        if workers < Self.maximumWorkers { work() }
                    }
                    if mustLookAgain { return run() }
                    end(lookingAfter: wait(nextIn, since: began))
                case .failure: end(lookingAfter: SimulatedDispatcher.poll)
                }
            })
    }

    private func wait(_ nextIn: Duration?, since began: Timestamp) -> Duration {
        let poll = SimulatedDispatcher.poll
        return min(poll, max((nextIn ?? poll) - hub.world.now.duration(since: began), .milliseconds(1)))
    }

    private func end(lookingAfter next: Duration) {
        workers -= 1
        alarm.set(after: next)
    }
}

extension SimulatedHub {
    /// The writes of a batch of due timers: each plan, or a rest for a timer that its alert has no use for.
    fileprivate func write(_ timers: [DueTimer], _ snapshots: [AlertSnapshot]) -> Write<[Advance]>? {
        guard !timers.isEmpty else { return nil }
        var writes: [Write<Advance>] = []
        for (timer, snapshot) in zip(timers, snapshots) {
            let plan = snapshot.plan(timer.input)
            writes.append(
                write(plan, after: snapshot, timer.input)
                    ?? Write { [tables] in
                        tables.putAside(timer.alert, for: .seconds(5))
                        return Advance(outcome: plan.outcome, messages: 0, dueIn: nil)
                    })
        }
        return Write(rows: writes.flatMap(\.rows)) { writes.map { $0.apply() } }
    }

    /// A planted bug: a hub takes no timer that came due before its own start.
    fileprivate func forgets(_ alert: AlertID) -> Bool {
        guard world.plant == .forgetTimer, let dueAt = tables.timerDue(tables[alert]) else { return false }
        return dueAt < startedAt
    }
}

extension SimulatedDatabase {
    /// When a claim of timers has something to find, whoever holds it now; nil for never.
    var timerWorkAt: Timestamp? {
        armed.compactMap { alert in
            timerDue(self[alert]).map { max($0, self[alert].claimedUntil ?? $0) }
        }.min()
    }

    /// When a look of the dispatcher has something to find: a message, a lease that ends, a holder that died, one too old, a callback kept.
    func messageWorkAt(isDead: (Int) -> Bool) -> Timestamp? {
        var at = queued.map { min(self[$0].notBefore, self[$0].expiresAt) }.min()
        if let lease = leased.compactMap({ self[$0].leaseUntil }).min() { at = min(at ?? lease, lease) }
        if leased.contains(where: { self[$0].holder.map(isDead) ?? false }) { at = now }
        if let first = kept.first {
            let forgotten = first.at.advanced(by: .seconds(86_401))
            at = min(at ?? forgotten, hasMatched ? now : forgotten)
        }
        return at
    }
}
