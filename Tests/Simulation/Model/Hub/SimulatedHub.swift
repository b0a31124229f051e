import Clinic
import Escalation

/// One hub process: its engine and dispatcher, the requests it serves, its life and death.
///
/// It re-states the shells of Sources/Hub (EscalationEngine, Dispatcher, ClinicHub) over the simulated database; what they
/// decide by pure code is that code.
final class SimulatedHub {
    let number: Int
    unowned let world: World
    /// Raised by each start; what belonged to an earlier life is dropped.
    private(set) var life = 0
    private(set) var isUp = false
    /// By the database's clock.
    private(set) var startedAt = Timestamp(microseconds: 0)
    private var frozenUntil = Timestamp(microseconds: 0)
    /// By the database's clock; nil while it runs.
    private var frozenSince: Timestamp?
    /// `AttemptHolder`: a number for this life, whose lock the listening session holds while there is one.
    var holder: Int { life * 10 + number }
    private(set) var isHolding = false
    private(set) var engine: SimulatedEngine?
    private(set) var dispatcher: SimulatedDispatcher?

    init(_ number: Int, _ world: World) {
        self.number = number
        self.world = world
    }

    var sessions: Sessions { world.sessions }
    var tables: SimulatedDatabase { world.tables }

    func isRunning(_ life: Int) -> Bool { isUp && self.life == life }

    /// Does something in the hub's thread: later where it is frozen, never where it has died.
    func perform(_ life: Int, _ act: @escaping () -> Void) {
        guard isRunning(life) else { return }
        guard world.now < frozenUntil else { return act() }
        world.at(frozenUntil) { [self] in perform(life, act) }
    }

    /// Does something after a time of the hub's own.
    func after(_ delay: Duration, _ act: @escaping () -> Void) {
        let life = life
        world.after(delay) { [self] in perform(life, act) }
    }

    // MARK: Life

    func start() {
        guard !isUp else { return }
        life += 1
        isUp = true
        startedAt = tables.now
        frozenUntil = world.now
        world.note(.note("hub \(number) starts"))
        world.hubsChanged()
        engine = SimulatedEngine(self)
        dispatcher = SimulatedDispatcher(self)
        engine?.look()
        dispatcher?.look()
        listen()
    }

    /// The session that stands for the hub connects, again and again while the database is away.
    func listen() {
        isHolding = false
        after(world.draw.milliseconds(5...1_000)) { [self] in
            if case .down = sessions.health { listen() } else { isHolding = true }
        }
    }

    /// The session that stands for the hub is lost, and the hub lives on: others take over what it has begun.
    func loseSession() {
        guard isUp, isHolding else { return }
        world.fault(.lostSession)
        world.note(.note("hub \(number) loses its session"))
        listen()
        world.databaseChanged()
    }

    func crash() {
        guard isUp else { return }
        world.fault(.hubCrash)
        noteThaw()
        isUp = false
        let holder = holder
        world.after(world.draw.milliseconds(0...20)) { [self] in world.forget(holder) }
        engine = nil
        dispatcher = nil
        world.note(.note("hub \(number) dies"))
        world.hubDied(self)
        sessions.hubDied(self)
        world.hubsChanged()
        world.after(world.draw.milliseconds(world.scenario.restartMilliseconds)) { [self] in start() }
    }

    func freeze(for length: Duration) {
        guard isUp, world.now >= frozenUntil else { return }
        world.fault(.hubFreeze)
        frozenUntil = world.now.advanced(by: length)
        world.note(.note("hub \(number) is frozen for \(length)"))
        if length > Sessions.idleLimit { sessions.hubFroze(self) }
        frozenSince = tables.now
        let life = life
        world.at(frozenUntil) { [self] in
            if isRunning(life) { noteThaw() }
        }
    }

    private func noteThaw() {
        guard let since = frozenSince else { return }
        frozenSince = nil
        world.interrupted(since: since, .hubFrozen)
    }

    // MARK: Requests

    /// `ClinicHub.advance`: gives an alert an input under its lock, and signals what came of it.
    func advance(
        _ alert: AlertID, _ input: EscalationInput,
        done: @escaping (Result<EscalationPlan.Outcome, DatabaseFailure>) -> Void
    ) {
        sessions.transact(
            by: self, rows: [.escalation(alert)],
            read: { [tables] _ in tables.snapshot(alert) },
            decide: { [self] snapshot -> Write<Advance>? in write(snapshot.plan(input), after: snapshot, input) },
            done: { [self] result in
                switch result {
                case .success(let advance):
                    if let advance { took(advance) }
                    done(.success(advance?.outcome ?? .alreadySo))
                case .failure(let failure): done(.failure(failure))
                }
            })
    }

    /// `AlertStore.raise`; the producer repeats it under its key until it is answered.
    func raise(
        urgency: UrgencyLevel, assignedTo doctor: UserID?, policy: EscalationPolicy, key: RaiseKey,
        done: @escaping (Result<AlertID, DatabaseFailure>) -> Void
    ) {
        sessions.once(by: self) { [tables] in
            if let known = key.alert { return (known, Optional<Advance>.none) }
            let raised = tables.raise(urgency: urgency, assignedTo: doctor, policy: policy)
            key.alert = raised.alert
            let dueIn = raised.dueAt.duration(since: tables.now)
            return (raised.alert, Advance(outcome: .applied, messages: raised.hasMessage ? 1 : 0, dueIn: dueIn))
        } done: { [self] result in
            switch result {
            case .success(let (alert, advance)):
                if let advance { took(advance) }
                done(.success(alert))
            case .failure(let failure): done(.failure(failure))
            }
        }
    }

    /// What a plan leaves to be done: `EscalationStore.Advance`.
    struct Advance {
        let outcome: EscalationPlan.Outcome
        let messages: Int
        let dueIn: Duration?
    }

    /// The write of a plan that applies; nil for one that changes nothing.
    func write(
        _ plan: EscalationPlan, after snapshot: AlertSnapshot, _ input: EscalationInput,
        with before: @escaping () -> Void = {}
    ) -> Write<Advance>? {
        guard plan.outcome == .applied else { return nil }
        let dueIn = plan.state.phase.dueAt?.duration(since: snapshot.now)
        return Write(rows: cancelled(by: plan, of: snapshot)) { [tables] in
            before()
            let count = tables.commit(plan, of: snapshot.alert, input)
            return Advance(outcome: .applied, messages: count, dueIn: dueIn)
        }
    }

    /// The rows that `cancel_older_messages` waits for.
    func cancelled(by plan: EscalationPlan, of snapshot: AlertSnapshot) -> [LockedRow] {
        guard plan.state.generation != snapshot.state.generation else { return [] }
        return tables.older(than: plan.state.generation, of: snapshot.alert).map { .message($0) }
    }

    /// `ClinicHub.took`: within one process a signal is not lost; others find the work by their polls.
    func took(_ advance: Advance) {
        if advance.messages > 0 { dispatcher?.look() }
        if let dueIn = advance.dueIn { engine?.noteTimer(dueIn: dueIn) }
    }
}

/// A producer's Idempotency-Key: the alert that was raised under it.
final class RaiseKey {
    var alert: AlertID?
}
