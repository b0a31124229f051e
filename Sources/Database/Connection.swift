import Platform

/// One session with PostgreSQL in pipeline mode: batches go out as they come and are answered in order. Loop-confined.
///
/// A batch is one implicit transaction: its statements up to one Sync. A statement is prepared when it is first used, in a
/// pipeline segment of its own ahead of the batch, so that a batch which fails early cannot take the preparation with it.
/// A connection lives once: when it is lost or closed its owner makes another.
final class Connection {
    enum State { case connecting, settingUp, ready, closed }

    /// What the owner is told, on the loop.
    struct Events {
        var ready: () -> Void = {}
        /// A batch ended, so there is room for another.
        var batchEnded: () -> Void = {}
        var notified: (_ channel: String, _ payload: String) -> Void = { _, _ in }
        /// The connection is gone and its batches were failed; the text is for the log.
        var closed: (_ reason: String) -> Void = { _ in }
    }

    private enum Segment {
        case preparation(Statement)
        case batch(Batch)
    }

    /// One statement on this session's server side.
    private final class Prepared {
        let statement: Statement
        var columns: [String]?
        init(_ statement: Statement) { self.statement = statement }
    }

    private(set) var state = State.connecting
    /// Batches that were sent and not answered.
    private(set) var batchesInFlight = 0
    /// Set once the session must not take more work, such as after a change of the schema under a prepared statement.
    private(set) var isRetired = false

    private let reactor: Reactor
    private let settings: ConnectionSettings
    private var events: Events
    private var session: LibpqSession?
    private var watch: Watch?
    private var watchesWritable = false
    private var segments: [Segment] = []
    private var prepared: [String: Prepared] = [:]
    private var failedPreparations: [String: ServerError] = [:]
    private var connectTimer: TimerToken?
    private var deadlineTimer: (token: TimerToken, at: MonotonicTime)?
    private var sessionEnded = false

    init(reactor: Reactor, settings: ConnectionSettings, events: Events) {
        self.reactor = reactor
        self.settings = settings
        self.events = events
    }

    var isReady: Bool { state == .ready && !isRetired }

    /// The process on the server that serves this session; nil while there is none.
    var serverProcess: Int32? { state == .ready ? session?.serverProcess : nil }

    /// Begins to connect; ends in `events.ready` or `events.closed`, never before this returns.
    func open() {
        connectTimer = reactor.schedule(after: settings.connectTimeout) { [weak self] in
            self?.close("no connection within \(self?.settings.connectTimeout ?? .zero)")
        }
        guard let session = LibpqSession(settings) else {
            _ = reactor.schedule(after: .zero) { [weak self] in self?.close("out of memory") }
            return
        }
        self.session = session
        // libpq asks to treat a fresh attempt as waiting to write.
        if session.isBroken {
            _ = reactor.schedule(after: .zero) { [weak self] in self?.close(session.errorMessage) }
        } else {
            watch(for: .writable)
        }
    }

    /// Ends the session. Its batches fail with `.unavailable`.
    func close(_ reason: String) { end(reason, timedOut: nil) }

    /// Sends a batch behind those in flight. Only while `isReady`.
    func send(_ batch: Batch) {
        guard let session, state == .ready || state == .settingUp else {
            batch.fail(.unavailable(outcomeUnknown: false))
            return
        }
        let isPrepared = batch.calls.allSatisfy { prepare($0.statement, on: session) }
        segments.append(.batch(batch))
        batchesInFlight += 1
        let isQueued =
            isPrepared && zip(batch.calls, batch.blocks).allSatisfy { session.sendExecute($0.statement.name, $1) }
        batch.isSynced = isQueued
        guard isQueued, session.sendSync() else { return closeSoon(session.errorMessage) }
        armDeadline(batch.deadline)
        flush(session)
    }

    /// Closes at the end of this turn, so that no completion runs inside the call that sends.
    private func closeSoon(_ reason: String) {
        isRetired = true
        reactor.atEndOfTurn { [weak self] in self?.close(reason) }
    }

