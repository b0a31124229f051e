import Database
import Platform
import Settings
import Store

/// `alert-hub keys …`: another key for patient data, beside hubs that work.
enum KeysCommand {
    static func run(_ options: KeysOptions) -> Int32 {
        do {
            let installation = try Installation(config: options.config, data: options.data)
            switch options.task {
            case .new: try make(installation)
            case .rotate: return try rotate(installation)
            }
            return 0
        } catch {
            complain("\(error)")
            return 1
        }
    }

    private static func make(_ installation: Installation) throws {
        guard installation.secrets.encryptionKey == nil, installation.settings.encryption.keyCommand.isEmpty else {
            throw StartError("the key is configured: make another where it is kept, and name the old one as retired")
        }
        let path = "\(installation.settings.dataDirectory)/phi.key"
        do {
            let retired = try PHIKeyFile.replace(path)
            print(
                "\(path) is new, \(retired) is the old one: back up both, restart every hub, then run alert-hub keys rotate"
            )
        } catch {
            throw StartError("the PHI key \(path) was not replaced: \(error)")
        }
    }

    private static func rotate(_ installation: Installation) throws -> Int32 {
        let vault = try installation.vault()
        let database = try MigrateCommand.runningCluster(installation) ?? DatabaseAccess.open(installation)
        defer { database.cluster?.stop() }
        let columns: [KeyRotation.Column]
        do {
            columns = try KeyRotation.run(try BlockingConnection(database.owner), vault)
        } catch {
            throw StartError("not everything was sealed anew: \(error)")
        }
        for column in columns {
            var line = "\(column.name)  sealed anew \(column.sealed)"
            if column.unopenable > 0 { line += "  NOT OPENED \(column.unopenable)" }
            if column.left > 0 { line += "  left \(column.left)" }
            print(line)
        }
        guard columns.allSatisfy({ $0.left == 0 }) else {
            complain("some values are under another key: a hub seals with it still, or a key is missing; see above")
            return 1
        }
        print(
            "everything is under the current key; keep the old one: scans of forms, what was read of them, and ssn_hash stay under it"
        )
        return 0
    }
}
