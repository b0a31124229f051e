package import Clinic
import Database

/// What a clinic does not keep any longer: removed in batches, each of them one transaction with its audit row. Loop-confined.
package struct RetentionStore {
    /// What goes by its age alone.
    package enum Kind: String, CaseIterable, Sendable {
        case events
        /// Of events that are gone.
        case receipts
        case alerts
        case jobs

        fileprivate var batch: Int {
            switch self {
            case .events, .jobs: 500
            case .receipts: 2_000
            // Each with its story, its messages and their attempts.
            case .alerts: 50
            }
        }

        fileprivate var table: String {
            switch self {
            case .events: "clinic_events"
            case .receipts, .alerts, .jobs: rawValue
            }
        }
    }

    let pool: Pool

    private static func removal(_ name: String, _ function: String) -> Statement {
        Statement(
            name: name,
            sql: """
                WITH removed AS MATERIALIZED (
                    SELECT \(function) AS count, $5::bigint AS age, $6::int AS most
                ), told AS (
                    INSERT INTO audit_logs (clinic_id, actor_role, action, target_table, occurrences)
                    SELECT $1, $2, $3, $4, count FROM removed WHERE count > 0
                )
                SELECT count FROM removed
                """)
    }

    private static let past = "clock_timestamp() - $5::bigint * INTERVAL '1 microsecond'"
    private static let events = removal("remove_old_events", "remove_old_events(\(past), $6::int)")
    private static let receipts = removal("remove_old_receipts", "remove_old_receipts($6::int)")
    private static let alerts = removal("remove_closed_alerts", "remove_closed_alerts(\(past), $6::int)")
    private static let jobs = removal("remove_done_jobs", "remove_done_jobs(\(past), $6::int)")

    /// Removes one batch of what is older than `age`; whether there may be more.
    package func remove(_ kind: Kind, olderThan age: Duration, of clinic: ClinicID) async throws(StoreError) -> (
        count: Int, isWhole: Bool
    ) {
        let statement =
            switch kind {
            case .events: Self.events
            case .receipts: Self.receipts
            case .alerts: Self.alerts
            case .jobs: Self.jobs
            }
        let context = TenantContext.hub(in: clinic)
        let rows = try await pool.run(
            context,
            [
                statement(
                    .id(clinic), .text(context.actor.roleName), .text(AuditAction.expiredRemoved.rawValue),
                    .text(kind.table), .microseconds(age), .integer(kind.batch))
            ])
        let count = try reading { () throws(DatabaseError) in try rows[0].first?.int("count") ?? 0 }
        return (count, count < kind.batch)
    }

    // MARK: Scans

    /// A scan that goes.
    package struct ExpiredScan: Sendable, Equatable {
        package let form: IntakeFormID
        package let storageKey: String
    }

    private static let scansOfAge = Statement(
        "list_old_scans",
        """
        SELECT id, storage_key FROM uploads
        WHERE clinic_id = $1 AND file_removed_at IS NULL AND status IN ('VERIFIED', 'REJECTED')
            AND updated_at < clock_timestamp() - $2::bigint * INTERVAL '1 microsecond'
        ORDER BY updated_at LIMIT 100
        """)

    private static let scansDue = Statement(
        "list_due_scans",
        """
        SELECT id, storage_key FROM uploads
        WHERE clinic_id = $1 AND file_removed_at IS NULL AND file_due_at IS NOT NULL ORDER BY file_due_at LIMIT 100
        """)

    private static let forgetUpload = Statement(
        "forget_scan",
        """
        UPDATE uploads SET file_removed_at = clock_timestamp(), original_filename = NULL
        WHERE clinic_id = $1 AND id = $2 AND file_removed_at IS NULL
        """)

    private static let forgetSuggestions = Statement(
        "forget_suggestions",
        """
        UPDATE extraction_results SET suggestions_json = '{}'
        WHERE clinic_id = $1 AND extraction_job_id IN (
            SELECT id FROM extraction_jobs WHERE clinic_id = $1 AND upload_id = $2)
        """)

    private static let forgetParsed = Statement(
        "forget_parsed_form", "UPDATE intake_forms SET parsed_json = NULL WHERE clinic_id = $1 AND upload_id = $2")

    /// Scans of erased patients' forms, and of forms that were settled longer than `age` ago, nil for none; at most 200.
    package func expiredScans(olderThan age: Duration?, of clinic: ClinicID) async throws(StoreError) -> [ExpiredScan] {
        let age = age.map { Parameter.microseconds($0) } ?? .null
        let rows = try await pool.run(
            .hub(in: clinic), [Self.scansDue(.id(clinic)), Self.scansOfAge(.id(clinic), age)])
        return try reading { () throws(DatabaseError) in
            var scans: [ExpiredScan] = []
            for row in rows.flatMap({ Array($0) }) {
                let scan = ExpiredScan(form: try row.id("id"), storageKey: try row.string("storage_key"))
                if !scans.contains(scan) { scans.append(scan) }
            }
            return scans
        }
    }

    /// The file of a scan is gone; so is what a machine read of it. What a person approved stays the patient's.
    package func forget(_ scan: ExpiredScan, of clinic: ClinicID) async throws(StoreError) {
        let context = TenantContext.hub(in: clinic)
        let (clinic, form) = (Parameter.id(clinic), Parameter.id(scan.form))
        _ = try await pool.run(
            context,
            [
                Self.forgetUpload(clinic, form), Self.forgetSuggestions(clinic, form), Self.forgetParsed(clinic, form),
                context.audit(.expiredRemoved, table: "uploads", scan.form),
            ])
    }

    // MARK: Files that nobody names

    private static let stray = Statement(
        "list_stray_files",
        """
        SELECT a.storage_key, EXISTS (
            SELECT FROM uploads u
            WHERE u.clinic_id = $1 AND u.id = split_part(a.storage_key, '/', 2)::uuid AND u.file_removed_at IS NULL
        ) AS is_named
        FROM announced_files a
        WHERE a.clinic_id = $1 AND a.announced_at < clock_timestamp() - $2::bigint * INTERVAL '1 microsecond'
        ORDER BY a.announced_at LIMIT 100
        """)

    /// Files that were announced longer than `grace` ago, and whether a form names them after all; at most 100.
    package func announced(
        longerThan grace: Duration, of clinic: ClinicID
    ) async throws(StoreError) -> [(storageKey: String, isNamed: Bool)] {
        let rows = try await pool.run(.hub(in: clinic), [Self.stray(.id(clinic), .microseconds(grace))])
        return try reading { () throws(DatabaseError) in
            var files: [(storageKey: String, isNamed: Bool)] = []
            for row in rows[0] { files.append((try row.string("storage_key"), try row.bool("is_named"))) }
            return files
        }
    }

    /// Nothing more is to be done about a file that was announced.
    package func settle(_ storageKey: String, of clinic: ClinicID) async throws(StoreError) {
        _ = try await pool.run(.hub(in: clinic), [IntakeStore.named(storageKey, in: clinic)])
    }
}
