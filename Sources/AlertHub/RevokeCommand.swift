import Clinic
import Database
import Platform
import Settings
import Store

/// `alert-hub token revoke`: writes to the database, from where every hub learns it; whether one runs does not matter.
enum RevokeCommand {
    static func run(_ options: RevokeOptions) -> Int32 {
        do {
            let installation = try Installation(config: options.config, data: options.data)
            let database = try MigrateCommand.runningCluster(installation) ?? DatabaseAccess.open(installation)
            defer { database.cluster?.stop() }
            let clinic = options.clinic.flatMap { ClinicID($0) } ?? DemoData.clinic
            let subject: Revocation.Subject
            switch options.subject {
            case .token(let id): subject = .token(id)
            case .user(let id):
                guard let user = UserID(id) else { throw StartError("\(id) is not a UUID") }
                subject = .user(user)
            }
            let revocation = try StoreSession.run(
                database.hub, try installation.vault(),
                { store, _ throws(StoreError) in try await store.revocations.revoke(subject, .hub(in: clinic)) })
            print("revoked at \(revocation.revokedAt); every hub of this database shuts it out within a second")
            return 0
        } catch {
            complain("\(error)")
            return 1
        }
    }
}
