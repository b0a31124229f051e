package import Clinic
import Database
import Escalation

extension EscalationStore {
    /// Puts the alert off until a moment of the database's clock. An alert that is put off until then already stays as it
    /// is, so the request may be repeated.
    ///
    /// Throws `refused` where the clinic's policy does not allow it for so long, or at all.
    package func snooze(
        _ alert: AlertID, until: Timestamp, by user: UserID, _ context: TenantContext
    ) async throws(StoreError) -> Advance {
        try await pool.interact(context) { transaction throws(StoreError) in
            let results = try await transaction.execute(EscalationSnapshot.calls(alert, clinic: context.clinic))
            let snapshot = try EscalationSnapshot(results[...])
            if case .snoozed(until) = snapshot.state.phase {
                let plan = EscalationPlan(state: snapshot.state, effects: [], outcome: .alreadySo)
                return Advance(plan, after: snapshot, committed: nil)
            }
            let duration = until.duration(since: snapshot.now)
            return try await apply(.snoozed(by: user, for: duration), to: alert, snapshot, transaction, context)
        }
    }
}
