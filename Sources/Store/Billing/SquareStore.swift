package import Clinic
import Database

/// Where the clinics' orders are read at Square, and what was read. Loop-confined.
///
/// An account has one job in the queue `square-sync`, which comes back for ever: its row is the clinic's timer. What a page
/// brought and how far it reached is one transaction, which only the holder of the job's lease can write.
package struct SquareStore {
    let pool: Pool
    let vault: PHIVault

    // MARK: Accounts

    private static let setAccount = Statement(
        "set_square_account",
        """
        INSERT INTO square_accounts (clinic_id, access_token) VALUES ($1, $2)
        ON CONFLICT (clinic_id) DO UPDATE
        SET access_token = EXCLUDED.access_token, read_through = NULL, last_synced_at = NULL
        """)

    private static let removeLocations = Statement(
        "remove_square_locations", "DELETE FROM square_locations WHERE clinic_id = $1")

    private static let addLocations = Statement(
        "add_square_locations",
        "INSERT INTO square_locations (location_id, clinic_id) SELECT unnest($2::text[]), $1::uuid")

    private static let removeAccount = Statement(
        "remove_square_account", "DELETE FROM square_accounts WHERE clinic_id = $1 RETURNING clinic_id")

    // It is a cache: what may be of other locations is read again.
    private static let emptyCache = Statement(
        "empty_billing_cache", "DELETE FROM billing_display_cache WHERE clinic_id = $1")

    private static let beginJob = Statement(
        "begin_square_job",
        """
        INSERT INTO jobs (id, clinic_id, queue, subject_id) VALUES ($2, $1, 'square-sync', $1)
        ON CONFLICT (queue, subject_id) DO UPDATE
        SET state = 'QUEUED', lease_until = NULL, not_before = clock_timestamp(), failures = 0, last_error = NULL,
            updated_at = clock_timestamp()
        """)

    private static let endJob = Statement(
        "end_square_job",
        """
        UPDATE jobs SET state = 'DONE', lease_until = NULL, failures = 0, last_error = NULL, updated_at = clock_timestamp()
        WHERE clinic_id = $1 AND queue = 'square-sync'
        """)

    /// Sets where the clinic's orders are read, from the beginning; they are read at once.
    ///
    /// Throws `conflict(.locationTaken)` for a location of another clinic, `invalidReference(.clinicId)` for no clinic.
    package func set(_ account: SquareAccount, _ context: TenantContext) async throws(StoreError) {
        let clinic = Parameter.id(context.clinic)
        let token = try vault.seal(squareToken: account.token, of: context.clinic)
        _ = try await pool.run(
            context,
            [
                Self.setAccount(clinic, .text(token)), Self.removeLocations(clinic),
                Self.addLocations(clinic, .array(account.locations)), Self.emptyCache(clinic),
                Self.beginJob(clinic, .id(JobID.random())),
                context.audit(.squareAccountChanged, table: "square_accounts", context.clinic),
            ])
    }

    /// The clinic's orders are read no more, and what was read is forgotten. Throws `notFound(.clinic)` where none are read.
    package func remove(_ context: TenantContext) async throws(StoreError) {
        let clinic = Parameter.id(context.clinic)
        let rows = try await pool.run(
            context,
            [
                Self.removeAccount(clinic), Self.emptyCache(clinic), Self.endJob(clinic),
                context.audit(.squareAccountRemoved, table: "square_accounts", context.clinic),
            ])
        guard !rows[0].isEmpty else { throw .notFound(.clinic) }
    }

    // MARK: Reading orders

    private static let account = Statement(
        "read_square_account",
        """
        SELECT a.access_token, a.read_through, l.location_id
        FROM square_accounts a JOIN square_locations l ON l.clinic_id = a.clinic_id
        WHERE a.clinic_id = $1 ORDER BY l.location_id
        """)

    // A reference that names nobody of the clinic, or somebody who was erased, leaves the order without a patient.
    private static let keep = Statement(
        "keep_square_orders",
        """
        INSERT INTO billing_display_cache
            (clinic_id, patient_id, square_order_id, status, amount_cents, currency, last_synced_at)
        SELECT $1::uuid, p.id, o.order_id, o.status, o.amount, o.currency, clock_timestamp()
        FROM unnest($2::text[], $3::uuid[], $4::text[], $5::int[], $6::text[])
            AS o (order_id, patient_id, status, amount, currency)
        LEFT JOIN patients p ON p.clinic_id = $1 AND p.id = o.patient_id AND p.erased_at IS NULL
        ON CONFLICT (square_order_id) DO UPDATE
        SET patient_id = EXCLUDED.patient_id, status = EXCLUDED.status, amount_cents = EXCLUDED.amount_cents,
            currency = EXCLUDED.currency, last_synced_at = EXCLUDED.last_synced_at
        """)

    private static let advance = Statement(
        "advance_square_account",
        "UPDATE square_accounts SET read_through = COALESCE($2::timestamptz, read_through) WHERE clinic_id = $1")

    private static let finish = Statement(
        "finish_square_account",
        """
        UPDATE square_accounts
        SET read_through = COALESCE($2::timestamptz, read_through), last_synced_at = clock_timestamp()
        WHERE clinic_id = $1
        """)

    private static let holdOn = Statement(
        "hold_on_to_job",
        """
        UPDATE jobs SET lease_until = clock_timestamp() + $3::bigint * INTERVAL '1 microsecond'
        WHERE clinic_id = $1 AND id = $2
        """)

    private static let settle = Statement(
        "settle_square_job",
        """
        UPDATE jobs
        SET state = $3, lease_until = NULL, last_error = $4, updated_at = clock_timestamp(),
            failures = CASE WHEN $4::text IS NULL THEN 0 ELSE failures + 1 END,
            not_before = clock_timestamp() + $5::bigint * INTERVAL '1 microsecond'
        WHERE clinic_id = $1 AND id = $2
        """)

    private static let failures = Statement(
        "read_job_failures", "SELECT failures FROM jobs WHERE clinic_id = $1 AND id = $2")

    /// The account that a job is about; nil where there is none any more. Throws `unsealable` where the token does not open,
    /// `conflict(.leaseLost)` where another attempt has the job.
    package func account(of job: ClaimedJob) async throws(StoreError) -> SquareAccount? {
        let rows = try await pool.run(
            .hub(in: job.clinic), [JobStore.hold(job), Self.account(.id(job.clinic))])
        guard let first = rows[1].first else { return nil }
        let (sealed, through, locations) = try reading {
            () throws(DatabaseError) -> (String, Timestamp?, [String]) in
            var locations: [String] = []
            for row in rows[1] { locations.append(try row.string("location_id")) }
            return (try first.string("access_token"), try first.optionalTime("read_through"), locations)
        }
        return SquareAccount(
            token: try vault.openSquareToken(sealed, of: job.clinic), locations: locations, readThrough: through)
    }

    /// Keeps a page of orders and how far it reached, and holds the job for another lease.
    package func keep(
        _ orders: [BilledOrder], through: Timestamp?, of job: ClaimedJob, lease: Duration
    ) async throws(StoreError) {
        // One statement writes a row once: of an order that is there twice the later one counts.
        var latest: [String: BilledOrder] = [:]
        for order in orders { latest[order.id] = order }
        let kept = latest.values.sorted { $0.id < $1.id }
        let clinic = Parameter.id(job.clinic)
        _ = try await pool.run(
            .hub(in: job.clinic),
            [
                JobStore.hold(job),
                Self.keep(
                    clinic, .array(kept.map(\.id)), .array(kept.map { $0.patient?.description }),
                    .array(kept.map(\.status.rawValue)), .array(kept.map { $0.amountCents.map(String.init) }),
                    .array(kept.map(\.currency))),
                Self.advance(clinic, .time(through)), Self.holdOn(clinic, .id(job.id), .microseconds(lease)),
            ])
    }

    /// All was read: the next time is after `rest`, and begins at `from`; nil begins where this one began.
    package func finish(_ job: ClaimedJob, from: Timestamp?, rest: Duration) async throws(StoreError) {
        _ = try await pool.run(
            .hub(in: job.clinic),
            [JobStore.hold(job), Self.finish(.id(job.clinic), .time(from)), Self.settled(job, .queued, rest: rest)])
    }

    /// There is more to read than one attempt reads: the job is done again at once, after those that wait.
    package func goOn(_ job: ClaimedJob) async throws(StoreError) {
        _ = try await pool.run(.hub(in: job.clinic), [JobStore.hold(job), Self.settled(job, .queued)])
    }

    /// The attempt failed. `decide` is told how often it failed since the last success, this time included.
    ///
    /// - Parameter error: a word of the hub's, at most 64 characters.
    package func fail(
        _ job: ClaimedJob, error: String, _ decide: (Int) -> JobRetry.Decision
    ) async throws(StoreError) -> JobRetry.Decision {
        try await pool.interact(.hub(in: job.clinic)) { transaction throws(StoreError) in
            let rows = try await transaction.execute([
                JobStore.hold(job), Self.failures(.id(job.clinic), .id(job.id)),
            ])
            let before = try reading { () throws(DatabaseError) in try rows[1].first?.int("failures") ?? 0 }
            let decision = decide(before + 1)
            let call =
                switch decision {
                case .again(let rest): Self.settled(job, .queued, error: error, rest: rest)
                case .dead: Self.settled(job, .dead, error: error)
                }
            _ = try await transaction.executeAndCommit([call])
            return decision
        }
    }

    private static func settled(
        _ job: ClaimedJob, _ state: JobState, error: String? = nil, rest: Duration = .zero
    ) -> Call {
        settle(.id(job.clinic), .id(job.id), .text(state.rawValue), .text(error), .microseconds(rest))
    }
}
