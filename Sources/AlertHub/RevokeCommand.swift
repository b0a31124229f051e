import Clinic
import Database
import Platform
import Settings
import Store

/// `alert-hub token revoke`: writes to the database, from where every hub learns it; whether one runs does not matter.
enum RevokeCommand {
    private final class Loop {
        let reactor: Reactor
        let pool: Pool

        init(_ reactor: Reactor, _ settings: ConnectionSettings) {
            self.reactor = reactor
            var limits = Pool.Limits()
            limits.connections = 1
            pool = Pool(reactor: reactor, settings: settings, limits: limits)
            pool.start()
        }
    }

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
            let revocation = try revoke(subject, in: clinic, database.hub)
            print("revoked at \(revocation.revokedAt); every hub of this database shuts it out within a second")
            return 0
        } catch {
            complain("\(error)")
            return 1
        }
    }

    /// Blocks.
    private static func revoke(
        _ subject: Revocation.Subject, in clinic: ClinicID, _ settings: ConnectionSettings
    ) throws -> Revocation {
        let loop = try EventLoop(name: "revoke") { Loop($0, settings) }
        let outcome = Locked<Result<Revocation, StartError>?>(nil)
        let done = Latch()
        loop.post { state in
            state.reactor.spawn {
                let result: Result<Revocation, StartError>
                do {
                    try await state.pool.waitUntilAvailable(within: .seconds(10))
                    let store = RevocationStore(pool: state.pool)
                    result = .success(try await store.revoke(subject, .hub(in: clinic)))
                } catch {
                    result = .failure(StartError(sentence(error)))
                }
                outcome.withLock { $0 = result }
                state.pool.close()
                done.open()
            }
        }
        done.wait()
        loop.stop()
        loop.join()
        guard let result = outcome.withLock({ $0 }) else { throw StartError("nothing was revoked") }
        return try result.get()
    }

    private static func sentence(_ error: any Error) -> String {
        switch error as? StoreError {
        case .invalidReference(.userId): "the clinic has no such user"
        case .invalidReference(.clinicId): "there is no such clinic"
        case .tooManyRevocations: "the clinic has too many single tokens revoked; revoke the user instead"
        default: "nothing was revoked: \(error)"
        }
    }
}
