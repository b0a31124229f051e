import Clinic
package import Platform
import Store

/// Looks at every clinic's reachability now and then; once a minute closes what nobody touches any more, and begins the weekly
/// tests that are due. Loop-confined; one a process. Several hubs may do this at once: what one has written the others find done.
package final class ReachWatch {
    private static let checkEvery = Duration.seconds(900)
    private static let testEvery = Duration.seconds(60)
    /// The shortest time that a policy may leave an alert untouched before it is closed.
    private static let closeEvery = Duration.seconds(60)

    private let reactor: Reactor
    private let hub: ClinicHub
    private var isStopped = false

    package init(reactor: Reactor, hub: ClinicHub) {
        self.reactor = reactor
        self.hub = hub
    }

    /// Begins to look.
    package func start() {
        reactor.spawn { await self.check() }
        reactor.spawn { await self.test() }
        reactor.spawn { await self.closeStale() }
    }

    /// Ends after the clinic that is being looked at.
    package func stop() { isStopped = true }

    private func check() async {
        do {
            try await hub.store.contacts.seeDirectory()
            for clinic in try await hub.store.reach.allClinics() {
                guard !isStopped else { return }
                await hub.checkReach(of: clinic)
            }
        } catch {
            Log.warning("reachability not checked", ["error": error.logName])
        }
        again(after: Self.checkEvery) { await self.check() }
    }

    private func closeStale() async {
        do {
            for clinic in try await hub.store.stale.clinics() {
                guard !isStopped else { return }
                await hub.closeStale(of: clinic)
            }
        } catch {
            Log.warning("stale alerts not closed", ["error": error.logName])
        }
        again(after: Self.closeEvery) { await self.closeStale() }
    }

    private func test() async {
        do {
            for clinic in try await hub.store.contactTests.clinics() {
                guard !isStopped else { return }
                if try await hub.store.contactTests.runIfDue(.hub(in: clinic)) > 0 { hub.messageWaits() }
            }
        } catch {
            Log.warning("contacts not tested", ["error": error.logName])
        }
        again(after: Self.testEvery) { await self.test() }
    }

    private func again(after delay: Duration, _ body: @escaping () async -> Void) {
        guard !isStopped else { return }
        _ = reactor.schedule(after: delay) { [weak self] in
            guard let self, !isStopped else { return }
            reactor.spawn(body)
        }
    }
}
