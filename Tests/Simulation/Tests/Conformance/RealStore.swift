import Clinic
import Cryptography
import Database
import Escalation
import SimulatedWorld
import Store
import TestSupport

/// The operations on Store over PostgreSQL. Loop-confined.
///
/// Time passes by moving every stored time into the past. The time between two operations, which on a loaded machine is
/// many seconds, is taken back.
final class RealStore {
    private let store: Store
    let superuser: BlockingConnection
    private var alerts: [AlertID] = []
    private(set) var claims: [ClaimedMessage] = []
    /// The end of the last operation, by the database's clock; microseconds.
    private var endedAt: Int64?

    private static let context = TenantContext(clinic: DemoData.clinic, actor: .hub)
    private static let admin = TenantContext(clinic: DemoData.clinic, actor: .user(DemoData.admin, .admin))

    init(_ store: Store, _ superuser: BlockingConnection) {
        self.store = store
        self.superuser = superuser
    }

    func perform(_ operation: Operation) async throws -> String {
        if let endedAt { try move(byMicroseconds: now() - endedAt) }
        let outcome = try await carryOut(operation)
        endedAt = try now()
        return outcome
    }

    private func carryOut(_ operation: Operation) async throws -> String {
        switch operation {
        case .raise(let urgency, let doctor):
            let draft = AlertDraft(patient: DemoData.patients[0], assignedTo: doctor, urgency: urgency)
            let raised = try await store.alerts.raise(draft, Self.admin)
            alerts.append(raised.id)
            return "raised \(raised.hasMessage) due \(StoredTime.text(raised.dueAt, from: raised.createdAt))"
        case .advance(let alert, let input):
            return try await advance(alerts[alert], input)
        case .seen(let alert):
            _ = try superuser.query(
                """
                INSERT INTO receipts (clinic_id, seq, alert_id, user_id, session_id, stage)
                VALUES ('\(DemoData.clinic)', \(alert + 1), '\(alerts[alert])', '\(DemoData.admissions)', 's', 'rendered')
                ON CONFLICT DO NOTHING
                """)
            return "seen"
        case .runTimers:
            let run = try await store.escalations.runDueTimers(limit: 100)
            let fired = run.fired.map { "\(number(of: $0.alert)) \(SimulatedDatabase.text($0.advance.outcome))" }
            return "fired \(fired.sorted())"
        case .claim(let limit, let choice, let isHubDead, let limits):
            let claim = try await store.messages.claim(
                limit: limit, holder: isHubDead ? .random() : nil, limits: limits
            ) { _ in choice }
            let taken = claim.messages.sorted { order($0) < order($1) }
            claims += taken
            let texts = taken.map { "\(order($0)) by \($0.gateway) number \($0.number) round \($0.round)" }
            return "claimed \(texts) next \(StoredTime.text(claim.nextIn))"
        case .record(let claim, let outcome):
            return SimulatedDatabase.text(try await store.messages.record(outcome, of: claims[claim])?.outcome)
        case .found(let claim, let state):
            guard let doubtful = claims[claim].doubtful else { return "no doubt" }
            try await store.messages.recordFound(
                providerID: "F\(claim)", state: state, by: doubtful.attempt, of: claims[claim])
            return "found"
        case .callback(let claim, let report, let byProviderID):
            let attempt = byProviderID ? nil : claims[claim].attempt
            return try await receive(claims[claim].gateway, attempt, "P\(claim)", report)
        case .foreignCallback(let claim):
            return try await receive("foreign", claims[claim].attempt, nil, .delivered)
        case .applyKept:
            let applied = try await store.callbacks.applyKept()
            return "applied \(applied.map { Self.text($0) }.sorted())"
        case .sweep: return "taken over \(try await store.messages.sweep(as: .random()))"
        case .replay(let claim): return try await replay(claims[claim].message)
        case .optOut(let user, let isOut):
            _ = try superuser.query(
                "UPDATE contact_methods SET opted_out_at = \(isOut ? "now()" : "NULL") WHERE user_id = '\(user)'")
            return "done"
        case .setActive(let user, let isActive):
            _ = try superuser.query("UPDATE users SET is_active = \(isActive) WHERE id = '\(user)'")
            return "done"
        case .pass(let seconds):
            try move(byMicroseconds: -1_000_000 * seconds)
            return "passed"
        }
    }

    private func receive(
        _ gateway: String, _ attempt: AttemptID?, _ providerID: String?, _ report: DeliveryState
    ) async throws -> String {
        let key = "\(gateway) \(attempt?.description ?? "") \(providerID ?? "") \(report.rawValue)"
        let callback = DeliveryCallback(
            gateway: gateway, eventKey: key, attempt: attempt, report: report, providerID: providerID, rawHash: [1])
        return try await store.callbacks.apply(callback).map { Self.text($0) } ?? "kept"
    }

    private static func text(_ applied: CallbackStore.Applied) -> String {
        "news \(applied.isNews) \(SimulatedDatabase.text(applied.advance?.outcome))"
    }

    private func advance(_ alert: AlertID, _ input: EscalationInput) async throws(StoreError) -> String {
        do throws(StoreError) {
            return SimulatedDatabase.text(try await store.escalations.advance(alert, input, Self.context).outcome)
        } catch {
            guard case .refused(let refusal) = error else { throw error }
            return SimulatedDatabase.text(.refused(refusal))
        }
    }

    private func replay(_ message: MessageID) async throws(StoreError) -> String {
        do throws(StoreError) {
            _ = try await store.deadLetters.replay(message, Self.admin)
            return "replayed"
        } catch {
            switch error {
            case .conflict(.noDeadLetter): return "noDeadLetter"
            case .conflict(.personIsBeingTold): return "personIsBeingTold"
            case .refused(.alreadyClosed): return "closed"
            case .refused(.alreadyAcknowledged): return "answered"
            default: throw error
            }
        }
    }

    private func order(_ message: ClaimedMessage) -> String {
        let alert = message.alert.map { number(of: $0) } ?? -1
        return "\(alert) \(message.user) \(message.contact.map(\.description) ?? "none") \(message.step)"
    }

    func number(of alert: AlertID) -> Int { alerts.firstIndex(of: alert) ?? -1 }

    private func now() throws -> Int64 {
        try superuser.query("SELECT clock_timestamp() AS now")[0].timestamp("now")
    }

    /// Moves every stored time into the future, or where negative into the past.
    private func move(byMicroseconds distance: Int64) throws {
        for (table, columns) in [
            ("escalations", ["due_at", "step_ends_at", "claimed_until", "closed_at"]),
            ("messages", ["not_before", "expires_at", "created_at", "dead_at"]),
            ("delivery_attempts", ["submitted_at", "lease_until"]), ("unmatched_callbacks", ["received_at"]),
        ] {
            let sets = columns.map { "\($0) = \($0) + INTERVAL '\(distance) microseconds'" }.joined(separator: ", ")
            _ = try superuser.query("UPDATE \(table) SET \(sets)")
        }
    }
}
