import Clinic
import Database

extension Pool {
    /// One batch, one transaction, one round trip, inside the tenant's clinic.
    func run(_ context: TenantContext, _ calls: [Call]) async throws(StoreError) -> [Rows] {
        do { return try await transaction(context.session, calls) } catch { throw .from(error) }
    }

    /// The same across clinics, where the ENGINE policies admit it.
    func runAsEngine(_ calls: [Call]) async throws(StoreError) -> [Rows] {
        do { return try await transaction(.engine, calls) } catch { throw .from(error) }
    }

    /// A transaction of several round trips inside the tenant's clinic; an error rolls all of it back.
    func interact<Value>(
        _ context: TenantContext, _ body: (Transaction) async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        try await interact(in: context.session, body)
    }

    /// The same beginning as ENGINE; `body` enters each clinic that it works in.
    func interactAsEngine<Value>(
        _ body: (Transaction) async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        try await interact(in: .engine, body)
    }

    private func interact<Value>(
        in session: SessionContext, _ body: (Transaction) async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError>
        do {
            result = try await interactive(session) { transaction throws(DatabaseError) in
                do throws(StoreError) {
                    return .success(try await body(transaction))
                } catch {
                    if case .database(let error) = error { throw error }
                    transaction.rollBack()
                    return .failure(error)
                }
            }
        } catch {
            throw .from(error)
        }
        return try result.get()
    }
}

extension Transaction {
    func execute(_ calls: [Call]) async throws(StoreError) -> [Rows] {
        do { return try await run(calls) } catch { throw .from(error) }
    }

    /// The last calls of the transaction, and its commit with them.
    func executeAndCommit(_ calls: [Call]) async throws(StoreError) -> [Rows] {
        do { return try await commit(calls) } catch { throw .from(error) }
    }
}

/// Reads rows; a column that does not fit is a fault of the hub.
func reading<Value>(_ body: () throws(DatabaseError) -> Value) throws(StoreError) -> Value {
    do { return try body() } catch { throw .database(error) }
}
