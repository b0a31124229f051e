package import Platform

/// The connections of one loop to PostgreSQL. Loop-confined: make it on the loop, use it only there.
///
///     let pool = Pool(reactor: reactor, settings: ConnectionSettings(url: url), limits: Pool.Limits())
///     pool.start()
///     // One round trip, one transaction; an error in any statement rolls all of it back:
///     let rows = try await pool.transaction(context, [insertAlert(…), insertEvent(…)])
///     let id = try rows[0][0].uuidText("id")        // rows[n] are the rows of the n-th call
///     // Several round trips in one transaction; throwing rolls back:
///     let seq = try await pool.interactive(context) { transaction throws(DatabaseError) in
///         let head = try await transaction.run([lockClinic(…)])
///         return try head[0][0].int64("seq")
///     }
///
/// While there is no connection (the last attempt failed) every call fails at once with `.unavailable`; after a mere loss
/// new calls wait in the queue for the reconnection.
package final class Pool {
    /// The limits of one pool.
    package struct Limits: Sendable {
        /// Connections held open.
        package var connections = 4
        /// Batches in flight on one connection.
        package var pipelineDepth = 4
        /// Calls that may wait for a connection; the next one gets `.overloaded`.
        package var queue = 1024
        /// From the call to the answer, waiting included, unless the call says otherwise.
        package var deadline = Duration.seconds(5)
        /// First and longest pause between attempts to reconnect; each is drawn from the half to the whole.
        package var backoff = Duration.milliseconds(50)...Duration.seconds(2)

        package init() {}
    }

    /// Whether at least one connection is ready.
    package var isAvailable: Bool { false }

    package init(reactor: Reactor, settings: ConnectionSettings, limits: Limits = Limits()) {}

    /// Begins to connect. Returns at once.
    package func start() {}

    /// Waits until a connection is ready; `.timeout` if none is within `limit`.
    package func waitUntilAvailable(within limit: Duration) async throws(DatabaseError) {
        throw .timeout(outcomeUnknown: false)
    }

    /// Runs the calls as one transaction in one round trip, under `context` (none if nil), and returns the rows of each call.
    package func transaction(
        _ context: SessionContext?, _ calls: [Call], deadline: Duration? = nil
    ) async throws(DatabaseError) -> [Rows] {
        throw .unavailable(outcomeUnknown: false)
    }

    /// The same for callers that are not tasks. `completion` runs on the loop, exactly once, never before this returns.
    package func submit(
        _ context: SessionContext?, _ calls: [Call], deadline: Duration? = nil,
        completion: @escaping (Result<[Rows], DatabaseError>) -> Void
    ) {}

    /// Runs `body` inside BEGIN … COMMIT on a connection of its own. Throwing, or an error of any batch, rolls back.
    ///
    /// Keep it short: it holds a connection and its locks. `deadline` is for each round trip.
    package func interactive<Value>(
        _ context: SessionContext?, deadline: Duration? = nil,
        _ body: (Transaction) async throws(DatabaseError) -> Value
    ) async throws(DatabaseError) -> Value {
        throw .unavailable(outcomeUnknown: false)
    }

    /// Closes every connection. What waits or is in flight fails with `.unavailable`.
    package func close() {}
}
