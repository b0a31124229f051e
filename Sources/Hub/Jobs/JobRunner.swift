import Clinic
import Platform
import Store

/// Does the jobs of one queue: looks, claims for a lease, has each done, and looks again. Loop-confined; one a queue and
/// process, and several processes may do it at once.
///
/// A claim is committed before the work begins, and what came of it is written by whoever holds the lease. So a job whose hub
/// dies is done again, and its outcome is written once.
final class JobRunner {
    /// Limits and waits.
    struct Limits {
        /// Jobs under way at once.
        var concurrent = 1
        /// After this long without an outcome a job is another hub's to take.
        var lease = Duration.seconds(90)
        var poll = Duration.seconds(1)
        /// How often it is looked whether an obstacle is gone.
        var patience = Duration.seconds(10)
    }

    private let reactor: Reactor
    private let store: JobStore
    private let queue: JobQueue
    private let limits: Limits
    /// Whether no job can be done now.
    private let isHindered: () async -> Bool
    /// Does a job and writes what came of it.
    private let perform: (ClaimedJob) async -> Void
    /// Writes that an attempt ended with its lease: its hub died, or is too slow.
    private let giveUp: (ClaimedJob) async -> Void
    private var underWay = 0
    private var isLooking = false
    private var mustLookAgain = false
    private var isStopped = false
    private var alarm: TimerToken?
    private var whenIdle: [CheckedContinuation<Void, Never>] = []

    init(
        reactor: Reactor, store: JobStore, queue: JobQueue, limits: Limits,
        isHindered: @escaping () async -> Bool = { false }, perform: @escaping (ClaimedJob) async -> Void,
        giveUp: @escaping (ClaimedJob) async -> Void
    ) {
        self.reactor = reactor
        self.store = store
        self.queue = queue
        self.limits = limits
        self.isHindered = isHindered
        self.perform = perform
        self.giveUp = giveUp
    }

    /// Begins to look; also the way to look now.
    func look() {
        guard !isStopped else { return }
        guard !isLooking else {
            mustLookAgain = true
            return
        }
        isLooking = true
        reactor.spawn { await self.lookUntilNothingWaits() }
    }

    /// Claims nothing more, and returns when what is under way is written, or `limit` has passed: then its lease will end.
    func stop(within limit: Duration) async {
        isStopped = true
        if let alarm { reactor.cancel(alarm) }
        guard underWay > 0 || isLooking else { return }
        _ = reactor.schedule(after: limit) { [self] in resumeWaiting() }
        await withCheckedContinuation { whenIdle.append($0) }
    }

    private func lookUntilNothingWaits() async {
        var next = limits.poll
        repeat {
            mustLookAgain = false
            let room = limits.concurrent - underWay
            guard room > 0 else { break }
            do {
                for job in try await store.lost(queue) { await giveUp(job) }
                if await isHindered() {
                    next = limits.patience
                    break
                }
                let claim = try await store.claim(queue, limit: room, lease: limits.lease)
                for job in claim.jobs { start(job) }
                next = min(limits.poll, max(claim.nextIn ?? limits.poll, .milliseconds(20)))
            } catch {
                Log.warning("jobs not readable", ["queue": queue.rawValue, "error": error.logName])
                break
            }
        } while mustLookAgain && !isStopped
        isLooking = false
        if let alarm { reactor.cancel(alarm) }
        if !isStopped { alarm = reactor.schedule(after: next) { [self] in look() } }
        resumeIfIdle()
    }

    private func start(_ job: ClaimedJob) {
        underWay += 1
        reactor.spawn { [self] in
            await perform(job)
            underWay -= 1
            look()
            resumeIfIdle()
        }
    }

    private func resumeIfIdle() {
        guard isStopped, underWay == 0, !isLooking else { return }
        resumeWaiting()
    }

    private func resumeWaiting() {
        let waiting = whenIdle
        whenIdle = []
        for continuation in waiting { continuation.resume() }
    }
}
