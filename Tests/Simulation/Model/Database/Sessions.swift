import Clinic

/// What a hub is told of a transaction that it did not see commit.
enum DatabaseFailure: Error {
    /// Nothing of it was stored.
    case rolledBack
    /// No answer: it may have been stored, and may not.
    case outcomeUnknown
}

/// What the last round trip of a transaction does: takes these rows as its statements come to them, then writes.
struct Write<Value> {
    var rows: [LockedRow] = []
    let apply: () -> Value
}

/// The transactions of all hubs on the one database: their round trips, row locks, and what goes wrong with them.
///
/// A transaction reads and locks in its first round trip and writes in its last one, as all of Store's do; what it writes is
/// seen by others from its commit on, an instant. Between the two its hub may die, be frozen, or lose its connection; then
/// nothing is written, and its rows are free when the server notices.
final class Sessions {
    /// How the server is.
    enum Health: Equatable {
        case well
        /// Answers nothing until then, and goes on with what it has.
        case stalled(until: Timestamp)
        case down(until: Timestamp)
    }

    private unowned let world: World
    private let tables: SimulatedDatabase
    private var locks = LockTable()
    private var count = 0
    private var open: [Session] = []
    private(set) var health = Health.well
    private var healthSince = Timestamp(microseconds: 0)

    /// After this the server ends a session that idles in a transaction: `ConnectionSettings.idleInTransactionTimeout`.
    static let idleLimit = Duration.seconds(30)
    /// `Pool.Limits.deadline`.
    static let deadline = Duration.seconds(5)

    final class Session {
        let number: Int
        let hub: SimulatedHub
        let life: Int
        /// By the database's clock, as `healthSince`.
        let beganAt: Timestamp
        var isOver = false
        /// Tells the hub; nil once it was told.
        var fail: ((DatabaseFailure) -> Void)?
        /// Whether the last round trip is under way.
        var mayCommit = false

        init(_ number: Int, _ hub: SimulatedHub, at now: Timestamp) {
            self.number = number
            self.hub = hub
            life = hub.life
            beganAt = now
        }
    }

    init(_ world: World, _ tables: SimulatedDatabase) {
        self.world = world
        self.tables = tables
    }

    /// Whether looks of an idle hub may be left out: they would find nothing, and would not fail.
    var isWell: Bool { health == .well }

    // MARK: Transactions

    /// A transaction of two round trips: `read` runs under the locks of `rows` (waited for in order), or takes them itself
    /// where they are skipped; `decide` runs in the hub; its write ends the transaction. nil writes nothing.
    func transact<Found, Value>(
        by hub: SimulatedHub, rows: [LockedRow] = [], read: @escaping (Session) -> Found,
        decide: @escaping (Found) -> Write<Value>?, done: @escaping (Result<Value?, DatabaseFailure>) -> Void
    ) {
        let session = begin(hub) { done(.failure($0)) }
        send(session) { [self] in
            take(rows[...], session) { [self] in
                let found = read(session)
                answer(session) { [self] in
                    perhapsCrash(hub)
                    guard hub.isRunning(session.life) else { return }
                    guard let write = decide(found) else {
                        return end(session) { done(.success(nil)) }
                    }
                    finish(session, write) { done(.success($0)) }
                }
            }
        }
    }

    /// A transaction of one round trip.
    func once<Value>(
        by hub: SimulatedHub, rows: @escaping () -> [LockedRow] = { [] }, _ write: @escaping () -> Value,
        done: @escaping (Result<Value, DatabaseFailure>) -> Void
    ) {
        let session = begin(hub) { done(.failure($0)) }
        session.mayCommit = true
        send(session) { [self] in
            commit(session, Write(rows: rows(), apply: write)) { done(.success($0)) }
        }
    }

    /// A row that is skipped where it is locked.
    func tryLock(_ row: LockedRow, _ session: Session, isShared: Bool = false) -> Bool {
        locks.tryLock(row, session.number, isShared: isShared)
    }

    private func begin(_ hub: SimulatedHub, _ fail: @escaping (DatabaseFailure) -> Void) -> Session {
        count += 1
        let session = Session(count, hub, at: tables.now)
        session.fail = fail
        open.append(session)
        return session
    }

    private func finish<Value>(_ session: Session, _ write: Write<Value>, done: @escaping (Value) -> Void) {
        session.mayCommit = true
        send(session) { [self] in commit(session, write, done: done) }
        perhapsCrash(session.hub)
    }

    private func commit<Value>(_ session: Session, _ write: Write<Value>, done: @escaping (Value) -> Void) {
        take(write.rows[...], session) { [self] in
            switch world.draw.happens(world.scenario.failurePerMillion) ? world.draw.number(0...1) : 2 {
            case 0:
                world.fault(.rollback)
                world.interrupted(since: session.beganAt, .transactionFailed)
                close(session, telling: .rolledBack)
            case 1:
                _ = write.apply()
                world.fault(.lostCommitAnswer)
                world.interrupted(since: session.beganAt, .transactionFailed)
                close(session, telling: .outcomeUnknown)
            default:
                let value = write.apply()
                perhapsCrash(session.hub)
                end(session) { done(value) }
            }
            world.databaseChanged()
        }
    }

