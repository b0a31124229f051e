import Database
package import Platform
package import Store

/// Audit rows of one loop's sessions, gathered and committed together: not a transaction each. Loop-confined.
///
/// While one batch is on its way to the database the next one gathers, so a single screen waits for one commit, and
/// thousands that come at once share a few. What must be audited before it happens awaits `record`, and does not happen
/// where that throws. Refusals need no row to happen: they are told to a ledger that bounds their number, and are tried
/// again with the next ones where the database is away.
package final class AuditBatch {
    /// The most rows that one commit takes.
    package static let maximumEntries = AuditStore.maximumEntries
    /// Rows that may wait; the next one is not taken.
    private static let maximumWaiting = 32_768

    private struct Waiting {
        let entry: AuditEntry
        /// Nil where nobody waits for it.
        let continuation: CheckedContinuation<Result<Void, StoreError>, Never>?
    }

    private let reactor: Reactor
    private let trail: any AuditTrail
    private let window: Duration
    private var ledger: RefusalLedger
    private var waiting: [Waiting] = []
    /// Those that wait and those that are being written.
    private var count = 0
    private var isWriting = false
    private var isTickPlanned = false
    private var whenWritten: [CheckedContinuation<Void, Never>] = []
    package private(set) var rowsWritten: UInt64 = 0
    package private(set) var commits: UInt64 = 0
    /// Rows that are gathered or being written.
    package var waitingCount: Int { count }

    /// - Parameter window: how long refusals of one kind gather.
    package init(reactor: Reactor, trail: any AuditTrail, window: Duration = .seconds(60)) {
        self.reactor = reactor
        self.trail = trail
        self.window = window
        ledger = RefusalLedger(capacity: 1_024, window: window)
    }

    /// Returns once the row is committed.
    ///
    /// - Throws: what the database said, `overloaded` where too many wait: what the row was for must not be done then.
    package func record(_ entry: AuditEntry) async throws(StoreError) {
        guard count < Self.maximumWaiting else { throw .database(.overloaded) }
        let result = await withCheckedContinuation { continuation in
            append(Waiting(entry: entry, continuation: continuation))
        }
        try result.get()
    }

    /// Takes note of a refusal or a log-in, to be written soon: what needs no row to happen.
    package func note(_ entry: AuditEntry) {
        if let row = ledger.note(entry, now: reactor.now) { appendUnawaited(row) }
        tickLater()
    }

    /// Writes what is left, once; at the end of the loop's work.
    package func finish() async {
        for row in ledger.takeRepeats(now: reactor.now, isLast: true) { appendUnawaited(row) }
        if isWriting { await withCheckedContinuation { whenWritten.append($0) } }
    }

    private func appendUnawaited(_ row: AuditEntry) {
        guard count < Self.maximumWaiting else { return ledger.restore(row, now: reactor.now) }
        append(Waiting(entry: row, continuation: nil))
    }

    private func append(_ row: Waiting) {
        waiting.append(row)
        count += 1
        guard !isWriting else { return }
        isWriting = true
        reactor.spawn { [self] in await write() }
    }

    private func write() async {
        while !waiting.isEmpty {
            let all = waiting
            waiting = []
            for start in stride(from: 0, to: all.count, by: Self.maximumEntries) {
                await write(all[start..<min(start + Self.maximumEntries, all.count)])
            }
        }
        isWriting = false
        let waiters = whenWritten
        whenWritten = []
        for waiter in waiters { waiter.resume() }
    }

    private func write(_ rows: ArraySlice<Waiting>) async {
        let result: Result<Void, StoreError>
        do throws(StoreError) {
            try await trail.write(rows.map(\.entry))
            rowsWritten &+= UInt64(rows.count)
            commits &+= 1
            result = .success(())
        } catch {
            Log.warning("audit rows not written", ["count": String(rows.count), "error": error.logName])
            result = .failure(error)
        }
        count -= rows.count
        for row in rows {
            if let continuation = row.continuation {
                continuation.resume(returning: result)
            } else if case .failure = result {
                ledger.restore(row.entry, now: reactor.now)
                tickLater()
            }
        }
    }

    private func tickLater() {
        guard !isTickPlanned, !ledger.isEmpty else { return }
        isTickPlanned = true
        _ = reactor.schedule(after: window) { [self] in
            isTickPlanned = false
            for row in ledger.takeRepeats(now: reactor.now) { appendUnawaited(row) }
            tickLater()
        }
    }
}
