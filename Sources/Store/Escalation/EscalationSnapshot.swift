import Clinic
import Database
import Escalation

/// Everything that a plan needs of one alert, read under the row lock of its escalation.
struct EscalationSnapshot {
    let state: EscalationState
    /// The frozen one, as this alert follows it.
    let policy: EscalationPolicy
    private let people: RosterRead
    /// The database's clock, after the lock was granted.
    let now: Clinic.Timestamp
    let patient: PatientID
    let room: String?
    let isSeenOnScreens: Bool

    // Under READ COMMITTED each statement has its own snapshot: what follows the lock sees what the lock waited for.
    private static let lock = Statement(
        "lock_escalation",
        "SELECT FROM escalations WHERE clinic_id = $1 AND alert_id = $2 FOR NO KEY UPDATE")

    private static let read = Statement(
        "read_escalations",
        """
        SELECT e.alert_id, a.status, a.urgency_level, a.assigned_to, e.policy_id, e.policy_version, e.step, e.loop,
            e.generation, e.phase, e.due_at, e.step_ends_at, e.people, e.acknowledged_by, e.closed_at, e.snoozed_seconds,
            a.patient_id, a.room_number, CASE a.alert_type WHEN 'SILENT_PRODUCER' THEN a.source END AS silent_source,
            clock_timestamp() AS now,
            EXISTS (SELECT FROM receipts r WHERE r.clinic_id = $1 AND r.alert_id = e.alert_id) AS is_seen
        FROM escalations e
        JOIN alerts a ON a.clinic_id = $1 AND a.id = e.alert_id
        WHERE e.clinic_id = $1 AND e.alert_id = ANY ($2::uuid[])
        """)

    // Apart from the alerts, so that a policy which many of them follow is read once.
    private static let readPolicies = Statement(
        "read_policies_of_alerts",
        """
        SELECT p.id, p.version, p.document
        FROM (SELECT DISTINCT e.policy_id, e.policy_version FROM escalations e
              WHERE e.clinic_id = $1 AND e.alert_id = ANY ($2::uuid[])) followed
        JOIN escalation_policies p
            ON p.clinic_id = $1 AND p.id = followed.policy_id AND p.version = followed.policy_version
        """)

    /// The calls whose results `init` reads, in this order.
    static func calls(_ alert: AlertID, clinic: ClinicID) -> [Call] {
        [lock(.id(clinic), .id(alert))] + reads([alert], clinic: clinic)
    }

    /// The same for alerts whose escalations the transaction has locked already; `all` reads the results.
    static func reads(_ alerts: [AlertID], clinic: ClinicID) -> [Call] {
        let alerts = Parameter.array(alerts.map(\.description))
        return [read, readPolicies, RosterRead.statement].map { $0(.id(clinic), alerts) }
    }

    init(_ results: ArraySlice<Rows>) throws(StoreError) {
        guard let only = try Self.all(results.dropFirst()).values.first else { throw .notFound(.alert) }
        self = only
    }

    /// The alerts of one clinic by their ids; what `reads` asked for and did not find is not among them.
    static func all(_ results: ArraySlice<Rows>) throws(StoreError) -> [AlertID: EscalationSnapshot] {
        guard results.count == 3 else { throw .database(.malformed("escalation")) }
        let first = results.startIndex
        var policies: [PolicyKey: EscalationPolicy] = [:]
        for row in results[first + 1] {
            let policy = try EscalationPolicy(row, id: "id", version: "version")
            policies[PolicyKey(id: policy.id, version: policy.version)] = policy
        }
        let people = try reading { () throws(DatabaseError) in try RosterRead(results[first + 2]) }
        var all: [AlertID: EscalationSnapshot] = [:]
        for row in results[first] {
            let (alert, key) = try reading { () throws(DatabaseError) in
                (
                    try row.id("alert_id") as AlertID,
                    PolicyKey(id: try row.id("policy_id"), version: try row.int("policy_version"))
                )
            }
            guard let policy = policies[key] else { throw .notFound(.policy) }
            all[alert] = try reading { () throws(DatabaseError) in try EscalationSnapshot(row, policy, people) }
        }
        return all
    }

    private struct PolicyKey: Hashable {
        let id: PolicyID
        let version: Int
    }

    private init(_ row: Row, _ policy: EscalationPolicy, _ people: RosterRead) throws(DatabaseError) {
        state = try Self.state(row)
        self.policy = policy.afterSilence(of: try row.optionalString("silent_source"))
        self.people = people
        now = try row.time("now")
        patient = try row.id("patient_id")
        room = try row.optionalString("room_number")
        isSeenOnScreens = try row.bool("is_seen")
    }

    private static func state(_ row: Row) throws(DatabaseError) -> EscalationState {
        let phase = EscalationPhase(
            name: try row.string("phase"), dueAt: try row.optionalTime("due_at"),
            stepEndsAt: try row.optionalTime("step_ends_at"), closedAt: try row.optionalTime("closed_at"))
        guard let phase else { throw .malformed("phase") }
        guard let people = PagedPerson.people(try row.utf8("people")) else { throw .malformed("people") }
        return EscalationState(
            urgency: try row.choice("urgency_level"), assignedDoctor: try row.optionalID("assigned_to"),
            status: try row.choice("status"), phase: phase, step: try row.int("step"), loop: try row.int("loop"),
            generation: try row.int64("generation"), people: people,
            acceptedBy: try row.optionalID("acknowledged_by"), snoozed: .seconds(try row.int64("snoozed_seconds")))
    }

    /// Who can be reached, for a plan of this input: one that raises the urgency is as loud as what it raises it to.
    func roster(for input: EscalationInput, zones: ZoneTable) -> Roster {
        var urgency = state.urgency
        if case .repeated(let wanted) = input { urgency = max(urgency, wanted) }
        var roster = people.roster(
            doctor: state.assignedDoctor, acceptor: state.acceptedBy, policy, urgency: urgency, now: now, zones: zones)
        roster.isSeenOnScreens = isSeenOnScreens
        return roster
    }
}