    // MARK: Connecting

    private func watch(for readiness: Readiness) {
        guard let session else { return }
        do {
            watch = try reactor.watch(session.descriptor, for: readiness, handler: self)
        } catch {
            close(error.description)
        }
    }

    private func continueConnecting(_ session: LibpqSession) {
        // The socket may be another one after each step: libpq tries the next address.
        stopWatching()
        switch session.poll() {
        case .readable: watch(for: .readable)
        case .writable: watch(for: .writable)
        case .failed: close(session.errorMessage)
        case .ready:
            guard session.beginPipeline() else { return close(session.errorMessage) }
            watch(for: .readable)
            if state != .closed { setUp() }
        }
    }

    private func setUp() {
        state = .settingUp
        let call = SessionSetup.call(settings)
        let deadline = MonotonicTime.now().advanced(by: settings.connectTimeout)
        do {
            let batch = try Batch(prefix: [], [call], deadline: deadline) { [weak self] result in
                self?.setUpEnded(result)
            }
            send(batch)
        } catch {
            close("the settings hold a NUL")
        }
    }

    private func setUpEnded(_ result: Result<[Rows], DatabaseError>) {
        guard state == .settingUp else { return }
        if case .failure(let error) = result { return close("session set-up failed: \(error)") }
        if let connectTimer { reactor.cancel(connectTimer) }
        connectTimer = nil
        state = .ready
        events.ready()
    }

    private func stopWatching() {
        if let watch { reactor.unwatch(watch) }
        watch = nil
        watchesWritable = false
    }

    // MARK: Sending

    private func prepare(_ statement: Statement, on session: LibpqSession) -> Bool {
        if let known = prepared[statement.name] {
            precondition(known.statement == statement, "one name is given to two statements")
            return true
        }
        prepared[statement.name] = Prepared(statement)
        failedPreparations[statement.name] = nil
        segments.append(.preparation(statement))
        return session.sendPrepare(statement) && session.sendSync()
    }

    private func flush(_ session: LibpqSession) {
        switch session.flush() {
        case .failed: closeSoon(session.errorMessage)
        case .done: wantWritable(false)
        case .wouldBlock: wantWritable(true)
        }
    }

    private func wantWritable(_ isWanted: Bool) {
        guard isWanted != watchesWritable, let watch else { return }
        watchesWritable = isWanted
        reactor.rewatch(watch, for: isWanted ? [.readable, .writable] : .readable)
    }

    // MARK: Receiving

    private func receive(_ session: LibpqSession) {
        let isAlive = session.consumeInput()
        var emptyInARow = 0
        // A batch's completion may send more or close this connection, hence the check on each turn.
        while state != .closed, !segments.isEmpty, emptyInARow < 2 {
            switch session.nextResult() {
            case .busy: emptyInARow = 2
            case .none: emptyInARow += 1
            case .result(let result):
                emptyInARow = 0
                take(result)
            }
        }
        while state != .closed, let notification = session.nextNotification() {
            events.notified(notification.channel, notification.payload)
        }
        guard state != .closed else { return }
        if !isAlive || session.isBroken { return close(session.errorMessage) }
        if isRetired, batchesInFlight == 0 { close("retired: a prepared statement is no longer valid") }
    }

    private func take(_ result: borrowing LibpqResult) {
        guard let segment = segments.first else { return }
        switch (result.kind, segment) {
        case (.pipelineSync, _):
            segments.removeFirst()
            end(segment)
        case (.failed, let segment): refuse(result.serverError, segment)
        case (.rows, .batch(let batch)), (.done, .batch(let batch)):
            let name = batch.results.count < batch.calls.count ? batch.calls[batch.results.count].statement.name : ""
            let statement = prepared[name]
            if let statement, statement.columns == nil { statement.columns = result.columns() }
            batch.results.append(result.rows(columns: statement?.columns))
        case (.done, .preparation), (.rows, .preparation), (.pipelineAborted, _): break
        case (.unexpected, _): close("the server began a protocol that was not asked for")
        }
    }

