import Platform

/// An open transaction of several round trips, valid inside the body of `Pool.interactive`. Loop-confined.
package final class Transaction {
    private enum State {
        case notBegun
        case open
        case failed(DatabaseError)
        case ended
    }

    private static let begin = Statement("hub_begin", "BEGIN")
    private static let commit = Statement("hub_commit", "COMMIT")
    private static let rollback = Statement("hub_rollback", "ROLLBACK")

    private let connection: Connection
    private let context: SessionContext?
    private let deadline: Duration
    private var state = State.notBegun
    private var isToRollBack = false

    init(_ connection: Connection, _ context: SessionContext?, deadline: Duration) {
        self.connection = connection
        self.context = context
        self.deadline = deadline
    }

    /// Runs the calls in one round trip and returns the rows of each. After an error the transaction can only roll back.
    ///
    /// BEGIN and the context travel with the first calls.
    package func run(_ calls: [Call]) async throws(DatabaseError) -> [Rows] {
        switch state {
        case .notBegun: return try await send(prefix: [Self.begin()] + (context.map { [$0.call] } ?? []), calls)
        case .open: return try await send(prefix: [], calls)
        case .failed(let error): throw error
        case .ended: preconditionFailure("a transaction is used only inside its body")
        }
    }

    /// Runs the calls and commits, in one round trip; the last thing that a body does. An error rolls everything back.
    package func commit(_ calls: [Call]) async throws(DatabaseError) -> [Rows] {
        let prefix: [Call]
        switch state {
        case .notBegun: prefix = [Self.begin()] + (context.map { [$0.call] } ?? [])
        case .open: prefix = []
        case .failed(let error): throw error
        case .ended: preconditionFailure("a transaction is used only inside its body")
        }
        let rows = try await send(prefix: prefix, calls + [Self.commit()], mayCommit: true)
        state = .ended
        return Array(rows.dropLast())
    }

    /// Makes the end of the body a ROLLBACK although it returns normally.
    package func rollBack() { isToRollBack = true }

    /// The body returned: commits, unless an error or `rollBack` forbids it.
    func finish() async throws(DatabaseError) {
        if case .failed(let error) = state {
            await abandon()
            throw error
        }
        guard case .open = state, !isToRollBack else { return await abandon() }
        defer { state = .ended }
        let rows = try await send(prefix: [], [Self.commit()], mayCommit: true)
        // PostgreSQL answers COMMIT with ROLLBACK where the transaction had failed.
        guard rows[0].tag == "COMMIT" else { throw .malformed("the transaction was rolled back at its end") }
    }

    /// The body threw: rolls back. A connection that cannot even do that is closed, which rolls back as well.
    func abandon() async {
        defer { state = .ended }
        switch state {
        case .notBegun, .ended: return
        case .open, .failed: break
        }
        guard connection.isReady else { return }
        do {
            _ = try await send(prefix: [], [Self.rollback()])
        } catch {
            connection.close("ROLLBACK failed: \(error)")
        }
    }

    private func send(prefix: [Call], _ calls: [Call], mayCommit: Bool = false) async throws(DatabaseError) -> [Rows] {
        let end = MonotonicTime.now().advanced(by: deadline)
        let result: Result<[Rows], DatabaseError> = await withCheckedContinuation { continuation in
            do throws(DatabaseError) {
                let batch = try Batch(prefix: prefix, calls, deadline: end, mayCommit: mayCommit) {
                    continuation.resume(returning: $0)
                }
                connection.send(batch)
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        switch result {
        case .success(let rows):
            state = .open
            return rows
        case .failure(let error):
            state = .failed(error)
            throw error
        }
    }
}
