package import Clinic
import Database
package import HubProtocol

/// Alerts: raised, listed, read. Loop-confined. What happens to an alert afterwards is `EscalationStore.advance`.
package struct AlertStore {
    /// The most alerts that one page of the list holds.
    package static let maximumPage = 100

    let pool: Pool
    let vault: PHIVault
    let policies: PolicyStore
    let zones: ZoneTable

    /// Which alerts a list holds; nil means all.
    package struct Filter: Sendable, Equatable {
        package var statuses: Set<AlertStatus>?
        package var urgencies: Set<UrgencyLevel>?
        package var assignedTo: UserID?
        /// Only those that nobody has touched for longer than their policies allow.
        package var isForReview = false

        package init(
            statuses: Set<AlertStatus>? = nil, urgencies: Set<UrgencyLevel>? = nil, assignedTo: UserID? = nil
        ) {
            self.statuses = statuses
            self.urgencies = urgencies
            self.assignedTo = assignedTo
        }
    }

    /// The last alert of the page before; the next page begins behind it.
    package struct Cursor: Hashable, Sendable {
        package let createdAt: Timestamp
        package let id: AlertID

        package init(createdAt: Timestamp, id: AlertID) {
            self.createdAt = createdAt
            self.id = id
        }
    }

    /// Part of the list, newest first.
    package struct Page: Sendable, Equatable {
        package let alerts: [AlertRecord]
        /// nil at the end.
        package let next: Cursor?
    }

    /// An alert with its story.
    package struct Detail: Sendable, Equatable {
        package let alert: AlertRecord
        /// In the order it happened.
        package let timeline: [TimelineRecord]
        /// Whom each step meant to reach, and by which way; also what never left.
        package let messages: [MessageRecord]
        package let attempts: [AttemptRecord]
        /// Whose screens had the alert, by their receipts.
        package let seenBy: [SightingRecord]
        /// Everybody whom the story names, by name.
        package let people: [PersonRecord]
    }

    /// The open alerts of a clinic, exactly as they were when its channel stood at `position`.
    package struct Snapshot: Sendable, Equatable {
        package let position: Position
        /// Those that nobody has answered, oldest first, at most `EventStore.maximumSnapshot`.
        package let alerts: [AlertRecord]
        /// Whether there are more.
        package let isTruncated: Bool
    }

    private static let from = """
        FROM alerts a
        JOIN escalations e ON e.clinic_id = a.clinic_id AND e.alert_id = a.id
        JOIN patients p ON p.clinic_id = a.clinic_id AND p.id = a.patient_id
        """

    private static let listPage = Statement(name: "list_alerts", sql: page(condition: "TRUE"))

    // The index of unanswered alerts stays small however many were raised; the planner takes it for this condition.
    private static let listUnanswered = Statement(
        name: "list_unanswered_alerts", sql: page(condition: "a.status IN ('PENDING', 'DELIVERED', 'ESCALATED')"))

    // The cursor's parameters stand bare: inside COALESCE they would not bound the index scan.
    private static func page(condition: StaticString) -> String {
        """
        SELECT \(AlertRecord.columns)
        \(from)
        WHERE a.clinic_id = $1 AND \(condition)
            AND ($2::text[] IS NULL OR a.status = ANY ($2::text[]))
            AND ($3::text[] IS NULL OR a.urgency_level = ANY ($3::text[]))
            AND ($4::uuid IS NULL OR a.assigned_to = $4::uuid)
            AND (a.created_at, a.id) < ($5::timestamptz, $6::uuid)
            AND (NOT $8::bool OR \(StaleStore.isForReview))
        ORDER BY a.created_at DESC, a.id DESC
        LIMIT $7
        """
    }

    private static let one = Statement(
        name: "read_alert",
        sql: "SELECT \(AlertRecord.columns) \(from) WHERE a.clinic_id = $1 AND a.id = $2")

    private static let timeline = Statement(
        "read_timeline",
        """
        SELECT at, kind, status, step, user_id, attempt_id, detail->>'reason' AS reason, detail->>'way' AS way,
            detail->>'why' AS why, detail->>'message' AS message_id
        FROM alert_timeline WHERE clinic_id = $1 AND alert_id = $2 ORDER BY id
        """)

    private static let messages = Statement(
        "read_alert_messages",
        """
        SELECT id, user_id, step, channel, template, state, attempts, created_at, not_before, expires_at
        FROM messages WHERE clinic_id = $1 AND alert_id = $2 ORDER BY created_at, id
        """)

    private static let attempts = Statement(
        "read_attempts",
        """
        SELECT d.id, d.message_id, m.user_id, m.step, m.channel, m.template, d.gateway, d.number, d.state, d.error_code,
            d.submitted_at, d.updated_at
        FROM messages m JOIN delivery_attempts d ON d.clinic_id = m.clinic_id AND d.message_id = m.id
        WHERE m.clinic_id = $1 AND m.alert_id = $2 ORDER BY d.submitted_at, d.number
        """)

    // One statement sees one snapshot of the database, so position and alerts belong together.
    private static let snapshot = Statement(
        name: "alerts_snapshot",
        sql: """
            SELECT c.epoch, c.head_seq, open.*
            FROM clinic_channels c
            LEFT JOIN LATERAL (
                SELECT \(AlertRecord.columns)
                \(from)
                WHERE a.clinic_id = c.clinic_id AND a.status IN ('PENDING', 'DELIVERED', 'ESCALATED')
                ORDER BY a.created_at, a.id
                LIMIT $2
            ) open ON TRUE
            WHERE c.clinic_id = $1
            ORDER BY open.created_at, open.id
            """)

    /// One page of the clinic's alerts, newest first; `limit` is held within 1 to 100. Audited as a read.
    package func list(
        _ filter: Filter, after cursor: Cursor? = nil, limit: Int, _ context: TenantContext
    ) async throws(StoreError) -> Page {
        let limit = min(max(limit, 1), Self.maximumPage)
        let isUnanswered = filter.statuses?.allSatisfy(\.isUnanswered) ?? false
        let statement = isUnanswered ? Self.listUnanswered : Self.listPage
        let rows = try await pool.run(
            context,
            [
                statement(
                    .id(context.clinic), .names(filter.statuses), .names(filter.urgencies), .id(filter.assignedTo),
                    cursor.map { .time($0.createdAt) } ?? "infinity",
                    .id(cursor?.id ?? AlertID(high: .max, low: .max)), .integer(limit + 1), .bool(filter.isForReview)),
                context.audit(.alertsRead, table: "alerts", AlertID?.none),
            ])
        var alerts: [AlertRecord] = []
        for row in rows[0].prefix(limit) { alerts.append(try AlertRecord(row, vault: vault)) }
        let last = rows[0].count > limit ? alerts.last : nil
        return Page(alerts: alerts, next: last.map { Cursor(createdAt: $0.createdAt, id: $0.id) })
    }

    private static let sightings = Statement(
        "read_sightings",
        """
        SELECT user_id, stage, min(at) AS at, count(DISTINCT session_id) AS screens
        FROM receipts WHERE clinic_id = $1 AND alert_id = $2
        GROUP BY user_id, stage ORDER BY min(at), user_id, stage LIMIT 1000
        """)

    private static let people = Statement(
        "read_people_of_alert",
        """
        SELECT id, full_name, role FROM users
        WHERE clinic_id = $1 AND id IN (
            SELECT user_id FROM alert_timeline WHERE clinic_id = $1 AND alert_id = $2
            UNION SELECT user_id FROM messages WHERE clinic_id = $1 AND alert_id = $2
            UNION SELECT user_id FROM receipts WHERE clinic_id = $1 AND alert_id = $2)
        ORDER BY full_name, id LIMIT 1000
        """)

    /// The alert with its timeline, attempts and receipts. Audited as a read.
    package func detail(_ alert: AlertID, _ context: TenantContext) async throws(StoreError) -> Detail {
        let rows = try await pool.run(
            context,
            [
                Self.one(.id(context.clinic), .id(alert)), Self.timeline(.id(context.clinic), .id(alert)),
                Self.attempts(.id(context.clinic), .id(alert)), Self.sightings(.id(context.clinic), .id(alert)),
                Self.messages(.id(context.clinic), .id(alert)), Self.people(.id(context.clinic), .id(alert)),
                context.audit(.alertRead, table: "alerts", alert),
            ])
        guard let row = rows[0].first else { throw .notFound(.alert) }
        let record = try AlertRecord(row, vault: vault)
        return try reading { () throws(DatabaseError) in
            var timeline: [TimelineRecord] = []
            for row in rows[1] { timeline.append(try TimelineRecord(row)) }
            var attempts: [AttemptRecord] = []
            for row in rows[2] { attempts.append(try AttemptRecord(row)) }
            var seenBy: [SightingRecord] = []
            for row in rows[3] { seenBy.append(try SightingRecord(row)) }
            var messages: [MessageRecord] = []
            for row in rows[4] { messages.append(try MessageRecord(row)) }
            var people: [PersonRecord] = []
            for row in rows[5] { people.append(try PersonRecord(row)) }
            return Detail(
                alert: record, timeline: timeline, messages: messages, attempts: attempts, seenBy: seenBy,
                people: people)
        }
    }

    /// The open alerts and the position they belong to; what screens start from.
    ///
    /// Writes no audit row, for one reading may be for many: each session audits its subscription before it is given it.
    package func snapshot(_ context: TenantContext) async throws(StoreError) -> Snapshot {
        let rows = try await pool.run(
            context, [Self.snapshot(.id(context.clinic), .integer(EventStore.maximumSnapshot + 1))])
        guard let first = rows[0].first else { throw .notFound(.clinic) }
        var alerts: [AlertRecord] = []
        for row in rows[0] where try reading({ () throws(DatabaseError) in try row.optionalString("id") }) != nil {
            alerts.append(try AlertRecord(row, vault: vault))
        }
        let position = try reading { () throws(DatabaseError) in
            Position(epoch: try first.id("epoch"), seq: try first.int64("head_seq"))
        }
        let isTruncated = alerts.count > EventStore.maximumSnapshot
        return Snapshot(
            position: position, alerts: Array(alerts.prefix(EventStore.maximumSnapshot)), isTruncated: isTruncated)
    }

    /// The alert alone, not audited: for answers to whoever just raised it.
    func record(_ alert: AlertID, _ context: TenantContext) async throws(StoreError) -> AlertRecord {
        let rows = try await pool.run(context, [Self.one(.id(context.clinic), .id(alert))])
        guard let row = rows[0].first else { throw .notFound(.alert) }
        return try AlertRecord(row, vault: vault)
    }
}

extension Parameter {
    /// The raw values as `text[]`; null for nil.
    static func names<Value: RawRepresentable<String>>(_ values: Set<Value>?) -> Parameter {
        guard let values else { return .null }
        return .array(values.map(\.rawValue).sorted())
    }
}
