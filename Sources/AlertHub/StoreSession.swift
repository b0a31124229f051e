import Database
import Platform
import Store

/// The store for a command: on a loop of its own, with one connection, until the work is done.
enum StoreSession {
    private final class Loop {
        let reactor: Reactor
        let pool: Pool
        let store: Store

        init(_ reactor: Reactor, _ settings: ConnectionSettings, _ vault: PHIVault) {
            self.reactor = reactor
            var limits = Pool.Limits()
            limits.connections = 1
            pool = Pool(reactor: reactor, settings: settings, limits: limits)
            store = Store(pool: pool, vault: vault)
            pool.start()
        }
    }

    /// Blocks until `work` has ended. It runs on the store's loop.
    static func run<Value: Sendable>(
        _ settings: ConnectionSettings, _ vault: PHIVault,
        _ work: @escaping @Sendable (Store, Reactor) async throws(StoreError) -> Value
    ) throws(StartError) -> Value {
        let loop: EventLoop<Loop>
        do { loop = try EventLoop(name: "command") { Loop($0, settings, vault) } } catch {
            throw StartError("\(error)")
        }
        let outcome = Locked<Result<Value, StartError>?>(nil)
        let done = Latch()
        loop.post { state in
            state.reactor.spawn {
                let result: Result<Value, StartError>
                do {
                    try await state.pool.waitUntilAvailable(within: .seconds(10))
                    result = .success(try await work(state.store, state.reactor))
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
        guard let result = outcome.withLock({ $0 }) else { throw StartError("nothing was done") }
        return try result.get()
    }

    private static func sentence(_ error: any Error) -> String {
        switch error as? StoreError {
        case .invalidReference(.userId): "the clinic has no such user"
        case .invalidReference(.clinicId), .notFound(.clinic): "there is no such clinic"
        case .notFound(.user): "there is no such user"
        case .conflict(.locationTaken): "one of the locations is another clinic's"
        case .userTaken: "another user of the clinic has this id of the issuer"
        case .tooManyRevocations: "the clinic has too many single tokens revoked; revoke the user instead"
        default: "nothing was done: \(error)"
        }
    }
}
