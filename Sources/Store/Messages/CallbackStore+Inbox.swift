import Clinic
import Database

extension CallbackStore {
    /// Callbacks that may wait for their attempts; one more is dropped, and the gateway's own repetition has to do.
    private static let maximumKept = 10_000

    private static let keepUnmatched = Statement(
        "keep_unmatched_callback",
        """
        INSERT INTO unmatched_callbacks
            (gateway, event_key, attempt_id, provider_id, state, error_code, raw_hash)
        SELECT $1, $2, $3, $4, $5, $6, $7 WHERE (SELECT count(*) FROM unmatched_callbacks) < $8
        ON CONFLICT (gateway, event_key) DO NOTHING
        """)

    private static let match = Statement(
        "match_callbacks",
        """
        SELECT u.gateway, u.event_key, u.attempt_id, u.provider_id, u.state, u.error_code, u.raw_hash
        FROM unmatched_callbacks u
        WHERE EXISTS (SELECT FROM delivery_attempts d WHERE d.id = u.attempt_id AND d.gateway = u.gateway)
            OR u.attempt_id IS NULL AND EXISTS (
                SELECT FROM delivery_attempts d WHERE d.gateway = u.gateway AND d.provider_id = u.provider_id)
        ORDER BY u.received_at
        LIMIT $1
        """)

    private static let release = Statement(
        "release_callback", "DELETE FROM unmatched_callbacks WHERE gateway = $1 AND event_key = $2")

    private static let forget = Statement(
        "forget_callbacks",
        "DELETE FROM unmatched_callbacks WHERE received_at < statement_timestamp() - INTERVAL '1 day'")

    private static let any = Statement("any_kept_callback", "SELECT FROM unmatched_callbacks LIMIT 1")

    func keep(_ callback: DeliveryCallback) async throws(StoreError) {
        _ = try await pool.runAsEngine([
            Self.keepUnmatched(
                .text(callback.gateway), .text(callback.eventKey), .id(callback.attempt), .text(callback.providerID),
                .text(callback.report.rawValue), .text(callback.errorCode), .bytes(callback.rawHash),
                .integer(Self.maximumKept))
        ])
    }

    /// Applies callbacks whose attempts have become known since, and forgets what is older than a day. Several hubs may do
    /// it at once: a repetition changes nothing.
    package func applyKept(limit: Int = 100) async throws(StoreError) -> [Applied] {
        guard try await !pool.runAsEngine([Self.any()])[0].isEmpty else { return [] }
        let rows = try await pool.runAsEngine([Self.match(.integer(limit)), Self.forget()])
        var callbacks: [DeliveryCallback] = []
        for row in rows[0] {
            callbacks.append(
                try reading { () throws(DatabaseError) in
                    DeliveryCallback(
                        gateway: try row.string("gateway"), eventKey: try row.string("event_key"),
                        attempt: try row.optionalID("attempt_id"), report: try row.choice("state"),
                        errorCode: try row.optionalString("error_code"),
                        providerID: try row.optionalString("provider_id"), rawHash: try row.bytes("raw_hash"))
                })
        }
        var all: [Applied] = []
        for callback in callbacks {
            if let applied = try await apply(callback) { all.append(applied) }
            _ = try await pool.runAsEngine([Self.release(.text(callback.gateway), .text(callback.eventKey))])
        }
        return all
    }
}
