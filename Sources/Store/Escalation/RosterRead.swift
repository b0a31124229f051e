import Clinic
import Database
import Escalation
import Wire

/// Whom the policies of some alerts of a clinic may mean, and how each of them is reached: read with the alerts, resolved
/// for one of them and an input.
struct RosterRead {
    private var people: [MeantPerson] = []
    private var schedules: [ScheduleID: (definition: ScheduleDefinition, overrides: [DutyOverride])] = [:]

    /// Of a role only those who have a contact that is used, the longest in the clinic first.
    static let statement = Statement(
        "read_roster",
        """
        WITH subject AS MATERIALIZED (
            SELECT a.assigned_to, e.acknowledged_by, e.policy_id, e.policy_version, a.alert_type
            FROM escalations e
            JOIN alerts a ON a.clinic_id = $1 AND a.id = e.alert_id
            WHERE e.clinic_id = $1 AND e.alert_id = ANY ($2::uuid[])
        ), documents AS MATERIALIZED (
            SELECT p.document
            FROM (SELECT DISTINCT policy_id, policy_version FROM subject) followed
            JOIN escalation_policies p
                ON p.clinic_id = $1 AND p.id = followed.policy_id AND p.version = followed.policy_version
        ), targets AS MATERIALIZED (
            SELECT t ->> 'role' AS role, t ->> 'schedule' AS schedule
            FROM documents, jsonb_path_query(document, '$.steps[*].targets[*]') AS t
            UNION
            SELECT t ->> 'role', t ->> 'schedule'
            FROM documents, jsonb_path_query(document, '$.onExhausted.targets[*]') AS t
            UNION
            SELECT t ->> 'role', t ->> 'schedule'
            FROM documents, jsonb_path_query(document, '$.heartbeats[*].targets[*]') AS t
            WHERE EXISTS (SELECT FROM subject WHERE alert_type = 'SILENT_PRODUCER')
        ), schedules AS MATERIALIZED (
            SELECT s.id, s.definition, (
                SELECT jsonb_agg(jsonb_build_array(
                    o.id, o.user_id, (EXTRACT(EPOCH FROM o.starts_at) * 1000000)::bigint,
                    (EXTRACT(EPOCH FROM o.ends_at) * 1000000)::bigint))
                FROM schedule_overrides o
                WHERE o.clinic_id = $1 AND o.schedule_id = s.id AND o.starts_at <= clock_timestamp()
                    AND o.ends_at > clock_timestamp()) AS overrides
            FROM targets t
            JOIN oncall_schedules s ON s.clinic_id = $1 AND s.id = t.schedule::uuid AND s.deleted_at IS NULL
        ), doctors AS MATERIALIZED (
            SELECT DISTINCT assigned_to AS id FROM subject
        ), people AS (
            SELECT 'ASSIGNED_DOCTOR' AS kind, NULL::text AS role, id AS doctor, id FROM doctors
            UNION ALL
            SELECT 'BACKUP_OF_ASSIGNED', NULL, b.doctor_id, b.backup_id
            FROM doctors JOIN doctor_backups b ON b.clinic_id = $1 AND b.doctor_id = doctors.id
            UNION ALL
            SELECT DISTINCT 'ACCEPTOR', NULL, NULL::uuid, acknowledged_by FROM subject
            UNION ALL
            (SELECT 'ROLE', u.role, NULL, u.id
            FROM users u
            WHERE u.clinic_id = $1 AND u.role IN (SELECT role FROM targets) AND u.is_active AND EXISTS (
                SELECT FROM contact_methods c
                WHERE c.clinic_id = $1 AND c.user_id = u.id AND c.deleted_at IS NULL AND c.verified_at IS NOT NULL
                    AND c.opted_out_at IS NULL AND c.kind <> 'VOICE')
            ORDER BY u.created_at, u.id
            LIMIT 200)
            UNION ALL
            SELECT DISTINCT 'STAFF', NULL, NULL::uuid, staff.id
            FROM (
                SELECT (jsonb_path_query(definition, '$.layers[*].people[*]') #>> '{}')::uuid AS id FROM schedules
                UNION ALL
                SELECT (jsonb_path_query(overrides, '$[*][1]') #>> '{}')::uuid FROM schedules
            ) AS staff
        )
        SELECT p.kind, p.role, p.doctor, u.id, u.is_active, NULL::jsonb AS definition, NULL::jsonb AS overrides, (
                SELECT jsonb_agg(
                    jsonb_build_array(c.id, c.kind, c.verified_at IS NOT NULL, c.opted_out_at IS NOT NULL)
                    ORDER BY c.position, c.created_at, c.id)
                FROM contact_methods c
                WHERE c.clinic_id = $1 AND c.user_id = u.id AND c.deleted_at IS NULL) AS contacts, (
                SELECT jsonb_agg(
                    jsonb_build_array(r.urgency_level, r.contact_id, r.after_seconds) ORDER BY r.position)
                FROM notification_rules r WHERE r.clinic_id = $1 AND r.user_id = u.id) AS rules,
            q.zone, q.windows
        FROM people p
        JOIN users u ON u.clinic_id = $1 AND u.id = p.id
        LEFT JOIN quiet_hours q ON q.clinic_id = $1 AND q.user_id = u.id
        UNION ALL
        SELECT 'SCHEDULE', NULL, NULL, id, TRUE, definition, overrides, NULL, NULL, NULL, NULL FROM schedules
        """)

    init(_ rows: Rows) throws(DatabaseError) {
        for row in rows {
            let kind = try row.string("kind")
            if kind == "SCHEDULE" {
                let id: ScheduleID = try row.id("id")
                schedules[id] = try RosterJSON.schedule(row)
                continue
            }
            let role: Role? = try row.optionalChoice("role")
            people.append(
                MeantPerson(
                    target: EscalationTarget(kind: kind, role: role), isAcceptor: kind == "ACCEPTOR",
                    doctor: try row.optionalID("doctor"), user: try row.id("id"),
                    isActive: try row.optionalBool("is_active") ?? false,
                    profile: try RosterJSON.profile(row)))
        }
    }

    /// The roster for a plan at `now` on an alert of this urgency, its assigned doctor and whoever accepted it.
    func roster(
        doctor: UserID?, acceptor accepted: UserID?, _ policy: EscalationPolicy, urgency: UrgencyLevel, now: Timestamp,
        zones: ZoneTable
    ) -> Roster {
        // A zone that this machine has lost is read as UTC: somebody is called, if by another hour.
        let onDuty = schedules.compactMapValues { schedule in
            OnCallCalendar(
                schedule.definition, zone: zones.rules(schedule.definition.zone) ?? .utc,
                overrides: schedule.overrides
            ).duty(at: now)?.person
        }
        return Roster(
            people, onDuty: onDuty, doctor: doctor, acceptor: accepted, policy: policy, urgency: urgency, now: now,
            zone: { zones.rules($0) })
    }
}
