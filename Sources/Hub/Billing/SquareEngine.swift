package import Billing
import Clinic
package import Outbound
package import Platform
import Store

/// Reads what changed in the clinics' orders at Square into their billing caches: the queue `square-sync`. It never writes
/// there. Loop-confined; one a process, and several processes may do it at once, one a clinic.
///
/// Pages are read in the order of their changes, and each is kept together with how far it reached: whatever dies, the next
/// attempt goes on from there.
package final class SquareEngine {
    /// Limits and waits.
    package struct Limits: Sendable {
        /// Clinics whose orders are read at once.
        package var concurrent = 4
        /// From the end of one sync of a clinic to the next one; also the longest rest after failures.
        package var interval = Duration.seconds(300)
        /// For one page.
        package var call = Duration.seconds(10)
        /// How far back the first sync of a clinic reads.
        package var past = Duration.seconds(90 * 86_400)
        /// After this long without a page a job is another hub's to take; longer than a call.
        package var lease = Duration.seconds(60)
        package var firstRest = Duration.seconds(2)
        package var poll = Duration.seconds(1)
        /// Pages of one attempt; then other clinics have their turn.
        package var pages = 100
        /// What Square shows late is read all the same: each sync begins so long before the last change of the one before.
        package var overlap = Duration.seconds(600)

        package init() {}
    }

    private let hub: ClinicHub
    private let client: OutboundClient
    private let api: SquareAPI
    private let limits: Limits
    private var runner: JobRunner?

    /// - Parameter client: its answers may be as large as a page of orders.
    package init(reactor: Reactor, hub: ClinicHub, client: OutboundClient, api: SquareAPI, limits: Limits) {
        self.hub = hub
        self.client = client
        self.api = api
        self.limits = limits
        var running = JobRunner.Limits()
        running.concurrent = limits.concurrent
        running.lease = limits.lease
        running.poll = limits.poll
        runner = JobRunner(
            reactor: reactor, store: hub.store.jobs, queue: .squareSync, limits: running,
            perform: { await self.process($0) },
            giveUp: { await self.fail($0, word: "LEASE_ENDED", isPermanent: false, rest: nil) })
    }

    /// Begins to look for clinics whose time has come.
    package func look() { runner?.look() }

    /// Claims nothing more, and returns when what is under way is written, or `limit` has passed: then its lease will end.
    package func stop(within limit: Duration) async {
        await runner?.stop(within: limit)
        runner = nil
    }

    // MARK: One clinic

    private func process(_ job: ClaimedJob) async {
        do throws(StoreError) {
            guard let account = try await hub.store.square.account(of: job) else {
                return try await hub.store.jobs.drop(job)
            }
            if case .failure(let failure) = try await read(account, job) {
                await fail(job, word: failure.word, isPermanent: failure.isPermanent, rest: failure.rest)
            }
        } catch {
            await settle(error, of: job)
        }
    }

    /// Reads page after page to the end, or as many as one attempt may.
    private func read(
        _ account: SquareAccount, _ job: ClaimedJob
    ) async throws(StoreError) -> Result<Void, SquareFailure> {
        let now = Timestamp(microseconds: WallTime.now().microseconds)
        var search = SquareSearch(
            locations: account.locations, changedSince: account.readThrough ?? now.advanced(by: .zero - limits.past))
        var through: Timestamp?
        for _ in 0..<limits.pages {
            let result = await client.perform(api.request(search, token: account.token), deadline: limits.call)
            let page: SquarePage
            do throws(SquareFailure) { page = try api.page(of: result, search) } catch { return .failure(error) }
            through = page.through ?? through
            try await hub.store.square.keep(page.orders, through: page.through, of: job, lease: limits.lease)
            hub.counters.ordersRead &+= UInt64(page.orders.count)
            guard let cursor = page.cursor else {
                let from = through?.advanced(by: .zero - limits.overlap)
                try await hub.store.square.finish(job, from: from, rest: limits.interval)
                return .success(())
            }
            search.cursor = cursor
        }
        try await hub.store.square.goOn(job)
        return .success(())
    }

    /// What cannot be written now may be in a moment: the lease ends. What never can, fails for good.
    private func settle(_ error: StoreError, of job: ClaimedJob) async {
        if error.isTransient || error.isOutcomeUnknown || error == .conflict(.leaseLost) {
            return Log.warning("orders not kept", ["job": job.id.description, "error": error.logName])
        }
        await fail(
            job, word: error == .unsealable ? "TOKEN_NOT_OPENED" : "NOT_WRITTEN", isPermanent: true, rest: nil)
    }

    private func fail(_ job: ClaimedJob, word: String, isPermanent: Bool, rest: Duration?) async {
        let retry = JobRetry(attempts: .max, firstRest: limits.firstRest, longestRest: limits.interval)
        do {
            let decision = try await hub.store.square.fail(job, error: word) { failures in
                let decision = retry.decide(
                    afterAttempt: failures, jitter: .random(in: 0...1), isPermanent: isPermanent)
                guard case .again(let after) = decision else { return decision }
                return .again(after: max(after, rest ?? .zero))
            }
            hub.counters.orderSyncsFailed &+= 1
            if decision == .dead {
                Log.error(
                    "a clinic's orders are read no more until its account is set again (alert-hub admin square)",
                    fields(job, word))
            } else {
                Log.warning("orders not read", fields(job, word))
            }
        } catch {
            Log.warning("failure not written", ["job": job.id.description, "error": error.logName])
        }
    }

    private func fields(_ job: ClaimedJob, _ word: String) -> KeyValuePairs<String, String> {
        ["job": job.id.description, "clinic": job.clinic.description, "reason": word]
    }
}
