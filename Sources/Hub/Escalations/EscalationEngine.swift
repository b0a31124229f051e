import Clinic
import Escalation
package import Platform
package import Store

/// Runs the escalation timers of all clinics: looks when the next is due, and has the store run what is.
///
/// The timers are rows, this is only the alarm clock: losing it loses nothing, and several hubs share the rows. Looks at
/// least once a `poll`. Loop-confined; one a process is enough. Give it a store of its own: where requests wait for a
/// connection, timers must not.
package final class EscalationEngine {
    private let reactor: Reactor
    private let hub: ClinicHub
    private let store: Store
    private let poll: Duration
    private let batch: Int
    private var workers = 0
    private var mustLookAgain = false
    private var isStopped = false
    private lazy var alarm = EarliestAlarm(reactor: reactor) { [unowned self] in look() }
    /// Transactions that run at a time: what comes due while one is under way does not wait for it.
    package static let maximumWorkers = 3

    package init(reactor: Reactor, hub: ClinicHub, store: Store, poll: Duration, batch: Int) {
        self.reactor = reactor
        self.hub = hub
        self.store = store
        self.poll = poll
        self.batch = batch
    }

    /// Begins to look; also the way to look now.
    package func look() {
        guard !isStopped else { return }
        guard workers < Self.maximumWorkers else {
            mustLookAgain = true
            return
        }
        work()
    }

    /// Ends after what is under way.
    package func stop() {
        isStopped = true
        alarm.stop()
    }

    /// A timer was armed that is due in `delay`; looks earlier than planned if that is earlier.
    package func noteTimer(dueIn delay: Duration) {
        guard delay > .zero else { return look() }
        alarm.set(after: delay)
    }

    private func work() {
        workers += 1
        reactor.spawn { [self] in
            await runUntilNoneIsDue()
            workers -= 1
        }
    }

    private func runUntilNoneIsDue() async {
        var next = poll
        repeat {
            mustLookAgain = false
            let began = MonotonicTime.now()
            do {
                let run = try await store.escalations.runDueTimers(limit: batch) { [self] next in
                    if next != nil { alarm.set(after: wait(next, began)) }
                }
                took(run, began)
                if run.isFull {
                    mustLookAgain = true
                    if workers < Self.maximumWorkers, !isStopped { work() }
                }
                next = wait(run.nextDueIn, began)
            } catch {
                Log.warning("timers not run", ["error": error.logName])
                next = poll
                break
            }
        } while mustLookAgain && !isStopped
        // An alarm that was set meanwhile for an earlier timer stays: this claim has not seen that timer.
        alarm.set(after: next)
    }

    /// How long until the next look, of what a claim that began then has found.
    private func wait(_ nextDueIn: Duration?, _ began: MonotonicTime) -> Duration {
        min(poll, max((nextDueIn ?? poll) - began.duration(to: .now()), .milliseconds(1)))
    }

    private func took(_ run: TimerRun, _ began: MonotonicTime) {
        let taken = began.duration(to: .now())
        for timer in run.fired {
            hub.took(timer.advance)
            if timer.advance.outcome == .applied {
                hub.counters.timersFired &+= 1
                hub.counters.timerLateness.observe(timer.lateness + taken)
            } else {
                hub.counters.timersStale &+= 1
            }
        }
        for timer in run.failed {
            Log.error("timer not run", ["alert": timer.alert.description, "error": timer.error.logName])
        }
    }
}
