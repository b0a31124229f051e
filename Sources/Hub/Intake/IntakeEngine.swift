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
    private var runner: JobRunner?

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
        var running = JobRunner.Limits()
        running.concurrent = limits.concurrent
        running.lease = limits.lease
        running.poll = limits.poll
        running.patience = limits.patience
        runner = JobRunner(
            reactor: reactor, store: hub.store.jobs, queue: .ocrProcessing, limits: running,
            isHindered: { await self.isHindered() }, perform: { await self.process($0) },
            giveUp: { await self.fail($0, word: "LEASE_ENDED", isPermanent: false) })
    }

    /// Begins to look; also the way to look now.
    package func look() { runner?.look() }

    /// Claims nothing more, and returns when what is being read is written, or `limit` has passed: then its lease will end.
    package func stop(within limit: Duration) async {
        await runner?.stop(within: limit)
        runner = nil
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
