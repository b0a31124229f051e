import Clinic
import Database
import Escalation

/// Everything that a plan needs of one alert, read under the row lock of its escalation.
struct EscalationSnapshot {
    let state: EscalationState
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
        "read_escalation",
        """
        SELECT a.status, a.urgency_level, a.assigned_to, e.policy_id, e.policy_version, e.step, e.loop, e.generation,
            e.phase, e.due_at, e.step_ends_at, e.people, e.acknowledged_by, e.closed_at, e.snoozed_seconds,
            a.patient_id, a.room_number, p.document, clock_timestamp() AS now,
            EXISTS (SELECT FROM receipts r WHERE r.clinic_id = $1 AND r.alert_id = $2) AS is_seen
        FROM escalations e
        JOIN alerts a ON a.clinic_id = e.clinic_id AND a.id = e.alert_id
        JOIN escalation_policies p
            ON p.clinic_id = e.clinic_id AND p.id = e.policy_id AND p.version = e.policy_version
        WHERE e.clinic_id = $1 AND e.alert_id = $2
        """)

    /// The calls whose results `init` reads, in this order.
    static func calls(_ alert: AlertID, clinic: ClinicID) -> [Call] {
        [lock, read, RosterRead.statement].map { $0(.id(clinic), .id(alert)) }
    }

    init(_ results: ArraySlice<Rows>) throws(StoreError) {
        guard results.count == 3, let row = results[results.startIndex + 1].first else { throw .notFound(.alert) }
        policy = try EscalationPolicy(row, id: "policy_id", version: "policy_version")
        state = try reading { () throws(DatabaseError) in try Self.state(row) }
        (now, patient, room, isSeenOnScreens) = try reading { () throws(DatabaseError) in
            (
                try row.time("now"), try row.id("patient_id"), try row.optionalString("room_number"),
                try row.bool("is_seen")
            )
        }
        people = try reading { () throws(DatabaseError) in try RosterRead(results[results.startIndex + 2]) }
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
        var roster = people.roster(policy, urgency: urgency, now: now, zones: zones)
        roster.isSeenOnScreens = isSeenOnScreens
        return roster
    }
}