    private func refuse(_ error: ServerError?, _ segment: Segment) {
        // Without the server's own error libpq reports the loss of the connection, which `receive` sees next.
        guard let error else { return }
        if error.isFatal {
            sessionEnded = true
            return
        }
        switch segment {
        case .preparation(let statement):
            prepared[statement.name] = nil
            failedPreparations[statement.name] = error
        case .batch(let batch): if batch.serverError == nil { batch.serverError = error }
        }
    }

    private func end(_ segment: Segment) {
        guard case .batch(let batch) = segment else { return }
        batchesInFlight -= 1
        if let error = batch.serverError {
            batch.fail(.server(cause(of: error, batch)))
        } else if batch.results.count == batch.calls.count {
            batch.succeed()
        } else {
            batch.fail(.malformed("fewer results than statements"))
        }
        if state == .ready { events.batchEnded() }
    }

    /// The error of the preparation, where the batch failed only because its statement could not be prepared.
    private func cause(of error: ServerError, _ batch: Batch) -> ServerError {
        if error.sqlState == "26000" {
            for call in batch.calls {
                if let cause = failedPreparations[call.statement.name] { return cause }
            }
            isRetired = true
        }
        if error.sqlState == "0A000", error.function == "RevalidateCachedQuery" { isRetired = true }
        return error
    }

    // MARK: Deadlines and the end

    private func armDeadline(_ deadline: MonotonicTime) {
        if let deadlineTimer {
            guard deadline < deadlineTimer.at else { return }
            reactor.cancel(deadlineTimer.token)
        }
        let delay = MonotonicTime.now().duration(to: deadline)
        let token = reactor.schedule(after: delay) { [weak self] in self?.checkDeadlines() }
        deadlineTimer = (token, deadline)
    }

    private func checkDeadlines() {
        deadlineTimer = nil
        let now = MonotonicTime.now()
        var earliest: MonotonicTime?
        for case .batch(let batch) in segments {
            if batch.deadline <= now { return end("a batch passed its deadline", timedOut: now) }
            earliest = min(earliest ?? batch.deadline, batch.deadline)
        }
        if let earliest { armDeadline(earliest) }
    }

    private func end(_ reason: String, timedOut now: MonotonicTime?) {
        guard state != .closed else { return }
        state = .closed
        if let connectTimer { reactor.cancel(connectTimer) }
        if let deadlineTimer { reactor.cancel(deadlineTimer.token) }
        stopWatching()
        session = nil
        let events = events
        self.events = Events()
        let lost = segments
        segments = []
        batchesInFlight = 0
        var isFirst = true
        for case .batch(let batch) in lost {
            defer { isFirst = false }
            if let error = batch.serverError {
                batch.fail(.server(error))  // the server had already given it up
                continue
            }
            let isUnknown = mayBeCommitted(batch, isFirst: isFirst)
            if let now, batch.deadline <= now {
                batch.fail(.timeout(outcomeUnknown: isUnknown))
            } else {
                batch.fail(.unavailable(outcomeUnknown: isUnknown))
            }
        }
        events.closed(reason)
    }

    /// Whether the server may have committed a batch that was sent and not answered.
    ///
    /// A server that says FATAL stops at that place: all before it was answered, what follows was not begun, and the
    /// batch itself was committed only if every one of its statements had been answered.
    private func mayBeCommitted(_ batch: Batch, isFirst: Bool) -> Bool {
        guard batch.isSynced, batch.mayCommit else { return false }
        guard sessionEnded else { return true }
        return isFirst && batch.results.count == batch.calls.count
    }
}

extension Connection: ReadinessHandler {
    package func becameReady(_ readiness: Readiness) {
        guard let session else { return }
        switch state {
        case .connecting: continueConnecting(session)
        case .settingUp, .ready:
            if !readiness.isDisjoint(with: .writable) { flush(session) }
            if state != .closed, !readiness.isDisjoint(with: [.readable, .hangUp]) { receive(session) }
        case .closed: break
        }
    }
}
