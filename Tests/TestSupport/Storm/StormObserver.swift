import Database

/// What came of a storm.
package struct StormVerdict: Sendable, Equatable {
    package let seed: UInt64
    package var alerts = 0
    package var acknowledged = 0
    /// Messages that a gateway took at least once.
    package var pages = 0
    package var attempts = 0
    /// Pages that a gateway took more than once; each after an attempt whose outcome nobody knew.
    package var duplicates = 0
    /// Pages whose attempt was committed before the acknowledgement, and which a gateway got within its call's time after it.
    package var inFlight = 0
    /// Pages that no gateway could be given before their step's time was over: the next person's took their place.
    package var superseded = 0
    package var hubKills = 0
    package var gatewayKills = 0
    /// One line each; empty where everything held.
    package var violations: [String] = []
}

/// Compares the gateways' own files with the database, from outside of both.
struct StormObserver {
    let hub: HubProcess
    /// What the gateways sent out.
    let taken: [GatewayProcess.Entry]
    let alerts: [String]
    /// How long after an acknowledgement a call that began before it may still arrive.
    let graceSeconds: Int

    private struct Attempt {
        let message: String
        let gateway: String
        let number: Int
        let outcome: String?
        /// After the acknowledgement, by the database's clock, in microseconds; negative before it, nil without one.
        let afterAcknowledgement: Int64?
        let acknowledgedAt: String?
        /// RFC 3339: what comes after it was not under way any more.
        let tooLateAfter: String?
    }

    func verdict(seed: UInt64, isSettled: Bool, hubKills: Int, gatewayKills: Int) throws -> StormVerdict {
        var verdict = StormVerdict(seed: seed)
        verdict.hubKills = hubKills
        verdict.gatewayKills = gatewayKills
        verdict.alerts = alerts.count
        if !isSettled { verdict.violations.append("not settled in time") }
        let session = try hub.sql(.superuser)
        let attempts = try attempts(session)
        verdict.attempts = attempts.count
        var byMessage: [String: [(GatewayProcess.Entry, Attempt)]] = [:]
        for entry in taken {
            guard let attempt = attempts[entry.attempt] else {
                verdict.violations.append("a page whose attempt \(entry.attempt) was never committed")
                continue
            }
            if attempt.gateway != entry.gateway {
                verdict.violations.append("attempt \(entry.attempt) went to \(entry.gateway), not \(attempt.gateway)")
            }
            byMessage[attempt.message, default: []].append((entry, attempt))
        }
        verdict.pages = byMessage.count
        judgeDuplicates(byMessage, &verdict)
        judgeAfterAcknowledgement(byMessage, attempts, &verdict)
        try judgeMissing(byMessage, session, &verdict)
        return verdict
    }

    private func attempts(_ session: BlockingConnection) throws -> [String: Attempt] {
        let rows = try session.query(
            """
            SELECT d.id::text, d.message_id::text AS message, d.gateway, d.number, d.outcome,
                (EXTRACT(EPOCH FROM d.submitted_at - a.acknowledged_at) * 1000000)::bigint AS after,
                to_char(a.acknowledged_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS acknowledged_at,
                to_char((a.acknowledged_at + \(graceSeconds) * INTERVAL '1 second') AT TIME ZONE 'UTC',
                    'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS too_late
            FROM delivery_attempts d JOIN messages m ON m.id = d.message_id JOIN alerts a ON a.id = m.alert_id
            """)
        var attempts: [String: Attempt] = [:]
        for row in rows {
            attempts[try row.string("id")] = Attempt(
                message: try row.string("message"), gateway: try row.string("gateway"),
                number: try row.int("number"), outcome: try row.optionalString("outcome"),
                afterAcknowledgement: try row.optionalInt64("after"),
                acknowledgedAt: try row.optionalString("acknowledged_at"),
                tooLateAfter: try row.optionalString("too_late"))
        }
        return attempts
    }

