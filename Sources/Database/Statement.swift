/// A statement of SQL under a name of its own, prepared once a connection and executed by name ever after.
///
/// Write it as a constant beside its neighbours, one parameter a `$n`, and call it like a function:
///
///     static let findPatient = Statement("find_patient", "SELECT full_name FROM patients WHERE id = $1")
///     let rows = try await pool.transaction(context, [findPatient(.text(id.description))])
///
/// PostgreSQL infers the parameters' types; write a cast (`$1::uuid`) where it cannot. The name must be unique in the
/// program: two texts under one name trap in `Connection`.
package struct Statement: Hashable, Sendable {
    /// The name on the server, at most 63 bytes.
    package let name: String
    /// One statement; several in one text are refused by the server.
    package let sql: String

    package init(_ name: StaticString, _ sql: StaticString) {
        self.init(name: name.description, sql: sql.description)
    }

    /// For texts that are put together once at start, never from a peer's data.
    package init(name: String, sql: String) {
        precondition(name.utf8.count < 64, "a statement's name has at most 63 bytes")
        self.name = name
        self.sql = sql
    }

    /// Binds the parameters, `$1` first.
    package func callAsFunction(_ parameters: Parameter...) -> Call { Call(self, parameters) }
}

/// A statement with its parameters, ready to be sent.
package struct Call: Sendable {
    package let statement: Statement
    package let parameters: [Parameter]

    package init(_ statement: Statement, _ parameters: [Parameter]) {
        self.statement = statement
        self.parameters = parameters
    }
}
