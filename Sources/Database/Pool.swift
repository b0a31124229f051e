package import Platform

/// The connections of one loop to PostgreSQL. Loop-confined: make it on the loop, use it only there.
///
///     let pool = Pool(reactor: reactor, settings: ConnectionSettings(url: url), limits: Pool.Limits())
///     pool.start()
///     // One round trip, one transaction; an error in any statement rolls all of it back:
///     let rows = try await pool.transaction(context, [insertAlert(…), insertEvent(…)])
///     let id = try rows[0][0].uuidText("id")        // rows[n] are the rows of the n-th call
///     // Several round trips in one transaction; throwing rolls back:
///     let seq = try await pool.interactive(context) { transaction throws(DatabaseError) in
///         let head = try await transaction.run([lockClinic(…)])
///         return try head[0][0].int64("seq")
///     }
///
/// While there is no connection (the last attempt failed) every call fails at once with `.unavailable`; after a mere loss
/// new calls wait in the queue for the reconnection. Close it before the last reference goes.
package final class Pool {
    /// The limits of one pool.
    package struct Limits: Sendable {
        /// Connections held open.
        package var connections = 4
        /// Batches in flight on one connection.
        package var pipelineDepth = 4
        /// Calls that may wait for a connection; the next one gets `.overloaded`.
        package var queue = 1024
        /// From the call to the answer, waiting included, unless the call says otherwise.
        package var deadline = Duration.seconds(5)
        /// First and longest pause between attempts to reconnect; each is drawn from the half to the whole.
        package var backoff = Duration.milliseconds(50)...Duration.seconds(2)

        package init() {}
    }

    /// One place for a connection, which has many connections in its life.
    private final class Slot {
        var connection: Connection?
        var backoff: Backoff
        var retry: TimerToken?
        /// Taken by an interactive transaction.
        var isReserved = false
        init(backoff: Backoff) { self.backoff = backoff }
    }

    private let reactor: Reactor
    private let settings: ConnectionSettings
    private let limits: Limits
    private let slots: [Slot]
    private var waiting = WaitingCalls()
    private var waitTimer: (token: TimerToken, at: MonotonicTime)?
    private var readiness: [(Result<Void, DatabaseError>) -> Void] = []
    /// The last attempt to connect failed and none has succeeded since: waiting is pointless.
    private var isUnreachable = false
    private var isClosed = false

    package init(reactor: Reactor, settings: ConnectionSettings, limits: Limits = Limits()) {
        self.reactor = reactor
        self.settings = settings
        self.limits = limits
        slots = (0..<max(1, limits.connections)).map { _ in Slot(backoff: Backoff(limits.backoff)) }
    }

    /// Whether at least one connection is ready.
    package var isAvailable: Bool { slots.contains { $0.connection?.isReady == true } }

    /// Calls that wait for a connection now.
    package var waitingCalls: Int { waiting.count }

    /// Begins to connect. Returns at once.
    package func start() { for slot in slots where slot.connection == nil { connect(slot) } }

    /// Closes every connection. What waits or is in flight fails with `.unavailable`.
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        for slot in slots {
            if let retry = slot.retry { reactor.cancel(retry) }
            slot.connection?.close("the pool is closed")
        }
        if let waitTimer { reactor.cancel(waitTimer.token) }
        failWaiting()
    }

    // MARK: Calls

    /// Runs the calls as one transaction in one round trip, under `context` (none if nil), and returns the rows of each call.
    ///
    /// `deadline` counts from now and includes the wait for a connection; when it passes on the server, the connection is
    /// closed, which ends the work there.
    package func transaction(
        _ context: SessionContext?, _ calls: [Call], deadline: Duration? = nil
    ) async throws(DatabaseError) -> [Rows] {
        let result = await withCheckedContinuation { continuation in
            submit(context, calls, deadline: deadline) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// The same for callers that are not tasks. `completion` runs on the loop, exactly once, never before this returns.
    package func submit(
        _ context: SessionContext?, _ calls: [Call], deadline: Duration? = nil,
        completion: @escaping (Result<[Rows], DatabaseError>) -> Void
    ) {
        do {
            let batch = try Batch(
                prefix: context.map { [$0.call] } ?? [], calls, deadline: time(deadline), completion: completion)
            enqueue(.batch(batch))
        } catch {
            reactor.atEndOfTurn { completion(.failure(error)) }
        }
    }

    /// Runs `body` inside BEGIN … COMMIT on a connection of its own. Throwing, or an error of any batch, rolls back.
    ///
    /// Keep it short: it holds a connection and its locks. `deadline` is for the wait and then for each round trip.
    package func interactive<Value>(
        _ context: SessionContext?, deadline: Duration? = nil,
        _ body: (Transaction) async throws(DatabaseError) -> Value
    ) async throws(DatabaseError) -> Value {
        let reservation = Reservation(deadline: time(deadline))
        let granted = await withCheckedContinuation { continuation in
            reservation.completion = { continuation.resume(returning: $0) }
            enqueue(.exclusive(reservation))
        }
        try granted.get()
        guard let connection = reservation.connection else { throw .unavailable(outcomeUnknown: false) }
        defer { release(connection) }
        let transaction = Transaction(connection, context, deadline: deadline ?? limits.deadline)
        let value: Value
        do {
            value = try await body(transaction)
        } catch {
            await transaction.abandon()
            throw error
        }
        try await transaction.finish()
        return value
    }

    /// Waits until a connection is ready; `.timeout` if none is within `limit`.
    package func waitUntilAvailable(within limit: Duration) async throws(DatabaseError) {
        if isAvailable { return }
        if isClosed { throw .unavailable(outcomeUnknown: false) }
        let result = await withCheckedContinuation { continuation in
            // Whichever comes first takes the continuation.
            var waiter: CheckedContinuation<Result<Void, DatabaseError>, Never>? = continuation
            let finish = { (result: Result<Void, DatabaseError>) in
                waiter?.resume(returning: result)
                waiter = nil
            }
            readiness.append(finish)
            _ = reactor.schedule(after: limit) { finish(.failure(.timeout(outcomeUnknown: false))) }
        }
        try result.get()
    }

    // MARK: Waiting and dispatch

    private func time(_ deadline: Duration?) -> MonotonicTime {
        MonotonicTime.now().advanced(by: deadline ?? limits.deadline)
    }

    private func enqueue(_ call: WaitingCalls.Call) {
        guard !isClosed, !isUnreachable else {
            return reactor.atEndOfTurn { call.fail(.unavailable(outcomeUnknown: false)) }
        }
        if waiting.isEmpty, hand(call) { return }
        guard waiting.count < limits.queue else { return reactor.atEndOfTurn { call.fail(.overloaded) } }
        waiting.append(call)
        armWaitTimer(call.deadline)
    }

    /// Gives waiting calls to connections that have room, in order.
    private func dispatch() {
        while let call = waiting.first, hand(call) { waiting.removeFirst() }
    }

    /// Gives a call to a connection: one alone to an idle one, a batch to the least busy. False if none has room.
    private func hand(_ call: WaitingCalls.Call) -> Bool {
        var best: (slot: Slot, connection: Connection)?
        for slot in slots where !slot.isReserved {
            guard let connection = slot.connection, connection.isReady else { continue }
            if connection.batchesInFlight < best?.connection.batchesInFlight ?? Int.max { best = (slot, connection) }
        }
        guard let best else { return false }
        switch call {
        case .batch(let batch):
            guard best.connection.batchesInFlight < max(1, limits.pipelineDepth) else { return false }
            best.connection.send(batch)
        case .exclusive(let reservation):
            guard best.connection.batchesInFlight == 0 else { return false }
            best.slot.isReserved = true
            reservation.grant(best.connection)
        }
        return true
    }

    private func release(_ connection: Connection) {
        guard let slot = slots.first(where: { $0.connection === connection }) else { return }
        slot.isReserved = false
        dispatch()
    }

    private func armWaitTimer(_ deadline: MonotonicTime) {
        if let waitTimer {
            guard deadline < waitTimer.at else { return }
            reactor.cancel(waitTimer.token)
        }
        let token = reactor.schedule(after: MonotonicTime.now().duration(to: deadline)) { [weak self] in
            self?.failOverdue()
        }
        waitTimer = (token, deadline)
    }

    private func failOverdue() {
        waitTimer = nil
        for call in waiting.removeOverdue(.now()) { call.fail(.timeout(outcomeUnknown: false)) }
        if let next = waiting.earliestDeadline { armWaitTimer(next) }
    }

    private func failWaiting() {
        for call in waiting.removeAll() { call.fail(.unavailable(outcomeUnknown: false)) }
    }

    // MARK: Connections

    private func connect(_ slot: Slot) {
        slot.retry = nil
        guard !isClosed else { return }
        var wasReady = false
        var events = Connection.Events()
        events.ready = { [weak self] in
            wasReady = true
            self?.becameReady(slot)
        }
        events.batchEnded = { [weak self] in self?.dispatch() }
        events.closed = { [weak self] reason in self?.lost(slot, wasReady: wasReady, reason) }
        let connection = Connection(reactor: reactor, settings: settings, events: events)
        slot.connection = connection
        connection.open()
    }

    private func becameReady(_ slot: Slot) {
        slot.backoff.reset()
        if isUnreachable { Log.notice("PostgreSQL is reachable again") }
        isUnreachable = false
        let waiters = readiness
        readiness = []
        for waiter in waiters { waiter(.success(())) }
        dispatch()
    }

    private func lost(_ slot: Slot, wasReady: Bool, _ reason: String) {
        slot.connection = nil
        slot.isReserved = false
        guard !isClosed else {
            let waiters = readiness
            readiness = []
            for waiter in waiters { waiter(.failure(.unavailable(outcomeUnknown: false))) }
            return
        }
        slot.retry = reactor.schedule(after: slot.backoff.next()) { [weak self] in self?.connect(slot) }
        if wasReady {
            Log.warning("A connection to PostgreSQL ended", ["reason": reason])
        } else if !isUnreachable, !isAvailable {
            Log.error("PostgreSQL is not reachable", ["reason": reason])
        } else {
            Log.debug("An attempt to connect to PostgreSQL failed", ["reason": reason])
        }
        guard !wasReady, !isAvailable else { return dispatch() }
        isUnreachable = true
        failWaiting()
    }
}
