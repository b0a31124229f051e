import Clinic
import Database
import Glibc
import Platform
import Store
import TestSupport
import Wire

/// A private PostgreSQL of the benchmark, as durable as a real one (fsync on), with clinics and their people.
///
/// It lies under /var/tmp, which is a disk where /tmp may be memory, and is gone with this process however that ends.
final class BenchDatabase {
    let access: ClusterAccess
    private let directory: String
    private let cluster: PrivateCluster
    private let watchdog: Watchdog
    private var hasMany = false
    private var hasAlerts = false

    init() throws {
        directory = "/var/tmp/alert-hub-bench-\(getpid())"
        watchdog = try Watchdog(directory: directory)
        cluster = try PrivateCluster.start(directory: directory)
        access = cluster.access
        let folder = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/") + "/Migrations"
        _ = try Migrator(Migration.load(directory: folder)).apply(to: access.settings(.owner))
        try seed(0..<BenchClinic.count)
    }

    func end() {
        cluster.stop()
        watchdog.end()
        let removal = try? ProcessHandle.start("/bin/rm", ["-rf", "--", directory])
        _ = removal?.waitForEnd(within: .seconds(60))
    }

    /// A session that row level security does not bind, to arm timers and to look at what came of them.
    func session() throws -> BlockingConnection { try BlockingConnection(access.settings(.superuser)) }

    /// Writes out what is dirty, so that no measure pays for the one before it.
    func settle() throws { _ = try session().query("CHECKPOINT") }

    /// The alerts that were raised so far do not escalate into the next measure, nor page anybody; then as `settle`.
    func calmDown() throws {
        let session = try session()
        _ = try session.query(
            "UPDATE escalations SET due_at = NULL, step_ends_at = NULL, phase = 'ANSWERED' WHERE phase <> 'ANSWERED'")
        _ = try session.query("UPDATE messages SET state = 'CANCELLED' WHERE state = 'QUEUED'")
        try settle()
    }

    /// What PostgreSQL has spent of the processors' time so far, all its processes.
    var processorTime: ProcessorTime {
        let line = HubProgram.text("\(directory)/postgres/data/postmaster.pid").prefix { $0 != "\n" }
        return Int32(line).map(ProcessorTime.ofFamily) ?? ProcessorTime(seconds: 0)
    }

    /// Makes the rest of `BenchClinic.manyCount`, when first asked.
    func seedMany() throws {
        guard !hasMany else { return }
        try seed(BenchClinic.count..<BenchClinic.manyCount)
        hasMany = true
    }

    /// Raises `BenchClinic.alerts` alerts in each clinic, with the statements that raise one, when first asked.
    func seedAlerts(_ statements: [String]) throws {
        guard !hasAlerts else { return }
        hasAlerts = true
        let session = try session()
        for number in 0..<BenchClinic.count {
            for index in 0..<BenchClinic.alerts {
                _ = try session.query("BEGIN")
                let alert = BenchClinic.firstAlert + number * BenchClinic.alerts + index
                for statement in statements {
                    _ = try session.query(
                        statement.replacing(":n)", with: "\(number))").replacing("(:r)", with: "(\(alert))"))
                }
                _ = try session.query("COMMIT")
            }
        }
    }

    private func seed(_ clinics: Range<Int>) throws {
        guard let vault = PHIVault(key: BenchSecrets.vaultKey) else { throw ControlLine.Lost() }
        let session = try session()
        var document = JSONWriter()
        EscalationPolicy.standard(id: BenchClinic(0).policy).write(to: &document)
        _ = try session.query("BEGIN")
        for clinic in clinics.map(BenchClinic.init) {
            let id = Parameter.text(clinic.id.description)
            _ = try session.query("INSERT INTO clinics (id, name, country) VALUES ($1, 'Benchmark', 'CO')", [id])
            for (user, role) in [
                (clinic.doctor, "DOCTOR"), (clinic.backup, "DOCTOR"), (clinic.admissions, "ADMISSIONS"),
            ] {
                let phone = try PhoneNumber("+15005550101").map { number in try vault.seal(phone: number, of: user) }
                _ = try session.query(
                    """
                    INSERT INTO users (id, clinic_id, auth_id, role, full_name, phone_e164)
                    VALUES ($2::uuid, $1, ($2::uuid)::text, $3, 'Benchmark', $4)
                    """, [id, .text(user.description), .text(role), .text(phone)])
            }
            _ = try session.query(
                "INSERT INTO doctor_backups (clinic_id, doctor_id, backup_id) VALUES ($1, $2, $3)",
                [id, .text(clinic.doctor.description), .text(clinic.backup.description)])
            _ = try session.query(
                "INSERT INTO patients (id, clinic_id, full_name) VALUES ($2, $1, $3)",
                [
                    id, .text(clinic.patient.description),
                    .bytes(try vault.seal(name: PHI("J. Doe"), of: clinic.patient)),
                ])
            _ = try session.query(
                """
                INSERT INTO escalation_policies (id, clinic_id, version, name, document, is_active)
                VALUES ($2, $1, 1, 'standard', $3::jsonb, TRUE)
                """, [id, .text(clinic.policy.description), .text(document.text)])
        }
        _ = try session.query("COMMIT")
    }
}
