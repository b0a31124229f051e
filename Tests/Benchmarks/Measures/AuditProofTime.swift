import Database
import Glibc
import Platform
import TestSupport

/// How long the proof of 1,000,000 audit rows takes: sealed by the hub's own function, verified by the release binary's
/// `alert-hub audit verify`; then one byte of one row is changed, and the same command must name that row and no other.
struct AuditProofTime {
    private static let rows = 1_000_000
    /// Rows of one call, as the hub seals.
    private static let sealed = 5_000

    let bench: Bench

    func run() throws {
        let database = try bench.database()
        let session = try database.session()
        bench.report.progress("audit: writes \(Self.rows) rows of \(BenchClinic.count) clinics")
        _ = try session.query(
            """
            INSERT INTO audit_logs (clinic_id, actor_user_id, actor_role, action, target_table, target_id, ip_address,
                session_id, outcome)
            SELECT \(BenchClinic.sql("1000 + n % \(BenchClinic.count)")), gen_random_uuid(), 'DOCTOR', 'READ_PATIENT',
                'patients', gen_random_uuid(), '192.0.2.7', md5(n::text), 'OK'
            FROM generate_series(1, $1::int) n
            """, [.integer(Self.rows)])
        bench.report.progress("audit: seals them")
        // The function runs as the tables' owner, whom row level security binds.
        _ = try session.query("SELECT set_config('app.current_role', 'ENGINE', false)")
        let began = MonotonicTime.now()
        var count = 0
        repeat {
            count = try session.query("SELECT seal_audit_logs($1::int) AS n", [.integer(Self.sealed)])[0].int("n")
        } while count > 0
        let sealing = began.duration(to: .now())
        try database.settle()
        bench.report.progress("audit: verifies them")
        let (whole, seconds) = try verify(database)
        guard whole.exitCode == 0, whole.output.contains(": whole") else { throw failure(whole) }
        let id = try session.query(
            "SELECT id FROM audit_logs WHERE clinic_id = \(BenchClinic.sql("1007")) AND chain_seq = 12345")[0].int64(
                "id")
        // Past the triggers, as who owns the disk could.
        try session.execute(
            script: """
                SET session_replication_role = replica;
                UPDATE audit_logs SET actor_role = 'DOCTOr' WHERE id = \(id)
                """)
        bench.report.progress("audit: verifies them with one byte changed")
        let (broken, _) = try verify(database)
        let faults = broken.output.split(separator: "\n").filter { $0.hasPrefix("FAULT") }
        guard broken.exitCode == 1, faults.count == 1, faults[0].contains("row \(id), place 12345") else {
            throw failure(broken)
        }
        report(seconds, sealing: sealing.inMilliseconds / 1000, fault: String(faults[0]))
    }

    private func verify(_ database: BenchDatabase) throws -> (CommandResult, seconds: Double) {
        let began = MonotonicTime.now()
        let result = try HubProgram.run(
            ["audit", "verify", "--data", "/var/tmp/alert-hub-bench-\(getpid())-audit"],
            environment: [
                "DATABASE_URL=\(database.access.settings(.hub).url)",
                "DATABASE_OWNER_URL=\(database.access.settings(.owner).url)",
            ], within: .seconds(300))
        return (result, began.duration(to: .now()).inMilliseconds / 1000)
    }

    private func failure(_ result: CommandResult) -> HubBinary.Failure {
        HubBinary.Failure(log: "exit \(result.exitCode): \(result.output.suffix(500)) \(result.errors.suffix(500))")
    }

    private func report(_ seconds: Double, sealing: Double, fault: String) {
        bench.report.add(
            Report.Line(
                what: "audit verify, \(Self.rows) rows", hub: "\(Statistics.fixed(seconds, 2)) s", ratio: seconds / 10,
                target: "≤ 10 s", note: "sealed in \(Statistics.fixed(sealing, 1)) s; with one byte changed: \(fault)"))
    }
}
