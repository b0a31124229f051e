package import Clinic
package import Intake
package import Platform
import Store

/// Reads the forms that wait: claims, opens, reads, scrubs, scores, writes. Loop-confined; one a process, and several
/// processes may do it at once.
///
/// A job's attempt is committed before the form is touched, and what came of it in one transaction that only the holder of
/// the lease can write. So a form whose hub dies is read again, and its reading is written once. What is read stays in
/// memory until its card numbers are gone.
package final class IntakeEngine {
    /// Limits and waits.
    package struct Limits: Sendable {
        /// Forms that are read at once.
        package var concurrent = 1
        /// After this long without a result a job is another hub's to take; longer than reading may take.
        package var lease = Duration.seconds(90)
        package var poll = Duration.seconds(1)
        package var retry = JobRetry()
        /// How often it is looked whether an obstacle is gone.
        package var patience = Duration.seconds(10)

        package init() {}
    }

    private let reactor: Reactor
    private let hub: ClinicHub
    private let desk: FormDesk
    private let reader: any TextReader
    private let rules: IntakeRules
    private let workers: Workers
    private let limits: Limits
    private var reading = 0
    private var isLooking = false
    private var mustLookAgain = false
    private var isStopped = false
    private var alarm: TimerToken?
    private var whenIdle: [CheckedContinuation<Void, Never>] = []

    package init(
        reactor: Reactor, hub: ClinicHub, desk: FormDesk, reader: any TextReader, rules: IntakeRules, workers: Workers,
        limits: Limits
    ) {
        self.reactor = reactor
        self.hub = hub
        self.desk = desk
        self.reader = reader
        self.rules = rules
        self.workers = workers
        self.limits = limits
    }

    /// Begins to look; also the way to look now.
    package func look() {
        guard !isStopped else { return }
        guard !isLooking else {
            mustLookAgain = true
            return
        }
        isLooking = true
        reactor.spawn { await self.lookUntilNothingWaits() }
    }

    /// Claims nothing more, and returns when what is being read is written, or `limit` has passed: then its lease will end.
    package func stop(within limit: Duration) async {
        isStopped = true
        if let alarm { reactor.cancel(alarm) }
        guard reading > 0 || isLooking else { return }
        _ = reactor.schedule(after: limit) { [self] in resumeWaiting() }
        await withCheckedContinuation { whenIdle.append($0) }
    }

    private func lookUntilNothingWaits() async {
        var next = limits.poll
        repeat {
            mustLookAgain = false
            let room = limits.concurrent - reading
            guard room > 0 else { break }
            do {
                try await giveUpLost()
                if await isHindered() {
                    next = limits.patience
                    break
                }
                let claim = try await hub.store.jobs.claim(.ocrProcessing, limit: room, lease: limits.lease)
                for job in claim.jobs { start(job) }
                next = min(limits.poll, max(claim.nextIn ?? limits.poll, .milliseconds(20)))
            } catch {
                Log.warning("intake jobs not readable", ["error": error.logName])
                break
            }
        } while mustLookAgain && !isStopped
        isLooking = false
        if let alarm { reactor.cancel(alarm) }
        if !isStopped { alarm = reactor.schedule(after: next) { [self] in look() } }
        resumeIfIdle()
    }

    /// Whether nothing can be read now. The clinics' operators are told when that begins and when it is over.
    private func isHindered() async -> Bool {
        let obstacle = await reader.obstacle()
        guard desk.status.set(obstacle) else { return obstacle != nil }
        if let obstacle {
            Log.error("forms are not read; their jobs wait", ["reason": obstacle])
        } else {
            Log.notice("forms are read again")
        }
        do {
            for clinic in try await hub.store.reach.allClinics() { await hub.checkReach(of: clinic) }
        } catch {
            Log.warning("operators not told", ["error": error.logName])
        }
        return obstacle != nil
    }

    /// Jobs whose hub died: another attempt, or none.
    private func giveUpLost() async throws(StoreError) {
        for job in try await hub.store.jobs.lost(.ocrProcessing) {
            await fail(job, word: "LEASE_ENDED", isPermanent: false)
        }
    }

    private func start(_ job: ClaimedJob) {
        reading += 1
        reactor.spawn { [self] in
            await process(job)
            reading -= 1
            look()
            resumeIfIdle()
        }
    }

    // MARK: One form

    private func process(_ job: ClaimedJob) async {
        do throws(StoreError) {
            guard let order = try await hub.store.intake.begin(job, model: reader.name) else {
                return try await hub.store.jobs.drop(job)
            }
            let found: FormReading
            do throws(ReadingFailure) {
                found = try await read(order)
            } catch {
                return await fail(job, word: error.word, isPermanent: error.isPermanent)
            }
            try await write(found, of: order)
        } catch {
            // Not written, it is not done: the lease ends, and the form is read again.
            Log.warning("form not processed", ["job": job.id.description, "error": error.logName])
        }
    }

    private func read(_ order: ReadingOrder) async throws(ReadingFailure) -> FormReading {
        let opened: [UInt8]?
        do throws(ShelfError) {
            opened = try await desk.file(order.storageKey)
        } catch {
            throw error.reading
        }
        guard let opened else { throw .unreadable("FILE_NOT_AUTHENTIC") }
        let text = try await reader.read(opened, type: order.type)
        let rules = rules
        return await workers.run { FormReading(text, rules: rules) }
    }

    /// Writes the result; while the database is away it is tried again until the lease ends.
    private func write(_ found: FormReading, of order: ReadingOrder) async throws(StoreError) {
        let giveUpAt = MonotonicTime.now().advanced(by: limits.lease)
        while true {
            do throws(StoreError) {
                hub.took(try await hub.store.intake.complete(order, found))
                hub.counters.formsRead &+= 1
                return
            } catch {
                guard error.isTransient, MonotonicTime.now() < giveUpAt else { throw error }
            }
            await reactor.sleep(for: .milliseconds(500))
        }
    }

    private func fail(_ job: ClaimedJob, word: String, isPermanent: Bool) async {
        let decision = limits.retry.decide(
            afterAttempt: job.attempt, jitter: .random(in: 0...1), isPermanent: isPermanent)
        Log.warning(
            "form not read", ["job": job.id.description, "attempt": String(job.attempt), "reason": word])
        do {
            hub.publish(try await hub.store.intake.fail(job, decision, error: word))
            hub.counters.formsFailed &+= decision == .dead ? 1 : 0
        } catch {
            Log.warning("failure not written", ["job": job.id.description, "error": error.logName])
        }
    }

    private func resumeIfIdle() {
        guard isStopped, reading == 0, !isLooking else { return }
        resumeWaiting()
    }

    private func resumeWaiting() {
        let waiting = whenIdle
        whenIdle = []
        for continuation in waiting { continuation.resume() }
    }
}

extension ShelfError {
    /// What a file that is not there means for its form.
    fileprivate var reading: ReadingFailure {
        switch self {
        case .missing: .unreadable("FILE_MISSING")
        case .tooLarge: .unreadable("FILE_TOO_LARGE")
        case .malformedKey: .unreadable("FILE_KEY_MALFORMED")
        case .failed: .failed("FILE_NOT_READABLE")
        }
    }
}
