package import Clinic
import Database
package import Escalation

/// What happens to an alert after it was raised: every input goes through `advance`. Loop-confined.
package struct EscalationStore {
    let pool: Pool
    let vault: PHIVault
    let zones: ZoneTable

    /// What an input came to, after its commit.
    package struct Advance: Sendable, Equatable {
        package let outcome: EscalationPlan.Outcome
        /// The alert's status now.
        package let status: AlertStatus
        /// What to broadcast; nil where the input told the screens nothing.
        package let committed: CommittedEvents?
        /// How many messages wait for the dispatcher because of it.
        package let messageCount: Int
        /// When the alert's timer is due now, by the database's clock; nil without one.
        package let dueAt: Timestamp?
        /// The same, counted from the plan: what a loop's alarm is set to.
        package let dueIn: Duration?
    }

    /// Plans the input on the alert as it stands, under its row lock, and commits state and effects together: two
    /// round trips.
    ///
    /// A stale input, or one that asks for what is so already, changes nothing and says so in `outcome`. Throws
    /// `refused` for an input that the state does not allow, `notFound` for an alert that this clinic does not have.
    /// After an unknown outcome it may be repeated: each input does its work once.
    package func advance(
        _ alert: AlertID, _ input: EscalationInput, _ context: TenantContext
    ) async throws(StoreError) -> Advance {
        try await pool.interact(context) { transaction throws(StoreError) in
            let results = try await transaction.execute(EscalationSnapshot.calls(alert, clinic: context.clinic))
            let snapshot = try EscalationSnapshot(results[...])
            return try await apply(input, to: alert, snapshot, transaction, context)
        }
    }

    /// The second half of `advance`, for transactions that begin with work of their own. Commits if it applies the input;
    /// else the transaction is left to its end.
    func apply(
        _ input: EscalationInput, to alert: AlertID, _ snapshot: EscalationSnapshot, attempt: AttemptID? = nil,
        _ transaction: Transaction, _ context: TenantContext
    ) async throws(StoreError) -> Advance {
        let plan = Planner.plan(
            snapshot.state, input, policy: snapshot.policy, roster: snapshot.roster(for: input, zones: zones),
            now: snapshot.now)
        switch plan.outcome {
        case .refused(let refusal): throw .refused(refusal)
        case .alreadySo, .stale: return Advance(plan, after: snapshot, committed: nil)
        case .applied: break
        }
        let commit = EscalationCommit(
            plan, of: alert, after: snapshot, input: input, attempt: attempt, context)
        let results = try await transaction.executeAndCommit(commit.calls)
        let committed = try EventAppend.committed(
            results.dropFirst(commit.writes.count), clinic: context.clinic, vault: vault)
        return Advance(plan, after: snapshot, committed: committed)
    }
}

extension EscalationStore.Advance {
    /// A plan of which the store has made what was to be made.
    init(_ plan: EscalationPlan, after snapshot: EscalationSnapshot, committed: CommittedEvents?) {
        let isApplied = plan.outcome == .applied
        let state = isApplied ? plan.state : snapshot.state
        var messageCount = 0
        if isApplied {
            for case .page(let page) in plan.effects {
                messageCount += page.recipients.reduce(0) { $0 + $1.contacts.count }
            }
        }
        self.init(
            outcome: plan.outcome, status: state.status, committed: committed, messageCount: messageCount,
            dueAt: state.phase.dueAt, dueIn: state.phase.dueAt?.duration(since: snapshot.now))
    }
}
