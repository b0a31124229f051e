package import Clinic
import Database

/// How long the clinic took to be reached and to answer. Loop-confined.
package struct ResponseTimeStore {
    /// The longest span of one report.
    package static let maximumSpan = Duration.seconds(366 * 86_400)

    let pool: Pool

    /// What the times of one row have in common.
    package enum Dimension: String, CaseIterable, Sendable {
        /// All alerts of an urgency, counted from the raise.
        case urgency = "URGENCY"
        /// All pages of a step of the policy, counted from the page.
        case step = "STEP"
        /// All pages of one person, counted from the page.
        case person = "PERSON"
    }

    /// What was waited for.
    package enum Measure: String, CaseIterable, Sendable {
        /// A phone or device confirmed the page.
        case delivered = "DELIVERED"
        /// It was drawn on a screen.
        case seen = "SEEN"
        case acknowledged = "ACKNOWLEDGED"
        case closed = "CLOSED"
    }

    /// The times of one measure within one group; those that never came are not among them.
    package struct Row: Sendable, Equatable {
        package let dimension: Dimension
        /// An urgency, a step's number or a user's id.
        package let key: String
        /// The person's name; nil elsewhere.
        package let name: String?
        package let measure: Measure
        /// How many times there are.
        package let count: Int
        /// Half of them took no longer than this.
        package let median: Duration
        /// Nine of ten took no longer than this.
        package let p90: Duration
    }

    /// The report of one span of time.
    package struct Report: Sendable, Equatable {
        /// How many alerts were raised in it.
        package let alerts: Int
        package let rows: [Row]
    }

    private static let count = Statement(
        "count_alerts_of_span",
        "SELECT count(*) AS n FROM alerts WHERE clinic_id = $1 AND created_at >= $2 AND created_at < $3")

    // The alerts are found by alerts_by_age, their lines by alert_timeline_by_alert, their receipts by receipts_by_alert.
    private static let percentiles = Statement(
        "response_times",
        """
        WITH chosen AS MATERIALIZED (
            SELECT id, urgency_level, created_at FROM alerts
            WHERE clinic_id = $1 AND created_at >= $2 AND created_at < $3
        ), lines AS MATERIALIZED (
            SELECT t.alert_id, t.kind, t.step, t.user_id, t.at
            FROM chosen c JOIN alert_timeline t ON t.clinic_id = $1 AND t.alert_id = c.id
            WHERE t.kind IN ('PAGED', 'DELIVERED', 'ACKNOWLEDGED', 'CLOSED')
        ), seen AS MATERIALIZED (
            SELECT r.alert_id, r.user_id, min(r.at) AS at
            FROM chosen c JOIN receipts r ON r.clinic_id = $1 AND r.alert_id = c.id
            WHERE r.stage = 'rendered' GROUP BY r.alert_id, r.user_id
        ), ends AS MATERIALIZED (
            SELECT alert_id, min(at) FILTER (WHERE kind = 'DELIVERED') AS delivered,
                min(at) FILTER (WHERE kind = 'ACKNOWLEDGED') AS acknowledged,
                max(at) FILTER (WHERE kind = 'CLOSED') AS closed
            FROM lines GROUP BY alert_id
        ), pages AS MATERIALIZED (
            SELECT alert_id, step, user_id, min(at) FILTER (WHERE kind = 'PAGED') AS at,
                min(at) FILTER (WHERE kind = 'DELIVERED') AS delivered,
                min(at) FILTER (WHERE kind = 'ACKNOWLEDGED') AS acknowledged
            FROM lines WHERE user_id IS NOT NULL GROUP BY alert_id, step, user_id
        ), times AS (
            SELECT 'URGENCY' AS dimension, c.urgency_level AS key, m.measure, m.at - c.created_at AS taken
            FROM chosen c
            LEFT JOIN ends e ON e.alert_id = c.id
            LEFT JOIN (SELECT alert_id, min(at) AS at FROM seen GROUP BY alert_id) s ON s.alert_id = c.id
            CROSS JOIN LATERAL (VALUES ('DELIVERED', e.delivered), ('SEEN', s.at), ('ACKNOWLEDGED', e.acknowledged),
                ('CLOSED', e.closed)) AS m (measure, at)
            UNION ALL
            SELECT d.dimension, d.key, m.measure, m.at - p.at
            FROM pages p
            LEFT JOIN ends e ON e.alert_id = p.alert_id
            LEFT JOIN seen s ON s.alert_id = p.alert_id AND s.user_id = p.user_id
            CROSS JOIN LATERAL (VALUES ('STEP', p.step::text), ('PERSON', p.user_id::text)) AS d (dimension, key)
            CROSS JOIN LATERAL (VALUES ('DELIVERED', p.delivered), ('SEEN', s.at), ('ACKNOWLEDGED', p.acknowledged),
                ('CLOSED', CASE WHEN p.acknowledged IS NOT NULL THEN e.closed END)) AS m (measure, at)
            WHERE p.at IS NOT NULL
        ), grouped AS (
            SELECT dimension, key, measure, count(*) AS n,
                percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY EXTRACT(EPOCH FROM taken)::float8) AS at
            FROM times WHERE taken >= INTERVAL '0' GROUP BY dimension, key, measure
        )
        SELECT g.dimension, g.key, u.full_name AS name, g.measure, g.n, (g.at[1] * 1000000)::bigint AS median,
            (g.at[2] * 1000000)::bigint AS p90
        FROM grouped g
        LEFT JOIN users u ON g.dimension = 'PERSON' AND u.clinic_id = $1 AND u.id::text = g.key
        ORDER BY array_position(ARRAY['URGENCY', 'STEP', 'PERSON'], g.dimension),
            array_position(ARRAY['CRITICAL', 'URGENT', 'MODERATE', 'LOW'], g.key), lpad(g.key, 36),
            array_position(ARRAY['DELIVERED', 'SEEN', 'ACKNOWLEDGED', 'CLOSED'], g.measure)
        LIMIT 10000
        """)

    /// The times of the alerts that were raised from `from` until before `to`. Audited as a read.
    package func report(
        from: Timestamp, to: Timestamp, _ context: TenantContext
    ) async throws(StoreError) -> Report {
        let span: [Parameter] = [.id(context.clinic), .time(from), .time(to)]
        let rows = try await pool.run(
            context,
            [
                Call(Self.count, span), Call(Self.percentiles, span),
                context.audit(.reportRead, table: "alerts", AlertID?.none),
            ])
        return try reading { () throws(DatabaseError) in
            var report: [Row] = []
            for row in rows[1] { report.append(try Row(row)) }
            return Report(alerts: try rows[0].first?.int("n") ?? 0, rows: report)
        }
    }
}

extension ResponseTimeStore.Row {
    fileprivate init(_ row: Database.Row) throws(DatabaseError) {
        dimension = try row.choice("dimension")
        key = try row.string("key")
        name = try row.optionalString("name")
        measure = try row.choice("measure")
        count = try row.int("n")
        median = .microseconds(try row.int64("median"))
        p90 = .microseconds(try row.int64("p90"))
    }
}
