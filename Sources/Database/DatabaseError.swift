/// Why a batch of statements gave no rows.
///
/// `outcomeUnknown` says that the batch may have been committed: repeat it only if it is idempotent, else look first.
package enum DatabaseError: Error, Equatable, Sendable {
    /// No connection, or it was lost, or the pool is closed. Answer 503 with Retry-After; the pool recovers by itself.
    case unavailable(outcomeUnknown: Bool)
    /// The server refused a statement; everything of the batch was rolled back.
    case server(ServerError)
    /// The batch's deadline passed, in the queue or on the server; its connection is replaced.
    case timeout(outcomeUnknown: Bool)
    /// The queue of waiting batches is full. Nothing was sent.
    case overloaded
    /// A value is not what was asked for: a column that is missing, null or of another form, or a text with a NUL.
    case malformed(String)

    /// Whether the batch may have been committed although the caller got no answer.
    package var outcomeUnknown: Bool {
        switch self {
        case .unavailable(let isUnknown), .timeout(let isUnknown): isUnknown
        case .server, .overloaded, .malformed: false
        }
    }

    /// The five characters of the server's error, nil for the other cases.
    package var sqlState: String? { if case .server(let error) = self { error.sqlState } else { nil } }

    /// The constraint that the batch violated, by its name in the schema.
    package var constraint: String? { if case .server(let error) = self { error.constraint } else { nil } }
}

/// What PostgreSQL said about a statement it refused (Appendix A of its manual lists the states).
package struct ServerError: Equatable, Sendable, CustomStringConvertible {
    /// Five characters: `23505` unique_violation, `23503` foreign_key_violation, `42501` insufficient_privilege …
    package var sqlState: String
    package var constraint: String?
    package var schema: String?
    package var table: String?
    package var column: String?
    /// The primary message in the server's language: for the log alone, never for a peer. It may quote names of the
    /// schema; the detail, which may quote values, is not kept.
    package var message: String
    /// Where in the SQL text the fault lies, in characters from 1.
    package var position: Int?
    /// The function of the server that raised it.
    var function: String?
    /// FATAL or PANIC: the session ended with it.
    var isFatal: Bool

    package init(
        sqlState: String, message: String, constraint: String? = nil, schema: String? = nil, table: String? = nil,
        column: String? = nil, position: Int? = nil
    ) {
        self.init(
            sqlState: sqlState, constraint: constraint, schema: schema, table: table, column: column, message: message,
            position: position, function: nil, isFatal: false)
    }

    init(
        sqlState: String, constraint: String?, schema: String?, table: String?, column: String?, message: String,
        position: Int?, function: String?, isFatal: Bool
    ) {
        self.sqlState = sqlState
        self.constraint = constraint
        self.schema = schema
        self.table = table
        self.column = column
        self.message = message
        self.position = position
        self.function = function
        self.isFatal = isFatal
    }

    /// State, names and message, for the log.
    package var description: String {
        var text = "\(sqlState) \(message)"
        if let table { text += " [table \(table)]" }
        if let column { text += " [column \(column)]" }
        if let constraint { text += " [constraint \(constraint)]" }
        return text
    }
}
