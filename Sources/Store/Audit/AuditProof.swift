package import Clinic
package import Database

/// Proves the chains of the audit: computes every hash anew and follows each clinic from its first row to its head.
///
/// The hashes are computed by the server's own `sha256`, from columns that this program names: nothing is believed that the
/// database's functions might have been changed to say. Blocks; for the command line.
package enum AuditProof {
    /// A row that is not what it was, or not where it was.
    package struct Fault: Equatable, Sendable {
        package enum Kind: String, Sendable {
            /// Its columns do not give its hash.
            case changed = "was changed"
            /// Rows before it are gone.
            case missing = "follows rows that are gone"
            /// It names another row before it, or another has its place.
            case moved = "does not follow the row before it"
            /// Rows behind it are gone: the chain went further.
            case cut = "is the last, but the chain went on"
        }

        package let kind: Kind
        package let clinic: ClinicID
        /// The row's id; 0 where a clinic has no row any more.
        package let id: Int64
        package let place: Int64
    }

    /// One clinic's chain. Whoever keeps the head elsewhere can later prove that the whole chain was not made anew.
    package struct Chain: Equatable, Sendable {
        package let clinic: ClinicID
        package let rows: Int
        package let head: [UInt8]
    }

    package struct Report: Equatable, Sendable {
        package let chains: [Chain]
        /// The first hundred, by clinic and place.
        package let faults: [Fault]
        /// Rows that were written while the proof ran.
        package let unsealed: Int
    }

    private static let enter = """
        SELECT set_config('app.current_role', 'ENGINE', true), set_config('client_encoding', 'UTF8', true),
            set_config('work_mem', '128MB', true)
        """

    private static let faults = """
        SELECT clinic_id, id, chain_seq, step, is_same
        FROM (
            SELECT clinic_id, id, chain_seq, is_same, chain_seq - lag(chain_seq, 1, 0::bigint) OVER chain AS step,
                prev_hash = lag(hash, 1, $2::bytea) OVER chain AS follows
            FROM (
                SELECT clinic_id, id, chain_seq, prev_hash, hash,
                    hash = sha256(prev_hash || record_send(ROW(
                        chain_seq, id, clinic_id, actor_user_id, actor_role, action, target_table, target_id, ip_address,
                        session_id, logged_at, outcome, occurrences))) AS is_same
                FROM audit_logs WHERE hash IS NOT NULL AND ($1::uuid IS NULL OR clinic_id = $1::uuid)
                -- Computed before the rows are sorted, so that what is sorted is short.
                OFFSET 0
            ) hashed
            WINDOW chain AS (PARTITION BY clinic_id ORDER BY chain_seq, id)
        ) walked
        WHERE NOT is_same OR NOT follows OR step <> 1
        ORDER BY clinic_id, chain_seq, id LIMIT 100
        """

    private static let ends = """
        SELECT COALESCE(c.clinic_id, l.clinic_id) AS clinic_id, COALESCE(l.rows, 0) AS rows, c.head_hash,
            COALESCE(l.last, 0) AS last, COALESCE(t.id, 0) AS last_id,
            COALESCE(l.last, 0) = c.head_seq AND COALESCE(t.hash, $2::bytea) = c.head_hash AS is_whole
        FROM (SELECT * FROM audit_chains WHERE $1::uuid IS NULL OR clinic_id = $1::uuid) c
        FULL JOIN (
            SELECT clinic_id, count(*) AS rows, max(chain_seq) AS last FROM audit_logs
            WHERE hash IS NOT NULL AND ($1::uuid IS NULL OR clinic_id = $1::uuid) GROUP BY clinic_id
        ) l ON l.clinic_id = c.clinic_id
        LEFT JOIN audit_logs t ON t.clinic_id = l.clinic_id AND t.chain_seq = l.last
        ORDER BY 1, 5
        """

    /// Seals what waits, then proves one clinic's chain, or all of them, as they stood at one moment.
    ///
    /// - Parameter owner: a session of the tables' owner: nobody else may read all of it.
    package static func run(
        _ owner: BlockingConnection, clinic: ClinicID? = nil
    ) throws(DatabaseError) -> Report {
        while true {
            _ = try owner.query("BEGIN")
            _ = try owner.query(enter)
            let sealed = try owner.query("SELECT seal_audit_logs(50000) AS n").first?.int("n") ?? 0
            _ = try owner.query("COMMIT")
            if sealed == 0 { break }
        }
        _ = try owner.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        _ = try owner.query(enter)
        let scope = Parameter.id(clinic)
        var faults: [Fault] = []
        let start = Parameter.bytes([UInt8](repeating: 0, count: 32))
        for row in try owner.query(Self.faults, [scope, start]) {
            faults.append(try fault(row))
        }
        var chains: [Chain] = []
        for row in try owner.query(ends, [scope, start]) {
            let chain = Chain(
                clinic: try row.id("clinic_id"), rows: try row.int("rows"),
                head: try row.optionalBytes("head_hash") ?? [])
            chains.append(chain)
            if try row.optionalBool("is_whole") == true { continue }
            faults.append(
                Fault(kind: .cut, clinic: chain.clinic, id: try row.int64("last_id"), place: try row.int64("last")))
        }
        let unsealed = try owner.query("SELECT count(*) AS n FROM audit_logs WHERE hash IS NULL").first?.int("n") ?? 0
        _ = try owner.query("COMMIT")
        return Report(chains: chains, faults: faults, unsealed: unsealed)
    }

    private static func fault(_ row: Row) throws(DatabaseError) -> Fault {
        let step = try row.int64("step")
        let kind: Fault.Kind = step > 1 ? .missing : try row.bool("is_same") ? .moved : .changed
        return Fault(
            kind: kind, clinic: try row.id("clinic_id"), id: try row.int64("id"), place: try row.int64("chain_seq"))
    }
}
