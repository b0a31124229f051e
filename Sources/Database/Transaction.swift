/// An open transaction of several round trips, valid inside the body of `Pool.interactive`. Loop-confined.
package final class Transaction {
    /// Runs the calls in one round trip and returns the rows of each. After an error the transaction can only roll back.
    package func run(_ calls: [Call]) async throws(DatabaseError) -> [Rows] {
        throw .unavailable(outcomeUnknown: false)
    }

    /// Makes the end of the body a ROLLBACK although it returns normally.
    package func rollBack() {}
}
