import Platform

/// Brings the schema up to date: every file once, in order, under an advisory lock, each in a transaction. Blocks; start-up only.
///
/// What was applied stands in `schema_migrations` with its SHA-256, so a file that was changed, or is gone, is found. Several
/// programs may start at once: one applies, the others wait and then find everything done.
///
///     let migrator = Migrator(try Migration.load(directory: "Migrations"))
///     let applied = try migrator.apply(to: ownerSettings)     // serve, migrate
///     let report = try migrator.check(ownerSettings)          // migrate --check
package struct Migrator: Sendable {
    /// What `check` found: what is not applied, and every fault; both empty if all is well.
    package struct Report: Equatable, Sendable {
        package var pending: [Migration] = []
        package var faults: [MigrationError] = []
        package var isUpToDate: Bool { pending.isEmpty && faults.isEmpty }
    }

    private struct Applied {
        let version: Int64
        let name: String
        let checksum: String
    }

    private let migrations: [Migration]

    /// - Parameter migrations: in ascending order, as `Migration.load` gives them.
    package init(_ migrations: [Migration]) { self.migrations = migrations }

    /// Applies what is missing and returns it. With any fault nothing is applied.
    package func apply(to settings: ConnectionSettings) throws(MigrationError) -> [Migration] {
        let connection = try connect(settings)
        _ = try query(connection, "SELECT pg_advisory_lock($1)", [.integer(Self.lock)])
        _ = try query(connection, Self.table)
        let report = try compare(connection)
        if let fault = report.faults.first { throw fault }
        for migration in report.pending {
            try apply(migration, connection)
            Log.notice("Migration applied", ["file": migration.fileName])
        }
        // The lock goes with the session.
        return report.pending
    }

    /// Compares files and database, and changes nothing.
    package func check(_ settings: ConnectionSettings) throws(MigrationError) -> Report {
        try compare(try connect(settings))
    }

    // MARK: Steps

    /// Any number, the same for every version of the hub: it guards the migrations of one database.
    private static let lock: Int64 = 0x616c_6572_7468_7562
    private static let table = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            version BIGINT PRIMARY KEY,
            name TEXT NOT NULL,
            checksum TEXT NOT NULL,
            applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
        )
        """

    private func connect(_ settings: ConnectionSettings) throws(MigrationError) -> BlockingConnection {
        do {
            return try BlockingConnection(settings)
        } catch {
            throw .database(error)
        }
    }

    private func query(
        _ connection: BlockingConnection, _ sql: String, _ parameters: [Parameter] = []
    ) throws(MigrationError) -> Rows {
        do {
            return try connection.query(sql, parameters)
        } catch {
            throw .database(error)
        }
    }

    private func compare(_ connection: BlockingConnection) throws(MigrationError) -> Report {
        let applied = try applied(connection)
        let newest = applied.last?.version ?? 0
        let newestFile = migrations.last?.version ?? 0
        var report = Report()
        for row in applied where !migrations.contains(where: { $0.version == row.version }) {
            let fileName = Migration(version: row.version, name: row.name, sql: "").fileName
            report.faults.append(row.version > newestFile ? .newerDatabase(fileName) : .missing(fileName))
        }
        for migration in migrations {
            if let row = applied.first(where: { $0.version == migration.version }) {
                if row.name != migration.name {
                    report.faults.append(.missing(Migration(version: row.version, name: row.name, sql: "").fileName))
                } else if try checksum(migration, connection) != row.checksum {
                    report.faults.append(.changed(migration.fileName))
                }
            } else if migration.version < newest {
                report.faults.append(.outOfOrder(migration.fileName))
            } else {
                report.pending.append(migration)
            }
        }
        return report
    }

    private func applied(_ connection: BlockingConnection) throws(MigrationError) -> [Applied] {
        let exists = try query(connection, "SELECT to_regclass('schema_migrations') IS NOT NULL AS found")
        do {
            guard try exists[0].bool("found") else { return [] }
            let sql = "SELECT version, name, checksum FROM schema_migrations ORDER BY version"
            return try connection.query(sql).map { row throws(DatabaseError) in
                Applied(
                    version: try row.int64("version"), name: try row.string("name"),
                    checksum: try row.string("checksum"))
            }
        } catch {
            throw .database(error)
        }
    }

    /// The server computes it, so that this layer needs no cryptography of its own.
    private func checksum(_ migration: Migration, _ connection: BlockingConnection) throws(MigrationError) -> String {
        let sql = "SELECT encode(sha256($1::bytea), 'hex')"
        let rows = try query(connection, sql, [.bytes(Array(migration.sql.utf8))])
        do {
            return try rows[0].string(0)
        } catch {
            throw .database(error)
        }
    }

    private func apply(_ migration: Migration, _ connection: BlockingConnection) throws(MigrationError) {
        _ = try query(connection, "BEGIN")
        do {
            try connection.execute(script: migration.sql)
        } catch .server(let error) {
            throw .refused(file: migration.fileName, line: migration.line(at: error.position ?? 1), error)
        } catch {
            throw .database(error)
        }
        guard connection.isInTransaction else { throw .endsTransaction(migration.fileName) }
        let sql = "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)"
        let checksum = try checksum(migration, connection)
        _ = try query(connection, sql, [.integer(migration.version), .text(migration.name), .text(checksum)])
        _ = try query(connection, "COMMIT")
    }
}

extension Migration {
    /// The line, from 1, of a position in characters, from 1.
    fileprivate func line(at position: Int) -> Int {
        sql.unicodeScalars.prefix(max(0, position - 1)).reduce(1) { $1 == "\n" ? $0 + 1 : $0 }
    }
}
