import Database
import Intake
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
        let digests: Int
        do {
            let owner = try BlockingConnection(database.owner)
            columns = try KeyRotation.run(owner, vault)
            digests = try KeyRotation.socialSecurityDigests(owner)
        } catch {
            throw StartError("not everything was sealed anew: \(error)")
        }
        for column in columns {
            report(column.name, sealed: column.sealed, unopenable: column.unopenable, left: column.left)
        }
        let scans = try rotateScans(installation, database.hub, vault)
        report("scans of forms", sealed: scans.sealed, unopenable: scans.unopenable, left: scans.left)
        if scans.missing > 0 { print("scans of forms  MISSING \(scans.missing)") }
        print("patients.ssn_hash  kept as they are \(digests)")
        guard columns.allSatisfy({ $0.left == 0 }), scans.left == 0, scans.unopenable == 0 else {
            complain("some values are under another key: a hub seals with it still, or a key is missing; see above")
            return 1
        }
        print(
            digests == 0
                ? "everything is under the current key; the old one opens nothing any more"
                : "everything is under the current key; the old one opens nothing any more, and is needed only to compare a "
                    + "number with an ssn_hash that was made under it"
        )
        return 0
    }

    private static func report(_ name: String, sealed: Int, unopenable: Int, left: Int) {
        var line = "\(name)  sealed anew \(sealed)"
        if unopenable > 0 { line += "  NOT OPENED \(unopenable)" }
        if left > 0 { line += "  left \(left)" }
        print(line)
    }

    /// The files of forms, in whichever place they are kept.
    private static func rotateScans(
        _ installation: Installation, _ hub: ConnectionSettings, _ vault: PHIVault
    ) throws -> FileRotation.Outcome {
        let intake = try IntakeConfiguration(installation.settings, secrets: installation.secrets)
        return try StoreSession.run(hub, vault) { store, reactor throws(StoreError) in
            var outcome = FileRotation.Outcome()
            guard let rotation = try? intake.rotation(reactor: reactor, vault: vault, store: store) else {
                outcome.left = 1
                return outcome
            }
            for clinic in try await store.reach.allClinics() { try await rotation.run(clinic, &outcome) }
            return outcome
        }
    }
}
