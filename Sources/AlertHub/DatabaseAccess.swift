import Database
import Platform
import Settings

/// The database of this hub: its own private cluster, or the one that `DATABASE_URL` names.
struct DatabaseAccess {
    /// Nil where the database is somebody else's to run.
    let cluster: PrivateCluster?
    /// For the hub's work, bound by row level security.
    let hub: ConnectionSettings
    /// For migrations and demo data.
    let owner: ConnectionSettings

    /// Starts the private cluster, or takes the URLs. Blocks.
    static func open(_ installation: Installation) throws -> DatabaseAccess {
        if let url = installation.secrets.databaseURL {
            var hub = ConnectionSettings(url: url.revealed)
            // Whatever the login is, the work is done as the role that owns nothing.
            hub.role = "alert_hub"
            let owner = Installation.environment["DATABASE_OWNER_URL"] ?? url.revealed
            return DatabaseAccess(cluster: nil, hub: hub, owner: ConnectionSettings(url: owner))
        }
        try installation.prepareDataDirectory()
        do {
            let cluster = try PrivateCluster.start(directory: installation.settings.dataDirectory)
            return DatabaseAccess(
                cluster: cluster, hub: cluster.access.settings(.hub), owner: cluster.access.settings(.owner))
        } catch {
            throw StartError(error.description)
        }
    }

    /// Applies what is missing of the migrations.
    func migrate() throws -> [Migration] {
        do {
            return try Migrator(try Installation.migrations()).apply(to: owner)
        } catch let error as MigrationError {
            throw StartError(error.description)
        }
    }
}
