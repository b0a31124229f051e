package import Clinic
import Intake
package import Platform
import Store

/// Removes what the clinics keep no longer: closed alerts, events with their receipts, scans of forms, jobs that are done, and
/// files that no form names. Loop-confined; one a process. Several hubs may do it at once: what one removes, the others pass by.
///
/// It works in batches, each of them one short transaction with its audit row, and rests between; so timers and alerts hardly
/// wait for it, and whatever dies, the next look goes on where this one was.
package final class RetentionEngine {
    /// Ages and waits.
    package struct Limits: Sendable {
        package var alerts = Duration.seconds(2_190 * 86_400)
        package var events = Duration.seconds(90 * 86_400)
        package var forms = Duration.seconds(365 * 86_400)
        package var jobs = Duration.seconds(7 * 86_400)
        package var strayFiles = Duration.seconds(21_600)
        /// From the end of one look to the next.
        package var interval = Duration.seconds(3_600)
        /// Between two batches.
        package var rest = Duration.milliseconds(20)
        /// Batches of one kind, one clinic and one look; what is left is the next one's.
        package var batches = 1_000

        package init() {}
    }

    private let reactor: Reactor
    private let hub: ClinicHub
    private let limits: Limits
    private var isStopped = false
    private var alarm: TimerToken?

    package init(reactor: Reactor, hub: ClinicHub, limits: Limits) {
        self.reactor = reactor
        self.hub = hub
        self.limits = limits
    }

    /// Begins to look in a minute at the latest: what a start has to do comes first.
    package func start() { look(after: min(limits.interval, .seconds(60))) }

    /// A batch that is under way is finished; no further one is begun.
    package func stop() {
        isStopped = true
        if let alarm { reactor.cancel(alarm) }
    }

    private func look() async {
        do throws(StoreError) {
            for clinic in try await hub.store.reach.allClinics() where !isStopped { await look(at: clinic) }
        } catch {
            Log.warning("what is old was not removed", ["error": error.logName])
        }
        look(after: limits.interval)
    }

    /// What cannot be removed of one kind holds up neither the others nor other clinics.
    private func look(at clinic: ClinicID) async {
        for kind in RetentionStore.Kind.allCases {
            do throws(StoreError) {
                try await remove(kind, of: clinic)
            } catch {
                Log.warning(
                    "what is old was not removed",
                    ["clinic": clinic.description, "kind": kind.rawValue, "error": error.logName])
            }
        }
        await hub.removeScans(olderThan: limits.forms, of: clinic, batches: limits.batches)
        await removeStrayFiles(of: clinic)
    }

    private func look(after delay: Duration) {
        guard !isStopped else { return }
        alarm = reactor.schedule(after: delay) { [weak self] in
            guard let self else { return }
            reactor.spawn { await self.look() }
        }
    }

    private func age(_ kind: RetentionStore.Kind) -> Duration {
        switch kind {
        case .alerts: limits.alerts
        case .events, .receipts: limits.events
        case .jobs: limits.jobs
        }
    }

    private func remove(_ kind: RetentionStore.Kind, of clinic: ClinicID) async throws(StoreError) {
        var total = 0
        for _ in 0..<limits.batches where !isStopped {
            let (count, isWhole) = try await hub.store.retention.remove(kind, olderThan: age(kind), of: clinic)
            total += count
            if isWhole { break }
            await reactor.sleep(for: limits.rest)
        }
        if total > 0 {
            Log.notice(
                "removed what was old",
                ["clinic": clinic.description, "kind": kind.rawValue, "count": String(total)])
        }
    }

    // MARK: Files

    private func removeStrayFiles(of clinic: ClinicID) async {
        guard let desk = hub.desk else { return }
        do {
            for _ in 0..<limits.batches where !isStopped {
                let files = try await hub.store.retention.announced(longerThan: limits.strayFiles, of: clinic)
                for file in files {
                    if !file.isNamed {
                        try await desk.shelf.remove(file.storageKey)
                        Log.notice("removed a file that no form names", ["clinic": clinic.description])
                    }
                    try await hub.store.retention.settle(file.storageKey, of: clinic)
                }
                if files.isEmpty { break }
            }
        } catch {
            Log.warning("files that no form names were not removed", ["error": "\(error)"])
        }
    }
}

extension ClinicHub {
    /// Removes the scans of erased patients' forms, and those of forms that were settled longer than `age` ago, and says so in
    /// their rows. What the shelf refuses stays due.
    package func removeScans(olderThan age: Duration?, of clinic: ClinicID, batches: Int = 1) async {
        guard let desk else { return }
        do {
            for _ in 0..<batches {
                let scans = try await store.retention.expiredScans(olderThan: age, of: clinic)
                if scans.isEmpty { return }
                for scan in scans {
                    // The file first: a row that says that it is gone must be true.
                    try await desk.shelf.remove(scan.storageKey)
                    try await store.retention.forget(scan, of: clinic)
                }
            }
        } catch let error as StoreError {
            Log.warning("scans not removed", ["clinic": clinic.description, "error": error.logName])
        } catch {
            Log.warning("scans not removed", ["clinic": clinic.description, "error": "\(error)"])
        }
    }
}
