package import Store

/// Where audit rows are kept. Called on the loop.
package protocol AuditTrail: AnyObject {
    /// Returns after the commit of all of them, at most ``AuditBatch/maximumEntries``; throws if none is kept, or nobody knows.
    func write(_ entries: [AuditEntry]) async throws(StoreError)
}

/// `audit_logs` in PostgreSQL. Loop-confined.
package final class StoredAuditTrail: AuditTrail {
    private let store: AuditStore

    package init(store: Store) { self.store = store.audit }

    package func write(_ entries: [AuditEntry]) async throws(StoreError) { try await store.write(entries) }
}
