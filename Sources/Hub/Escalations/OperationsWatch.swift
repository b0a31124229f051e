import Clinic
package import Platform
import Store

/// Looks once a second for producers that fell silent and for maintenance windows that are over. Loop-confined; one a
/// process. Several hubs may look: each silence raises one alert, each end is told once.
package final class OperationsWatch {
    private static let interval = Duration.seconds(1)

    private let reactor: Reactor
    private let hub: ClinicHub
    private var isStopped = false

    package init(reactor: Reactor, hub: ClinicHub) {
        self.reactor = reactor
        self.hub = hub
    }

    package func start() { reactor.spawn { await self.look() } }

    package func stop() { isStopped = true }

    private func look() async {
        do {
            for silent in try await hub.store.monitors.silent() {
                hub.took(try await hub.store.monitors.raise(silent))
                Log.warning("producer silent", ["clinic": silent.clinic.description, "monitor": silent.id.description])
            }
            for (clinic, window) in try await hub.store.maintenance.over() {
                try await hub.endMaintenance(window, .hub(in: clinic))
            }
        } catch {
            Log.warning("operations not looked at", ["error": error.logName])
        }
        guard !isStopped else { return }
        _ = reactor.schedule(after: Self.interval) { [weak self] in self?.start() }
    }
}
