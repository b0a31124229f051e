import Clinic
package import Platform
import Store

/// Looks, after alerts came to a clinic, whether it is in a storm, and has its administrators told. Loop-confined; one a loop.
///
/// A clinic is looked at once a second at most, however many alerts come; one that was found in a storm is left alone for a
/// while, since its notice stands.
package final class StormWatch {
    private static let delay = Duration.seconds(1)
    private static let rest = Duration.seconds(60)

    private let reactor: Reactor
    private weak var hub: ClinicHub?
    private var pending: Set<ClinicID> = []

    package init(reactor: Reactor, hub: ClinicHub) {
        self.reactor = reactor
        self.hub = hub
    }

    /// An alert was raised in the clinic.
    func noteRaise(in clinic: ClinicID) {
        guard pending.insert(clinic).inserted else { return }
        _ = reactor.schedule(after: Self.delay) { [weak self] in
            guard let self else { return }
            reactor.spawn { await self.look(at: clinic) }
        }
    }

    private func look(at clinic: ClinicID) async {
        guard let hub else { return }
        do {
            guard try await hub.store.storms.isStorm(.hub(in: clinic)) else {
                pending.remove(clinic)
                return
            }
            await hub.checkReach(of: clinic)
        } catch {
            Log.warning("storm not looked for", ["clinic": clinic.description, "error": error.logName])
        }
        _ = reactor.schedule(after: Self.rest) { [weak self] in _ = self?.pending.remove(clinic) }
    }
}
