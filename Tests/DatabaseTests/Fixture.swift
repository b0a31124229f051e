import Database
import Platform
import TestSupport

/// A pool on a database of its own, closed at the end of `body`.
func withPool<Value: Sendable>(
    _ limits: Pool.Limits = Pool.Limits(), login: ClusterAccess.Login = .superuser,
    _ body: @escaping @Sendable (Reactor, Pool, ScratchDatabase) async throws -> Value
) async throws -> Value {
    let database = try ScratchPostgres.empty()
    return try await onLoop { reactor in
        let pool = Pool(reactor: reactor, settings: database.settings(login), limits: limits)
        pool.start()
        defer { pool.close() }
        try await pool.waitUntilAvailable(within: .seconds(20))
        return try await body(reactor, pool, database)
    }
}

extension Pool.Limits {
    /// One connection, on which `depth` batches may be in flight.
    static func single(depth: Int = 16, queue: Int = 1024) -> Pool.Limits {
        var limits = Pool.Limits()
        limits.connections = 1
        limits.pipelineDepth = depth
        limits.queue = queue
        limits.deadline = .seconds(20)
        return limits
    }
}

/// What a call ended with, or nil if it succeeded.
func failure(_ body: () async throws(DatabaseError) -> [Rows]) async -> DatabaseError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}

/// Results that callbacks gathered, on a loop.
final class Gathered<Value> {
    var values: [Value] = []
}
