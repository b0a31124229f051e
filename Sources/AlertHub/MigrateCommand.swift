import Database
import Settings

/// `alert-hub migrate`
enum MigrateCommand {
    static func run(_ options: MigrateOptions) -> Int32 {
        do {
            let installation = try Installation(config: options.config, data: options.data)
            let running = try runningCluster(installation)
            let database = try running ?? DatabaseAccess.open(installation)
            defer { database.cluster?.stop() }
            if options.checkOnly { return try check(database) }
            let applied = try database.migrate()
            for migration in applied { print("applied \(migration.fileName)") }
            print(applied.isEmpty ? "the schema is up to date" : "\(applied.count) applied; the schema is up to date")
            return 0
        } catch {
            complain("\(error)")
            return 1
        }
    }

    /// The cluster of a hub that runs on this data directory now: used as it is, and left running.
    static func runningCluster(_ installation: Installation) throws -> DatabaseAccess? {
        guard installation.secrets.databaseURL == nil,
            let access = try PrivateCluster.running(directory: installation.settings.dataDirectory)
        else { return nil }
        return DatabaseAccess(cluster: nil, hub: access.settings(.hub), owner: access.settings(.owner))
    }

    private static func check(_ database: DatabaseAccess) throws -> Int32 {
        let report = try Migrator(try Installation.migrations()).check(database.owner)
        for migration in report.pending { print("not applied: \(migration.fileName)") }
        for fault in report.faults { print("fault: \(fault.description)") }
        if report.isUpToDate { print("the schema is up to date") }
        return report.isUpToDate ? 0 : 1
    }
}
