import Database
import Glibc
import Platform
import TestSupport

/// How late escalation timers fire in the whole hub, the release binary: armed by SQL, 500 come due a second, and the
/// story of each alert tells when its step began, by the database's clock.
///
/// No gateway is configured, so the messages of the steps wait.
struct TimerLateness {
    private static let perSecond = 500

    let bench: Bench

    func run() throws {
        let database = try bench.database()
        let session = try database.session()
        let armed = bench.options.isFull ? 100_000 : 2_000
        let due = bench.options.isFull ? 5_000 : 1_000
        bench.report.progress("timers: arms \(armed)")
        try clear(session)
        try arm(session, armed)
        try database.settle()
        let hub = try HubBinary(database.access)
        defer { hub.end() }
        try rest(hub, armed: armed)
        bench.report.progress("timers: \(due) come due")
        try fire(session, due, first: 1, perSecond: Self.perSecond)
        try report(session, hub, armed: armed, due: due)
        // Those that have fired would come due again, for want of a receipt.
        _ = try session.query("UPDATE escalations SET due_at = NULL, phase = 'ANSWERED' WHERE generation > 1")
        let storm = bench.options.isFull ? 10_000 : 1_000
        bench.report.progress("timers: \(storm) come due in one second")
        try fire(session, storm, first: due + 1, perSecond: storm)
        try reportStorm(session, storm)
    }

    /// Lets so many come due and waits until all have fired.
    private func fire(_ session: BlockingConnection, _ count: Int, first: Int, perSecond: Int) throws {
        try makeDue(session, count, first: first, perSecond: perSecond)
        let fired = try poll(within: .seconds(Int64(count / perSecond) + 60)) {
            usleep(200_000)
            return try session.query(
                "SELECT count(*) AS n FROM alert_timeline t JOIN bench_due d USING (alert_id) WHERE t.kind = 'ESCALATED'"
            )[0].int("n") >= count
        }
        guard fired else { throw HubBinary.Failure(log: "not all timers fired") }
    }

    /// What the hub costs while timers are armed and none is due.
    private func rest(_ hub: HubBinary, armed: Int) throws {
        let seconds = 5
        let before = hub.processorTime
        usleep(UInt32(seconds) * 1_000_000)
        let busy = (hub.processorTime.seconds - before.seconds) * 100 / Double(seconds)
        bench.report.add(
            Report.Line(
                what: "hub at rest, \(armed) armed", hub: "\(hub.residentKilobytes / 1024) MiB",
                note: "\(Statistics.fixed(busy, 2)) % of one processor over \(seconds) s"))
    }

    private func reportStorm(_ session: BlockingConnection, _ count: Int) throws {
        let row = try session.query(
            """
            SELECT EXTRACT(EPOCH FROM max(t.at) - min(d.due_at))::float8 AS seconds, count(*) AS n
            FROM alert_timeline t JOIN bench_due d USING (alert_id) WHERE t.kind = 'ESCALATED'
            """)[0]
        guard try row.int("n") == count else { throw HubBinary.Failure(log: "a timer fired twice") }
        let seconds = try row.double("seconds")
        bench.report.add(
            Report.Line(
                what: "\(count) timers due in 1 s", hub: "\(Statistics.fixed(seconds, 2)) s", ratio: seconds / 3,
                target: count == 10_000 ? "≤ 3 s" : "",
                note: "from the first due time until the last alert was escalated; \(Int(Double(count) / seconds)) /s"))
    }