    // MARK: On the wire

    private func send(_ session: Session, _ arrive: @escaping () -> Void) {
        if case .down = health {
            world.after(.milliseconds(1)) { [self] in close(session, telling: .rolledBack) }
            return
        }
        let sentAt = world.now
        world.after(world.latency()) { [self] in arrived(session, sentAt: sentAt, arrive) }
    }

    private func arrived(_ session: Session, sentAt: Timestamp, _ act: @escaping () -> Void) {
        guard !session.isOver else { return }
        guard case .stalled(let until) = health, world.now < until else { return act() }
        // What was sent stays on the wire; the hub waits no longer than its deadline.
        let limit = sentAt.advanced(by: Self.deadline)
        if limit < until {
            world.at(limit) { [self] in
                guard !session.isOver else { return }
                tell(session, session.mayCommit ? .outcomeUnknown : .rolledBack)
                if !session.mayCommit { close(session, telling: .rolledBack) }
            }
        }
        world.at(until) { [self] in arrived(session, sentAt: world.now, act) }
    }

    /// The server's answer: dropped where the hub has gone, late where it is frozen.
    private func answer(_ session: Session, _ take: @escaping () -> Void) {
        world.after(world.latency()) {
            session.hub.perform(session.life) {
                guard !session.isOver, session.fail != nil else { return }
                take()
            }
        }
    }

    private func end(_ session: Session, _ done: @escaping () -> Void) {
        let fail = session.fail
        session.fail = nil
        free(session)
        guard fail != nil else { return }
        world.after(world.latency()) { session.hub.perform(session.life, done) }
    }

    private func close(_ session: Session, telling failure: DatabaseFailure) {
        guard !session.isOver else { return }
        free(session)
        tell(session, failure)
    }

    private func tell(_ session: Session, _ failure: DatabaseFailure) {
        guard let fail = session.fail else { return }
        session.fail = nil
        world.after(world.latency()) { session.hub.perform(session.life) { fail(failure) } }
    }

    private func free(_ session: Session) {
        session.isOver = true
        open.removeAll { $0 === session }
        for grant in locks.release(session.number) { grant() }
    }

    private func take(_ rows: ArraySlice<LockedRow>, _ session: Session, _ go: @escaping () -> Void) {
        guard let row = rows.first else { return go() }
        let goOn = { [self] in
            guard !session.isOver else { return }
            take(rows.dropFirst(), session, go)
        }
        switch locks.lock(row, session.number, grant: goOn) {
        case .taken: goOn()
        case .waits: break
        case .waitsInCircle: world.note(.deadlock("\(row)"))
        }
    }

    // MARK: Faults

    private func perhapsCrash(_ hub: SimulatedHub) {
        if world.draw.happens(world.scenario.crashPerMillion) { hub.crash() }
    }

    /// A hub has died: the server ends its sessions when it notices. What was on its way to be committed is committed.
    func hubDied(_ hub: SimulatedHub) {
        for session in open where session.hub === hub {
            session.fail = nil
            guard !session.mayCommit else { continue }
            world.after(world.draw.milliseconds(0...20)) { [self] in
                guard !session.isOver else { return }
                free(session)
                world.databaseChanged()
            }
        }
    }

    /// A hub is frozen: sessions that idle in a transaction for too long are ended.
    func hubFroze(_ hub: SimulatedHub) {
        let frozen = open.filter { $0.hub === hub }
        world.after(Self.idleLimit) { [self] in
            for session in frozen where !session.isOver && !session.mayCommit { close(session, telling: .rolledBack) }
            world.databaseChanged()
        }
    }

    func stall(for length: Duration) {
        guard health == .well else { return }
        world.fault(.databaseStall)
        healthSince = tables.now
        let end = world.now.advanced(by: length)
        health = .stalled(until: end)
        world.databaseChanged()
        world.at(end) { [self] in
            guard health == .stalled(until: end) else { return }
            recover(.databaseStall)
        }
    }

    /// The server is killed: every open transaction is lost, what was committed is there when it comes back.
    func kill(for length: Duration) {
        guard health == .well else { return }
        world.fault(.databaseKill)
        healthSince = tables.now
        let end = world.now.advanced(by: length)
        health = .down(until: end)
        for session in open { close(session, telling: session.mayCommit ? .outcomeUnknown : .rolledBack) }
        world.forgetHolders()
        world.databaseChanged()
        world.at(end) { [self] in recover(.databaseDown) }
    }

    private func recover(_ kind: Interruption) {
        health = .well
        world.interrupted(since: healthSince, kind)
        world.databaseChanged()
    }

    /// The run is over: nobody is told anything any more.
    func end() {
        open = []
        locks = LockTable()
    }
}
