package import Clinic
import Database
import Escalation
import HubProtocol

/// What became of the timers that were due.
package struct TimerRun: Sendable, Equatable {
    /// One timer that was due and what its alert came to.
    package struct Fired: Sendable, Equatable {
        package let alert: AlertID
        package let clinic: ClinicID
        /// How late it was found, by the database's clock; what the planning and the commit took is not in it.
        package let lateness: Duration
        package let advance: EscalationStore.Advance
    }

    /// A timer that could not be run and rests for some seconds.
    package struct Failed: Sendable, Equatable {
        package let alert: AlertID
        package let error: StoreError
    }

    /// Committed; their events are to be published.
    package var fired: [Fired] = []
    package var failed: [Failed] = []
    /// How long until the next timer is due, counted from the claim; nil for none.
    package var nextDueIn: Duration?
    /// Whether more may be due than were taken.
    package var isFull = false
}

extension EscalationStore {
    /// The most timers that one transaction runs.
    package static let maximumTimers = 500
    private static let rest = Duration.seconds(5)

    /// Runs at most `limit` due timers that no other hub is running: locks, plans and commits them in one transaction of
    /// three round trips.
    ///
    /// There is no lease: a hub that dies lets go of its rows with its session, and whoever looks next takes them. Where the
    /// transaction fails because of one of its rows, each is run by itself, and the one that fails again rests for 5 s.
    package func runDueTimers(limit: Int) async throws(StoreError) -> TimerRun {
        let limit = min(max(limit, 1), Self.maximumTimers)
        var claimed: [TimerStore.Due] = []
        do throws(StoreError) {
            return try await pool.interactAsEngine { transaction throws(StoreError) in
                let found = try await transaction.execute(TimerStore.claim(limit: limit))
                var run = TimerRun(nextDueIn: try TimerStore.nextDueIn(found[1]))
                // Clinics in order: their channels are locked in the same order by every hub.
                claimed = try TimerStore.due(found[0]).sorted { ($0.clinic, $0.dueAt) < ($1.clinic, $1.dueAt) }
                run.isFull = claimed.count == limit
                guard !claimed.isEmpty else { return run }
                run.fired = try await fire(claimed, transaction)
                return run
            }
        } catch {
            guard !claimed.isEmpty, error.isOfOneRow else { throw error }
            return try await runOneByOne(claimed)
        }
    }

    private func fire(
        _ timers: [TimerStore.Due], _ transaction: Transaction
    ) async throws(StoreError) -> [TimerRun.Fired] {
        var reads = ClinicCalls()
        for timer in timers { reads.append(EscalationSnapshot.calls(timer.alert, clinic: timer.clinic), timer.clinic) }
        let results = try await transaction.execute(reads.calls)
        var work: [TimerWork] = []
        for (timer, range) in zip(timers, reads.ranges) {
            let rest = TimerStore.putAside(timer, for: Self.rest)
            work.append(TimerWork(timer, try EscalationSnapshot(results[range]), rest, zones: zones))
        }
        // Events last: they lock the clinics' channels, which everybody else in the clinic waits for.
        var writes = ClinicCalls()
        for one in work { writes.append(one.calls, one.timer.clinic) }
        var events = ClinicCalls()
        for one in work { events.append(one.events, one.timer.clinic) }
        let written = try await transaction.executeAndCommit(writes.calls + events.calls)[writes.calls.count...]
        var fired: [TimerRun.Fired] = []
        for (one, range) in zip(work, events.ranges) {
            let rows = written[(written.startIndex + range.lowerBound)..<(written.startIndex + range.upperBound)]
            let committed = try EventAppend.committed(rows, clinic: one.timer.clinic, vault: vault)
            fired.append(
                TimerRun.Fired(
                    alert: one.timer.alert, clinic: one.timer.clinic, lateness: one.timer.lateness,
                    advance: Advance(one.plan, after: one.snapshot, committed: committed)))
        }
        return fired
    }

    private func runOneByOne(_ timers: [TimerStore.Due]) async throws(StoreError) -> TimerRun {
        var run = TimerRun(nextDueIn: .zero)
        for timer in timers {
            do throws(StoreError) {
                let advance = try await advance(timer.alert, timer.input, .hub(in: timer.clinic))
                run.fired.append(
                    TimerRun.Fired(
                        alert: timer.alert, clinic: timer.clinic, lateness: timer.lateness, advance: advance))
            } catch {
                guard error.isOfOneRow else { throw error }
                run.failed.append(TimerRun.Failed(alert: timer.alert, error: error))
                _ = try await pool.run(.hub(in: timer.clinic), [TimerStore.putAside(timer, for: Self.rest)])
            }
        }
        return run
    }
}

extension TimerStore.Due {
    /// An alert that could not page anybody when it was raised begins its policy now.
    fileprivate var input: EscalationInput { isNew ? .raised : .timerDue(generation: generation) }
}

extension StoreError {
    /// Whether the same may succeed with other rows: not where the database is away or has no time.
    fileprivate var isOfOneRow: Bool {
        switch self {
        case .database(.unavailable), .database(.timeout), .database(.overloaded): false
        default: true
        }
    }
}

/// One timer's plan as statements.
private struct TimerWork {
    let timer: TimerStore.Due
    let snapshot: EscalationSnapshot
    let plan: EscalationPlan
    let calls: [Call]
    let events: [Call]

    /// - Parameter rest: what to do with a timer that its alert has no use for, so that it is not found again at once.
    init(_ timer: TimerStore.Due, _ snapshot: EscalationSnapshot, _ rest: Call, zones: ZoneTable) {
        self.timer = timer
        self.snapshot = snapshot
        plan = Planner.plan(
            snapshot.state, timer.input, policy: snapshot.policy,
            roster: snapshot.roster(for: timer.input, zones: zones), now: snapshot.now)
        guard plan.outcome == .applied else {
            calls = [rest]
            events = []
            return
        }
        let commit = EscalationCommit(
            plan, of: timer.alert, after: snapshot, input: timer.input, attempt: nil, .hub(in: timer.clinic))
        var calls = Array(commit.calls.dropLast(commit.eventCount))
        var events = Array(commit.calls.suffix(commit.eventCount))
        if timer.isHeld {
            calls.append(Hold.released(timer.alert, timer.clinic))
            let released = HubEvent.alertReleased(
                alert: timer.alert, at: snapshot.now, nextStepAt: plan.state.phase.dueAt)
            events.append(EventAppend.call(NewEvent(released), clinic: timer.clinic))
        }
        self.calls = calls
        self.events = events
    }
}

/// Calls of several clinics in one transaction: each clinic's stand behind the statement that enters it.
private struct ClinicCalls {
    private(set) var calls: [Call] = []
    /// Where the results of each `append` are.
    private(set) var ranges: [Range<Int>] = []
    private var clinic: ClinicID?

    mutating func append(_ more: [Call], _ clinic: ClinicID) {
        if clinic != self.clinic, !more.isEmpty {
            calls.append(TenantContext.hub(in: clinic).session.call)
            self.clinic = clinic
        }
        let start = calls.count
        calls += more
        ranges.append(start..<calls.count)
    }
}
