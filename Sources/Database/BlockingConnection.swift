import Platform

/// A session that blocks its thread: for start-up, migrations and the command line only, never on a loop.
///
/// Used by one thread at a time. Closed when it is released.
package final class BlockingConnection {
    private let session: LibpqSession

    /// Connects and sets the session up as a pool's connections are, except for the statement timeout, which is off.
    ///
    /// - Throws: `.unavailable` (the reason is logged), or what the server refused.
    package init(_ settings: ConnectionSettings) throws(DatabaseError) {
        guard let session = LibpqSession(settings, isBlocking: true) else {
            throw .unavailable(outcomeUnknown: false)
        }
        guard !session.isBroken else {
            Log.debug("PostgreSQL does not answer", ["reason": session.errorMessage])
            throw .unavailable(outcomeUnknown: false)
        }
        self.session = session
        var settings = settings
        settings.statementTimeout = .zero
        settings.idleInTransactionTimeout = .zero
        let setup = SessionSetup.call(settings)
        _ = try query(setup.statement.sql, setup.parameters)
    }

    /// Whether a transaction is open, be it sound or failed.
    var isInTransaction: Bool { session.isInTransaction }

    /// Runs one statement and returns its rows. SQL is never put together from a peer's data: bind parameters.
    package func query(_ sql: String, _ parameters: [Parameter] = []) throws(DatabaseError) -> Rows {
        try finish(session.execute(sql, try ParameterBlock(parameters)))
    }

    /// Runs a script of any number of statements, one transaction unless it says otherwise.
    package func execute(script: String) throws(DatabaseError) {
        guard !script.utf8.contains(0) else { throw .malformed("a script with a NUL") }
        _ = try finish(session.execute(script: script))
    }

    private func finish(_ result: consuming LibpqResult?) throws(DatabaseError) -> Rows {
        guard let result else { throw .unavailable(outcomeUnknown: session.isBroken) }
        switch result.kind {
        case .rows, .done: return result.rows(columns: nil)
        case .failed:
            guard let error = result.serverError, !session.isBroken else { throw .unavailable(outcomeUnknown: true) }
            throw .server(error)
        case .pipelineSync, .pipelineAborted, .unexpected: throw .malformed("a result that was not asked for")
        }
    }
}
