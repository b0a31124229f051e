package import Clinic
import Database
import Escalation
import HubProtocol

/// What became of a request to raise an alert.
package enum Raising: Sendable, Equatable {
    case raised(RaisedAlert)
    /// The same alert is open: it was counted, and its urgency may have risen.
    case repeated(RepeatedAlert)
}

/// An open alert that was raised again.
package struct RepeatedAlert: Sendable, Equatable {
    package let id: AlertID
    package let code: String
    /// How often it was raised, the first time included.
    package let count: Int
    /// What its escalation made of it; to be published.
    package let advance: EscalationStore.Advance
    package let urgency: UrgencyLevel
}

/// What two alerts have in common where the second repeats the first.
struct RepetitionKey: Equatable {
    let text: String
    let window: Duration

    private static let claim = Statement(
        "claim_alert_key",
        """
        WITH claimed AS (
            INSERT INTO alert_keys (clinic_id, key, alert_id, expires_at)
            VALUES ($1, $2, $3, clock_timestamp() + $4::bigint * INTERVAL '1 microsecond')
            ON CONFLICT (clinic_id, key) DO UPDATE SET alert_id = EXCLUDED.alert_id, expires_at = EXCLUDED.expires_at
            WHERE alert_keys.expires_at <= clock_timestamp() OR EXISTS (
                SELECT FROM escalations e
                WHERE e.clinic_id = alert_keys.clinic_id AND e.alert_id = alert_keys.alert_id
                    AND e.closed_at IS NOT NULL)
            RETURNING 1
        )
        SELECT CASE WHEN NOT EXISTS (SELECT FROM claimed) THEN refuse_repetition() END
        """)

    /// SQLSTATE of a raise that repeats an open alert.
    static let sqlState = "AH001"

    /// nil where the draft does not say what it has in common with others: no key of the producer's own, and not every
    /// field that the policy compares.
    init?(_ draft: AlertDraft, _ policy: EscalationPolicy) {
        window = policy.dedup.window
        if let key = draft.repetitionKey {
            text = "key\u{1F}\(draft.source ?? "")\u{1F}\(key)"
            return
        }
        var parts: [String] = []
        for field in policy.dedup.key.sorted(by: { $0.rawValue < $1.rawValue }) {
            let value: String? =
                switch field {
                case .patientID: draft.patient.description
                case .alertType: draft.type
                case .room: draft.room
                }
            guard let value else { return nil }
            parts.append("\(field.rawValue)\u{1F}\(value)")
        }
        guard !parts.isEmpty, draft.type != nil else { return nil }
        text = parts.joined(separator: "\u{1F}")
    }

    /// Fails the whole transaction where an open alert has the key.
    func claim(for alert: AlertID, _ context: TenantContext) -> Call {
        Self.claim(.id(context.clinic), .text(text), .id(alert), .microseconds(window))
    }
}

extension AlertStore {
    private static let readKey = Statement(
        "read_alert_key", "SELECT alert_id FROM alert_keys WHERE clinic_id = $1 AND key = $2")

    private static let readCount = Statement(
        "read_repeats", "SELECT repeats, code FROM escalations WHERE clinic_id = $1 AND alert_id = $2")

    private static let bump = Statement(
        "count_repeat", "UPDATE escalations SET repeats = repeats + 1 WHERE clinic_id = $1 AND alert_id = $2")

    /// Raises the alert, or counts it where the same is open: by the producer's key, or by what the clinic's policy
    /// compares, within its window. Errors as `raise`.
    package func raiseOrRepeat(
        _ draft: AlertDraft, idempotency: IdempotencyKey? = nil, _ context: TenantContext
    ) async throws(StoreError) -> Raising {
        var attempt = 1
        while true {
            do throws(StoreError) {
                return .raised(try await raise(draft, idempotency: idempotency, context))
            } catch {
                guard case .database(.server(let server)) = error, server.sqlState == RepetitionKey.sqlState,
                    attempt < 5
                else { throw error }
                if let repeated = try await countRepeat(draft, idempotency, context) { return repeated }
                attempt += 1
            }
        }
    }

    /// nil where the open alert was closed meanwhile: raise anew.
    private func countRepeat(
        _ draft: AlertDraft, _ idempotency: IdempotencyKey?, _ context: TenantContext
    ) async throws(StoreError) -> Raising? {
        do throws(StoreError) {
            return try await repeated(draft, idempotency, context).map { .repeated($0) }
        } catch {
            guard case .database(.server(let server)) = error, server.constraint == "idempotency_keys_pkey" else {
                throw error
            }
            return .raised(try await replay(idempotency, context))
        }
    }

    private func repeated(
        _ draft: AlertDraft, _ idempotency: IdempotencyKey?, _ context: TenantContext
    ) async throws(StoreError) -> RepeatedAlert? {
        let clinic = Parameter.id(context.clinic)
        guard let key = RepetitionKey(draft, try await policies.active(context)) else { return nil }
        return try await pool.interact(context) { transaction throws(StoreError) in
            let found = try await transaction.execute([Self.readKey(clinic, .text(key.text))])
            guard let row = found[0].first else { return nil }
            let alert: AlertID = try reading { () throws(DatabaseError) in try row.id("alert_id") }
            let calls = EscalationSnapshot.calls(alert, clinic: context.clinic)
            let results = try await transaction.execute(calls + [Self.readCount(clinic, .id(alert))])
            let snapshot = try EscalationSnapshot(results[..<calls.count])
            let (count, code) = try reading { () throws(DatabaseError) -> (Int, String) in
                guard let row = results[calls.count].first else { throw .malformed("repeats") }
                return (try row.int("repeats") + 2, try row.string("code"))
            }
            let plan = Planner.plan(
                snapshot.state, .repeated(urgency: draft.urgency), policy: snapshot.policy,
                roster: snapshot.roster(for: .repeated(urgency: draft.urgency), zones: zones), now: snapshot.now)
            if plan.outcome == .refused(.alreadyClosed) { return nil }
            // Of an alert whose policy has not begun there is nothing to plan: it is only counted.
            let isApplied = plan.outcome == .applied
            let urgency = isApplied ? plan.state.urgency : snapshot.state.urgency
            let told = NewEvent(
                .alertRepeated(alert: alert, urgency: urgency, count: count, at: snapshot.now))
            var commit = EscalationCommit(context)
            if isApplied {
                commit.add(
                    plan, of: alert, after: snapshot, input: .repeated(urgency: draft.urgency), attempt: nil)
            }
            commit.add(Self.bump(clinic, .id(alert)), telling: told)
            if let idempotency, let user = context.actor.user {
                commit.add(
                    Self.claimKey(
                        clinic, .id(user), .text(idempotency.key), .bytes(idempotency.requestHash), .id(alert)))
            }
            let rows = try await transaction.executeAndCommit(commit.calls)
            let committed = try EventAppend.committed(
                rows.dropFirst(commit.writes.count), clinic: context.clinic, vault: vault)
            return RepeatedAlert(
                id: alert, code: code, count: count,
                advance: EscalationStore.Advance(plan, after: snapshot, committed: committed),
                urgency: urgency)
        }
    }
}
