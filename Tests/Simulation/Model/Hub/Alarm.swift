import Clinic

/// One alarm of a hub that goes off at the earliest of the times it was set to: `EarliestAlarm`, and the poll behind it.
///
/// A hub looks once a second whatever happens. Looks that are certain to find nothing are left out, since there would be
/// millions: while the database is well, the poll's rings are put off to the first at which there is work to find, by the
/// rows themselves. Each change of the database brings them forward again.
final class Alarm {
    private unowned let hub: SimulatedHub
    private let ring: () -> Void
    /// When work is there to be found; nil for never.
    private let workAt: () -> Timestamp?
    private let poll: Duration
    private var base: Timestamp?
    private var fireAt: Timestamp?
    private var setting = 0

    init(_ hub: SimulatedHub, poll: Duration, workAt: @escaping () -> Timestamp?, ring: @escaping () -> Void) {
        self.hub = hub
        self.poll = poll
        self.workAt = workAt
        self.ring = ring
    }

    /// Rings after `delay`, unless it is to ring before that.
    func set(after delay: Duration) {
        let at = hub.world.now.advanced(by: max(delay, .zero))
        guard base.map({ at < $0 }) ?? true else { return }
        base = at
        arrange()
    }

    /// The database has changed: there may be work earlier than was known.
    func arrange() {
        guard let base else { return }
        // The rings are a poll apart. Those before the last one ahead of the work find nothing, and that one finds when
        // the work is due.
        let step = poll.saturatedMicroseconds
        let passed = max(hub.world.now.duration(since: base).saturatedMicroseconds + step - 1, 0) / step
        var rings: Int64? = passed
        if hub.sessions.isWell {
            rings = workAt().map {
                let at = hub.world.moment($0)
                return max(passed, at.duration(since: base).saturatedMicroseconds / step)
            }
        }
        let at = rings.map { base.advanced(by: .microseconds($0 * step)) }
        guard at != fireAt else { return }
        fireAt = at
        setting += 1
        guard let at else { return }
        let (mine, life) = (setting, hub.life)
        hub.world.at(at) { [weak self] in
            guard let self, mine == setting else { return }
            hub.perform(life) { [weak self] in
                guard let self, mine == setting else { return }
                self.base = nil
                fireAt = nil
                ring()
            }
        }
    }
}