    private func report(_ session: BlockingConnection, _ hub: HubBinary, armed: Int, due: Int) throws {
        let row = try session.query(
            """
            SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY late) AS p50,
                percentile_cont(0.99) WITHIN GROUP (ORDER BY late) AS p99, max(late) AS longest, count(*) AS n,
                count(DISTINCT alert_id) AS alerts
            FROM (SELECT d.alert_id, EXTRACT(EPOCH FROM t.at - d.due_at)::float8 * 1000 AS late
                  FROM alert_timeline t JOIN bench_due d USING (alert_id) WHERE t.kind = 'ESCALATED') fired
            """)[0]
        guard try row.int("n") == due, try row.int("alerts") == due else {
            throw HubBinary.Failure(log: "a timer fired twice")
        }
        let p99 = try row.double("p99")
        bench.report.add(
            Report.Line(
                what: "timer lateness p99, \(armed) armed", hub: "\(Statistics.fixed(p99, 1)) ms", ratio: p99 / 50,
                target: "≤ 50 ms",
                note:
                    "\(due) due at \(Self.perSecond)/s, each fired once; p50 \(Statistics.fixed(try row.double("p50"), 1)) "
                    + "ms, longest \(Statistics.fixed(try row.double("longest"), 1)) ms"))
        let seconds = hub.startTime.inMilliseconds / 1000
        bench.report.add(
            Report.Line(
                what: "start to ready, \(armed) timers", hub: "\(Statistics.fixed(seconds, 2)) s", ratio: seconds / 2,
                target: armed == 100_000 ? "≤ 2 s" : ""))
    }

    /// What other measures have left would come due in between.
    private func clear(_ session: BlockingConnection) throws {
        _ = try session.query("UPDATE escalations SET due_at = NULL, step_ends_at = NULL, phase = 'ANSWERED'")
        _ = try session.query("UPDATE messages SET state = 'CANCELLED' WHERE state = 'QUEUED'")
        _ = try session.query("CREATE TABLE IF NOT EXISTS bench_due (alert_id UUID PRIMARY KEY, due_at TIMESTAMPTZ)")
        _ = try session.query("TRUNCATE bench_due")
    }

    /// Alerts whose first step has been taken and ends in an hour.
    private func arm(_ session: BlockingConnection, _ count: Int) throws {
        let clinic = "n % \(BenchClinic.count)"
        let alert = BenchClinic.sql("n")
        _ = try session.query(
            """
            INSERT INTO alerts (id, clinic_id, patient_id, assigned_to, urgency_level, room_number)
            SELECT \(alert), \(BenchClinic.sql("1000 + \(clinic)")), \(BenchClinic.sql("5000 + \(clinic)")),
                \(BenchClinic.sql("2000 + \(clinic)")), 'CRITICAL', 'ER-12'
            FROM generate_series(1, $1::int) n
            """, [.integer(count)])
        _ = try session.query(
            """
            INSERT INTO escalations (alert_id, clinic_id, policy_id, policy_version, step, generation, phase, urgency, code,
                due_at, step_ends_at)
            SELECT \(alert), \(BenchClinic.sql("1000 + \(clinic)")), \(BenchClinic.sql("6000 + \(clinic)")), 1, 1, 1,
                'RUNNING', 3, 'T' || n, now() + INTERVAL '1 hour', now() + INTERVAL '1 hour'
            FROM generate_series(1, $1::int) n
            """, [.integer(count)])
        _ = try session.query("ANALYZE alerts")
        _ = try session.query("ANALYZE escalations")
    }

    /// Lets some come due from in three seconds on, at a steady pace.
    private func makeDue(_ session: BlockingConnection, _ count: Int, first: Int, perSecond: Int) throws {
        _ = try session.query("TRUNCATE bench_due")
        _ = try session.query(
            """
            INSERT INTO bench_due (alert_id, due_at)
            SELECT \(BenchClinic.sql("n + $2::int - 1")),
                now() + INTERVAL '3 seconds' + n * INTERVAL '1 second' / \(perSecond)
            FROM generate_series(1, $1::int) n
            """, [.integer(count), .integer(first)])
        _ = try session.query(
            """
            UPDATE escalations e SET due_at = d.due_at, step_ends_at = d.due_at
            FROM bench_due d WHERE d.alert_id = e.alert_id
            """)
    }
}
