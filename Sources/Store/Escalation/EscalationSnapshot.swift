import Clinic
import Database
import Escalation

/// Everything that a plan needs of one alert, read under the row lock of its escalation.
struct EscalationSnapshot {
    let state: EscalationState
    let policy: EscalationPolicy
    let roster: Roster
    /// The database's clock, after the lock was granted.
    let now: Clinic.Timestamp
    let patient: PatientID
    let room: String?

    // Under READ COMMITTED each statement has its own snapshot: what follows the lock sees what the lock waited for.
    private static let lock = Statement(
        "lock_escalation",
        "SELECT FROM escalations WHERE clinic_id = $1 AND alert_id = $2 FOR NO KEY UPDATE")

    private static let read = Statement(
        "read_escalation",
        """
        SELECT a.status, a.urgency_level, a.assigned_to, e.policy_id, e.policy_version, e.step, e.loop, e.generation,
            e.phase, e.due_at, e.step_ends_at, e.people, e.acknowledged_by, e.closed_at, e.snoozed_seconds,
            a.patient_id, a.room_number, p.document, clock_timestamp() AS now
        FROM escalations e
        JOIN alerts a ON a.clinic_id = e.clinic_id AND a.id = e.alert_id
        JOIN escalation_policies p
            ON p.clinic_id = e.clinic_id AND p.id = e.policy_id AND p.version = e.policy_version
        WHERE e.clinic_id = $1 AND e.alert_id = $2
        """)

    // Whom the policy may mean, and who of them is active and has a contact; of a role only those who have.
    private static let people = Statement(
        "read_roster",
        """
        WITH alert AS (
            SELECT assigned_to FROM alerts WHERE clinic_id = $1 AND id = $2
        ), roles AS (
            SELECT jsonb_path_query(p.document, '$.**.role') #>> '{}' AS role
            FROM escalations e
            JOIN escalation_policies p
                ON p.clinic_id = e.clinic_id AND p.id = e.policy_id AND p.version = e.policy_version
            WHERE e.clinic_id = $1 AND e.alert_id = $2
        )
        SELECT 'ASSIGNED_DOCTOR' AS kind, NULL AS role, u.id, u.is_active, u.phone_e164 IS NOT NULL AS has_phone
        FROM alert JOIN users u ON u.clinic_id = $1 AND u.id = alert.assigned_to
        UNION ALL
        SELECT 'BACKUP_OF_ASSIGNED', NULL, u.id, u.is_active, u.phone_e164 IS NOT NULL
        FROM alert
        JOIN doctor_backups b ON b.clinic_id = $1 AND b.doctor_id = alert.assigned_to
        JOIN users u ON u.clinic_id = $1 AND u.id = b.backup_id
        UNION ALL
        SELECT 'ACCEPTOR', NULL, u.id, u.is_active, u.phone_e164 IS NOT NULL
        FROM escalations e JOIN users u ON u.clinic_id = $1 AND u.id = e.acknowledged_by
        WHERE e.clinic_id = $1 AND e.alert_id = $2
        UNION ALL
        (SELECT 'ROLE', u.role, u.id, TRUE, TRUE
        FROM users u
        WHERE u.clinic_id = $1 AND u.role IN (SELECT role FROM roles) AND u.is_active AND u.phone_e164 IS NOT NULL
        ORDER BY u.created_at, u.id
        LIMIT 200)
        """)

    /// The calls whose results `init` reads, in this order.
    static func calls(_ alert: AlertID, clinic: ClinicID) -> [Call] {
        [lock, read, people].map { $0(.id(clinic), .id(alert)) }
    }

    init(_ results: ArraySlice<Rows>) throws(StoreError) {
        guard results.count == 3, let row = results[results.startIndex + 1].first else { throw .notFound(.alert) }
        policy = try EscalationPolicy(row, id: "policy_id", version: "policy_version")
        state = try reading { () throws(DatabaseError) in try Self.state(row) }
        (now, patient, room) = try reading { () throws(DatabaseError) in
            (try row.time("now"), try row.id("patient_id"), try row.optionalString("room_number"))
        }
        roster = try reading { () throws(DatabaseError) in try Self.roster(results[results.startIndex + 2]) }
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

    private static func roster(_ rows: Rows) throws(DatabaseError) -> Roster {
        var candidates: [EscalationTarget: [Candidate]] = [:]
        var accepted: Candidate?
        for row in rows {
            let isActive = try row.optionalBool("is_active") ?? false
            let hasPhone = try row.bool("has_phone")
            let candidate = Candidate(
                user: try row.id("id"),
                reach: isActive && hasPhone ? .contacts([.text]) : .unreachable(isActive ? .noContact : .inactive))
            let kind = try row.string("kind")
            if kind == "ACCEPTOR" {
                accepted = candidate
                continue
            }
            let role: Role? = try row.optionalChoice("role")
            guard let target = EscalationTarget(kind: kind, role: role) else { throw .malformed("kind") }
            candidates[target, default: []].append(candidate)
        }
        return Roster(candidates: candidates, acceptor: accepted)
    }
}
