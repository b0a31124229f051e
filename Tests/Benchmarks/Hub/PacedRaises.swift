import Clinic
import Hub
import Platform
import Store

/// Alerts raised at a steady pace through the hub's store, and published as the hub publishes them.
final class PacedRaises {
    private unowned let state: ServingLoop
    private let clinic: BenchClinic
    /// When each commit was known here.
    private(set) var departures: [LoadCommand.Departure] = []
    private var left = 0
    private var underWay = 0
    private var finished: (([LoadCommand.Departure]) -> Void)?

    init(_ state: ServingLoop, clinic: BenchClinic) {
        self.state = state
        self.clinic = clinic
    }

    func run(_ count: Int, interval: Duration, _ done: @escaping ([LoadCommand.Departure]) -> Void) {
        left = count
        finished = done
        raise(at: MonotonicTime.now().advanced(by: interval), interval)
    }

    private func raise(at due: MonotonicTime, _ interval: Duration) {
        _ = state.reactor.schedule(after: MonotonicTime.now().duration(to: due)) { [self] in
            left -= 1
            underWay += 1
            state.reactor.spawn { [self] in
                await raise()
                underWay -= 1
                guard left == 0, underWay == 0 else { return }
                finished?(departures)
                finished = nil
            }
            if left > 0 { raise(at: due.advanced(by: interval), interval) }
        }
    }

    /// What `ClinicHub.raise` does, with the clock read in between.
    private func raise() async {
        let draft = AlertDraft(
            patient: clinic.patient, assignedTo: clinic.doctor, urgency: .critical, room: BenchClinic.room,
            reason: BenchClinic.reason)
        let context = TenantContext(clinic: clinic.id, actor: .user(clinic.admissions, .admissions))
        guard let committed = try? await state.hub.store.alerts.raise(draft, context).committed else { return }
        let now = MonotonicTime.now()
        for event in committed.events {
            departures.append(LoadCommand.Departure(seq: event.seq, nanoseconds: now.nanoseconds))
        }
        state.broadcast.publish(committed)
    }
}
