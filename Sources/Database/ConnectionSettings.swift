/// Where the database is and how each session on it is set up. A value; read once at start.
package struct ConnectionSettings: Sendable {
    /// A libpq connection string: `postgresql://…` or `host=/run/… dbname=…`. May hold a password: never logged.
    package var url: String
    /// Shown in `pg_stat_activity`.
    package var applicationName = "alert-hub"
    /// `SET ROLE` after connecting, where the login is a member of the hub's role; nil for none.
    package var role: String?
    /// The server ends a statement after this long; it stands behind the batch's own deadline.
    package var statementTimeout = Duration.seconds(30)
    /// The server ends a session that idles inside a transaction after this long, so it cannot hold locks for ever.
    package var idleInTransactionTimeout = Duration.seconds(30)
    /// How long one attempt to connect and set up may take.
    package var connectTimeout = Duration.seconds(5)

    package init(url: String) { self.url = url }
}
