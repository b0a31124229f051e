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
    /// How long until the next timer is due, or one that somebody holds is worth another look, counted from the claim; nil
    /// for none.
    package var nextDueIn: Duration?
    /// Whether more may be due than were taken.
    package var isFull = false
}

extension EscalationStore {
    /// The most timers that one transaction runs.
    package static let maximumTimers = 500
    /// How long a timer rests that could not be run, or that its alert has no use for, so that it is not found again at once.
    fileprivate static let rest = Duration.seconds(5)

    /// Runs at most `limit` due timers that no other hub is running: locks, plans and commits them in one transaction of
    /// three round trips.
    ///
    /// There is no lease: a hub that dies lets go of its rows with its session, and whoever looks next takes them. Where the
    /// transaction fails because of one of its rows, each is run by itself, and the one that fails again rests for 5 s.
    ///
    /// - Parameter claimed: told once the due timers are locked, before they are run: when the next one is due, as
    ///   `TimerRun.nextDueIn`. Must not wait.
    package func runDueTimers(
        limit: Int, claimed tell: (Duration?) -> Void = { _ in }
    ) async throws(StoreError) -> TimerRun {
        let limit = min(max(limit, 1), Self.maximumTimers)
        var claimed: [TimerStore.Due] = []
        do throws(StoreError) {
            return try await pool.interactAsEngine { transaction throws(StoreError) in
                let found = try await transaction.execute(TimerStore.claim(limit: limit))
                // Clinics in order: their channels are locked in the same order by every hub.
                claimed = try TimerStore.due(found[1]).sorted { ($0.clinic, $0.dueAt) < ($1.clinic, $1.dueAt) }
                var run = TimerRun(nextDueIn: try TimerStore.nextDueIn(found[2], taken: claimed.count))
                run.isFull = claimed.count == limit
                tell(run.nextDueIn)
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
        var clinics: [ClinicTimers] = []
        for timer in timers {
            if clinics.last?.clinic != timer.clinic { clinics.append(ClinicTimers(clinic: timer.clinic)) }
            clinics[clinics.count - 1].timers.append(timer)
        }
        var reads = ClinicCalls()
        for clinic in clinics {
            reads.append(EscalationSnapshot.reads(clinic.timers.map(\.alert), clinic: clinic.clinic), clinic.clinic)
        }
        let results = try await transaction.execute(reads.calls)
        var writes = ClinicCalls()
        // Events last: they lock the clinics' channels, which everybody else in the clinic waits for.
        var events = ClinicCalls()
        for (index, range) in reads.ranges.enumerated() {
            let commit = try clinics[index].plan(results[range], zones: zones)
            writes.append(commit.writes, clinics[index].clinic)
            events.append(EventAppend.calls(commit.events, clinic: clinics[index].clinic), clinics[index].clinic)
        }
        let written = try await transaction.executeAndCommit(writes.calls + events.calls)[writes.calls.count...]
        var fired: [TimerRun.Fired] = []
        for (clinic, range) in zip(clinics, events.ranges) {
            let rows = written[(written.startIndex + range.lowerBound)..<(written.startIndex + range.upperBound)]
            fired += clinic.fired(try EventAppend.committed(rows, clinic: clinic.clinic, vault: vault))
        }
        return fired
    }

    /// Each as a batch of its own, so that it comes to the same.
    private func runOneByOne(_ timers: [TimerStore.Due]) async throws(StoreError) -> TimerRun {
        var run = TimerRun(nextDueIn: .zero)
        for timer in timers {
            do throws(StoreError) {
                run.fired += try await pool.interactAsEngine { transaction throws(StoreError) in
                    let due = try TimerStore.due(try await transaction.execute([TimerStore.claim(timer)])[0])
                    guard !due.isEmpty else { return [] }
                    return try await fire(due, transaction)
                }
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

/// The due timers of one clinic, and what becomes of each.
private struct ClinicTimers {
    private struct Planned {
        let snapshot: EscalationSnapshot
        let plan: EscalationPlan
        let eventCount: Int
    }

    let clinic: ClinicID
    var timers: [TimerStore.Due] = []
    private var planned: [Planned] = []

    init(clinic: ClinicID) { self.clinic = clinic }

    /// Plans each of them on what the statements of `EscalationSnapshot.reads` found; what is to be stored.
    mutating func plan(_ results: ArraySlice<Rows>, zones: ZoneTable) throws(StoreError) -> EscalationCommit {
        let snapshots = try EscalationSnapshot.all(results)
        var commit = EscalationCommit(.hub(in: clinic))
        for timer in timers {
            guard let snapshot = snapshots[timer.alert] else { throw .notFound(.alert) }
            let plan = Planner.plan(
                snapshot.state, timer.input, policy: snapshot.policy,
                roster: snapshot.roster(for: timer.input, zones: zones), now: snapshot.now)
            let before = commit.events.count
            if plan.outcome == .applied {
                commit.add(plan, of: timer.alert, after: snapshot, input: timer.input, attempt: nil)
                if timer.isHeld {
                    let released = HubEvent.alertReleased(
                        alert: timer.alert, at: snapshot.now, nextStepAt: plan.state.phase.dueAt)
                    commit.add(Hold.released(timer.alert, clinic), telling: NewEvent(released))
                }
            } else {
                commit.add(TimerStore.putAside(timer, for: EscalationStore.rest))
            }
            planned.append(Planned(snapshot: snapshot, plan: plan, eventCount: commit.events.count - before))
        }
        return commit
    }

    /// After the commit: each timer with its own of the clinic's events.
    func fired(_ committed: CommittedEvents?) -> [TimerRun.Fired] {
        var rest = (committed?.events ?? [])[...]
        return zip(timers, planned).map { timer, planned in
            let own = rest.prefix(planned.eventCount)
            rest = rest.dropFirst(planned.eventCount)
            let events = committed.flatMap { own.isEmpty ? nil : CommittedEvents(epoch: $0.epoch, events: Array(own)) }
            return TimerRun.Fired(
                alert: timer.alert, clinic: clinic, lateness: timer.lateness,
                advance: EscalationStore.Advance(planned.plan, after: planned.snapshot, committed: events))
        }
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