    private func judgeDuplicates(
        _ pages: [String: [(GatewayProcess.Entry, Attempt)]], _ verdict: inout StormVerdict
    ) {
        for (message, page) in pages where page.count > 1 {
            verdict.duplicates += page.count - 1
            if Set(page.map(\.0.attempt)).count < page.count {
                verdict.violations.append("one attempt at message \(message) was handed over twice")
            }
            let ordered = page.map(\.1).sorted { $0.number < $1.number }
            for attempt in ordered.dropLast() where attempt.outcome != "UNKNOWN" {
                verdict.violations.append(
                    "message \(message) was sent again after an attempt that was \(attempt.outcome ?? "never ended")")
            }
        }
    }

    private func judgeAfterAcknowledgement(
        _ pages: [String: [(GatewayProcess.Entry, Attempt)]], _ attempts: [String: Attempt],
        _ verdict: inout StormVerdict
    ) {
        for (id, attempt) in attempts {
            if let after = attempt.afterAcknowledgement, after > 0 {
                verdict.violations.append("attempt \(id) was committed \(after) µs after the acknowledgement")
            }
        }
        for (entry, attempt) in pages.values.joined() {
            guard let acknowledgedAt = attempt.acknowledgedAt, let tooLate = attempt.tooLateAfter else { continue }
            if entry.at > acknowledgedAt { verdict.inFlight += 1 }
            if entry.at > tooLate { verdict.violations.append("a page came long after its acknowledgement") }
        }
    }

    /// Every alert has told its doctor, and its backup too where nobody acknowledged; what the database calls sent is in a
    /// gateway's file.
    private func judgeMissing(
        _ pages: [String: [(GatewayProcess.Entry, Attempt)]], _ session: BlockingConnection,
        _ verdict: inout StormVerdict
    ) throws {
        let rows = try session.query(
            """
            SELECT a.id::text, a.acknowledged_at IS NOT NULL AS is_acknowledged, m.id::text AS message,
                m.user_id::text AS user_id, m.state, m.step,
                (SELECT string_agg(d.state || '/' || COALESCE(d.outcome, 'none'), ' ' ORDER BY d.number)
                 FROM delivery_attempts d WHERE d.message_id = m.id) AS attempts
            FROM alerts a LEFT JOIN messages m ON m.alert_id = a.id
            """)
        var told: [String: Set<String>] = [:]
        var untold: [String: [String]] = [:]
        var acknowledged: Set<String> = []
        var superseded: [String: Set<String>] = [:]
        for row in rows {
            let alert = try row.string("id")
            if try row.bool("is_acknowledged") { acknowledged.insert(alert) }
            guard let message = try row.optionalString("message") else { continue }
            let state = try row.string("state")
            if pages[message] == nil {
                let attempts = try row.optionalString("attempts") ?? "none"
                untold[alert, default: []].append("step \(try row.int("step")) \(state), attempts: \(attempts)")
            }
            if pages[message] != nil {
                told[alert, default: []].insert(try row.string("user_id"))
            } else if state == "CANCELLED" {
                superseded[alert, default: []].insert(try row.string("user_id"))
            } else if state == "SUBMITTED" || state == "DELIVERED" {
                verdict.violations.append("message \(message) is \(state), and no gateway has it")
            }
        }
        verdict.acknowledged = acknowledged.count
        for alert in alerts where !acknowledged.contains(alert) {
            if told[alert]?.contains(DemoIDs.backup) != true {
                verdict.violations.append("alert \(alert) never told the backup: \(untold[alert] ?? [])")
            }
            guard told[alert]?.contains(DemoIDs.doctor) != true else { continue }
            if superseded[alert]?.contains(DemoIDs.doctor) == true {
                verdict.superseded += 1
            } else {
                verdict.violations.append("alert \(alert) never told the doctor: \(untold[alert] ?? [])")
            }
        }
    }
}
