import Clinic
import Escalation
package import Platform
import Store

/// Runs the escalation timers of all clinics: looks when the next is due, claims what is, and advances each alert.
///
/// The timers are rows, this is only the alarm clock: losing it loses nothing, and several hubs share the rows. Looks at
/// least once a `poll`. Loop-confined; one a process is enough.
package final class EscalationEngine {
    private let reactor: Reactor
    private let hub: ClinicHub
    private let poll: Duration
    private let batch: Int
    private var isLooking = false
    private var mustLookAgain = false
    private var isStopped = false
    private lazy var alarm = EarliestAlarm(reactor: reactor) { [unowned self] in look() }
    /// How long the oldest timer was overdue when it was last looked at.
    package private(set) var overdue = Duration.zero
    private static let concurrentAdvances = 16

    package init(reactor: Reactor, hub: ClinicHub, poll: Duration, batch: Int) {
        self.reactor = reactor
        self.hub = hub
        self.poll = poll
        self.batch = batch
    }

    /// Begins to look; also the way to look now.
    package func look() {
        guard !isStopped else { return }
        guard !isLooking else {
            mustLookAgain = true
            return
        }
        isLooking = true
        reactor.spawn { await self.lookUntilNoneIsDue() }
    }

    /// Ends after what is under way. Timers that are claimed and not advanced are free again after their lease.
    package func stop() {
        isStopped = true
        alarm.stop()
    }

    /// A timer was armed that is due in `delay`; looks earlier than planned if that is earlier.
    package func noteTimer(dueIn delay: Duration) {
        guard delay > .zero else { return look() }
        alarm.set(after: delay)
    }

    private func lookUntilNoneIsDue() async {
        var next = poll
        repeat {
            mustLookAgain = false
            do {
                let claim = try await hub.store.timers.claim(limit: batch)
                overdue = claim.timers.first?.lateness ?? .zero
                await advance(claim.timers)
                if claim.timers.count == batch { mustLookAgain = true }
                next = min(poll, max(claim.nextDueIn ?? poll, .milliseconds(1)))
            } catch {
                Log.warning("timers not readable", ["error": error.logName])
                next = poll
                break
            }
        } while mustLookAgain && !isStopped
        isLooking = false
        // An alarm that was set meanwhile for an earlier timer stays: this claim has not seen that timer.
        alarm.set(after: next)
    }

    /// Advances the claimed alerts, several at a time.
    private func advance(_ timers: [TimerStore.Claimed]) async {
        guard !timers.isEmpty else { return }
        let claimedAt = MonotonicTime.now()
        let queue = TimerBacklog(timers)
        await withCheckedContinuation { continuation in
            let workers = min(Self.concurrentAdvances, timers.count)
            var running = workers
            for _ in 0..<workers {
                reactor.spawn { [self] in
                    while let timer = queue.next() { await advance(timer, claimedAt: claimedAt) }
                    running -= 1
                    if running == 0 { continuation.resume() }
                }
            }
        }
    }

    private func advance(_ timer: TimerStore.Claimed, claimedAt: MonotonicTime) async {
        do {
            let advance = try await hub.advance(timer.alert, timer.input, .hub(in: timer.clinic))
            if advance.outcome == .applied {
                hub.counters.timersFired &+= 1
                hub.counters.timerLateness.observe(timer.lateness + claimedAt.duration(to: .now()))
            } else {
                hub.counters.timersStale &+= 1
            }
        } catch {
            // The claim's lease ends, and the timer is taken again.
            Log.error("timer not run", ["alert": timer.alert.description, "error": error.logName])
        }
    }
}

/// Claimed timers that several tasks of one loop take from.
private final class TimerBacklog {
    private var timers: ArraySlice<TimerStore.Claimed>

    init(_ timers: [TimerStore.Claimed]) { self.timers = timers[...] }

    func next() -> TimerStore.Claimed? { timers.popFirst() }
}
