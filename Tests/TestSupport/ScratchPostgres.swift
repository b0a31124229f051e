package import Database
import Glibc
import Platform

/// A real PostgreSQL for tests: one private cluster a test process, started when first asked for; one database a test.
///
///     let database = try ScratchPostgres.migrated()          // with Migrations/ applied
///     let pool = Pool(reactor: reactor, settings: database.settings(.hub))
///
/// It gives up durability for speed. It ends with the process, also when the process is killed: a watchdog sees to that.
/// The calls block their thread for some 50 ms (the first one for seconds).
package enum ScratchPostgres {
    /// An empty database, with the hub's roles but no tables.
    package static func empty() throws -> ScratchDatabase { try cluster().database(from: "alert_hub") }

    /// A database with every file of `Migrations/` applied.
    package static func migrated() throws -> ScratchDatabase { try cluster().database(from: "scratch_migrated") }

    private static let shared = Locked<Result<ScratchCluster, any Error>?>(nil)

    private static func cluster() throws -> ScratchCluster {
        try shared.withLock { shared in
            if let shared { return shared }
            let started = Result { try ScratchCluster() }
            shared = started
            if case .success = started { atexit { ScratchPostgres.stop() } }
            return started
        }.get()
    }

    private static func stop() {
        let started = shared.withLock { shared in
            defer { shared = nil }
            return shared
        }
        if case .success(let cluster) = started { cluster.stop() }
    }
}

/// One test's database. It stays until the process ends.
package struct ScratchDatabase: Sendable {
    package let name: String
    package let access: ClusterAccess

    /// How to connect as one of the cluster's logins.
    package func settings(_ login: ClusterAccess.Login) -> ConnectionSettings {
        var settings = access.settings(login, database: name)
        settings.applicationName = "test"
        return settings
    }

    /// The connection string, for `DATABASE_URL` of a hub under test.
    package func url(_ login: ClusterAccess.Login) -> String { settings(login).url }
}

private final class ScratchCluster: Sendable {
    private let cluster: PrivateCluster
    private let watchdog: Watchdog
    private let directory: String
    private let state = Locked((count: 0, isMigrated: false))

    init() throws {
        directory = "/tmp/alert-hub-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        watchdog = try Watchdog(directory: directory)
        var options = PrivateCluster.Options()
        options.isDurable = false
        options.connections = 300
        cluster = try PrivateCluster.start(directory: directory, options: options)
    }

    func stop() {
        cluster.stop()
        watchdog.end()
        let removal = try? ProcessHandle.start("/bin/rm", ["-rf", "--", directory])
        _ = removal?.waitForEnd(within: .seconds(30))
    }

    /// One at a time: a template must not be in use while it is copied.
    func database(from template: String) throws -> ScratchDatabase {
        try state.withLock { state in
            if template == "scratch_migrated", !state.isMigrated {
                let database = try copy("alert_hub", to: template)
                _ = try Migrator(Migration.load(directory: Self.migrations)).apply(to: database.settings(.owner))
                state.isMigrated = true
            }
            state.count += 1
            return try copy(template, to: "scratch_\(state.count)")
        }
    }

    private func copy(_ template: String, to name: String) throws -> ScratchDatabase {
        let connection = try BlockingConnection(cluster.access.settings(.superuser, database: "postgres"))
        _ = try connection.query("CREATE DATABASE \(name) TEMPLATE \(template) OWNER alert_hub_owner")
        return ScratchDatabase(name: name, access: cluster.access)
    }

    private static var migrations: String {
        let parts = #filePath.split(separator: "/").dropLast(3)
        return "/" + parts.joined(separator: "/") + "/Migrations"
    }
}
