import Clinic
import Database
import Escalation
import SimulatedWorld
import Store

/// What PostgreSQL has stored, in the words of `StoredText`.
extension RealStore {
    /// What a dump cannot tell.
    enum Unreadable: Error {
        case id(String)
    }

    func dump() throws -> [String] {
        let now = Clinic.Timestamp(
            microseconds: try superuser.query("SELECT clock_timestamp() AS now")[0].timestamp("now"))
        var lines = try superuser.query(Self.alerts).map { try alert($0, now) }
        lines += try superuser.query(Self.messages).map { try message($0, now) }
        lines += try claims.enumerated().map { try attempt($0.offset, $0.element.attempt) }
        let kept = try superuser.query("SELECT count(*) AS n FROM unmatched_callbacks")[0].int("n")
        lines.append("kept \(kept)")
        return lines.sorted()
    }

    /// The clinic's people with their contacts, for the model.
    func people() throws -> [PersonRow] {
        let rows = try superuser.query(
            """
            SELECT u.id::text AS user_id, u.role, b.doctor_id::text AS doctor_id, c.id::text AS contact_id, c.kind
            FROM users u
            LEFT JOIN doctor_backups b ON b.clinic_id = u.clinic_id AND b.backup_id = u.id
            LEFT JOIN contact_methods c ON c.user_id = u.id AND c.deleted_at IS NULL AND c.verified_at IS NOT NULL
            WHERE u.clinic_id = '\(DemoData.clinic)' ORDER BY u.created_at, u.id, c.position, c.created_at, c.id
            """)
        var people: [PersonRow] = []
        for row in rows {
            guard let user = UserID(try row.string("user_id")), let role = Role(rawValue: try row.string("role")) else {
                throw Unreadable.id("user")
            }
            if people.last?.user != user {
                people.append(
                    PersonRow(
                        user: user, role: role, profile: ReachProfile(contacts: []),
                        isBackupOf: try row.optionalString("doctor_id").flatMap { UserID($0) }))
            }
            guard let contact = try row.optionalString("contact_id").flatMap({ ContactID($0) }),
                let kind = ContactKind(rawValue: try row.string("kind"))
            else { continue }
            people[people.count - 1].profile.contacts.append(
                ReachContact(id: contact, kind: kind, isVerified: true, isOptedOut: false))
        }
        return people
    }

    private static let alerts = """
        SELECT a.id::text, a.status, e.phase, e.step, e.loop, e.generation, e.due_at, e.acknowledged_by::text AS by,
            e.snoozed_seconds, e.urgency, ARRAY_TO_STRING(ARRAY(
                SELECT (p ->> 'user') || ' ' || (p ->> 'standing') FROM jsonb_array_elements(e.people) AS p), ',') AS people
        FROM escalations e JOIN alerts a ON a.id = e.alert_id
        """

    private static let messages = """
        SELECT alert_id::text, user_id::text, contact_id::text, channel, step, generation, state, attempts, not_before,
            expires_at, dead_at IS NOT NULL AS is_dead, replays
        FROM messages
        """

    private func alert(_ row: Row, _ now: Clinic.Timestamp) throws -> String {
        guard let id = AlertID(try row.string("id")) else { throw Unreadable.id("alert") }
        return StoredText.alert(
            number(of: id), status: try row.string("status"), phase: try row.string("phase"), step: try row.int("step"),
            loop: try row.int("loop"), generation: try row.int64("generation"), dueAt: try time(row, "due_at", now),
            people: try row.string("people").split(separator: ",").map(String.init),
            acceptedBy: try row.optionalString("by").flatMap { UserID($0) }, snoozed: try row.int64("snoozed_seconds"),
            urgency: try row.int("urgency"))
    }

    private func message(_ row: Row, _ now: Clinic.Timestamp) throws -> String {
        guard let alert = AlertID(try row.string("alert_id")), let user = UserID(try row.string("user_id")) else {
            throw Unreadable.id("message")
        }
        return StoredText.message(
            alert: number(of: alert), user: user,
            contact: try row.optionalString("contact_id").flatMap { ContactID($0) }, kind: try row.string("channel"),
            step: try row.int("step"), generation: try row.int64("generation"), state: try row.string("state"),
            attempts: try row.int("attempts"), notBefore: try time(row, "not_before", now),
            expiresAt: try time(row, "expires_at", now), isDead: try row.bool("is_dead"),
            replays: try row.int("replays"))
    }

    private func attempt(_ claim: Int, _ attempt: AttemptID) throws -> String {
        let row = try superuser.query(
            """
            SELECT number, gateway, state, outcome, lease_until IS NOT NULL AS has_lease, provider_id
            FROM delivery_attempts WHERE id = '\(attempt)'
            """)[0]
        return StoredText.attempt(
            try row.int("number"), claim: claim, gateway: try row.string("gateway"), state: try row.string("state"),
            outcome: try row.optionalString("outcome"), hasLease: try row.bool("has_lease"),
            providerID: try row.optionalString("provider_id"))
    }

    private func time(_ row: Row, _ column: String, _ now: Clinic.Timestamp) throws -> String {
        StoredTime.text(try row.optionalTimestamp(column).map { Clinic.Timestamp(microseconds: $0) }, from: now)
    }
}
