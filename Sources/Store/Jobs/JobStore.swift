package import Clinic
import Database

/// Durable jobs: claimed for a lease, fair between clinics, tried again, given up. Loop-confined.
///
/// A claim commits before the work begins. What came of the work is written together with `settled`, in one transaction
/// that `hold` fails where the lease was lost: so a job has one outcome, whoever else tried it.
package struct JobStore {
    /// The most jobs of one claim.
    package static let maximumClaim = 50

    let pool: Pool

    private static let insert = Statement(
        "insert_job",
        """
        INSERT INTO jobs (id, clinic_id, queue, subject_id, not_before)
        VALUES ($1, $2, $3, $4, CASE WHEN $5::bool THEN 'infinity' ELSE clock_timestamp() END)
        """)

    // By turns: of each clinic its oldest job, then its second. What a clinic has running already counts as turns it had, so
    // a clinic with ten thousand jobs does not keep out one with a single one. The clinics are found by skipping through
    // the index, so the cost grows with their number and not with the jobs'.
    private static let claim = Statement(
        "claim_jobs",
        """
        WITH RECURSIVE waiting AS (
            (SELECT clinic_id FROM jobs WHERE queue = $1 AND state = 'QUEUED' ORDER BY clinic_id LIMIT 1)
            UNION ALL
            SELECT (SELECT j.clinic_id FROM jobs j WHERE j.queue = $1 AND j.state = 'QUEUED' AND j.clinic_id > w.clinic_id
                    ORDER BY j.clinic_id LIMIT 1)
            FROM waiting w WHERE w.clinic_id IS NOT NULL
        ), turns AS (
            SELECT j.id, j.not_before,
                row_number() OVER (PARTITION BY w.clinic_id ORDER BY j.not_before, j.id)
                    + (SELECT count(*) FROM jobs r
                       WHERE r.queue = $1 AND r.clinic_id = w.clinic_id AND r.state = 'RUNNING') AS turn
            FROM waiting w CROSS JOIN LATERAL (
                SELECT id, not_before FROM jobs
                WHERE queue = $1 AND clinic_id = w.clinic_id AND state = 'QUEUED' AND not_before <= statement_timestamp()
                ORDER BY not_before, id LIMIT 2 * $2::int
            ) j
            WHERE w.clinic_id IS NOT NULL
        ), taken AS (
            SELECT j.id FROM jobs j JOIN turns t ON t.id = j.id
            WHERE j.state = 'QUEUED'
            ORDER BY t.turn, t.not_before, j.id LIMIT $2 FOR UPDATE OF j SKIP LOCKED
        )
        UPDATE jobs j
        SET state = 'RUNNING', attempts = attempts + 1, updated_at = clock_timestamp(),
            lease_until = clock_timestamp() + $3::bigint * INTERVAL '1 microsecond'
        FROM taken WHERE j.id = taken.id
        RETURNING j.id, j.clinic_id, j.subject_id, j.attempts
        """)

    private static let next = Statement(
        "next_job",
        """
        SELECT (EXTRACT(EPOCH FROM min(not_before) - statement_timestamp()) * 1000000)::bigint AS due_in
        FROM jobs WHERE queue = $1 AND state = 'QUEUED' AND not_before < 'infinity'
        """)

    private static let lost = Statement(
        "lost_jobs",
        """
        SELECT id, clinic_id, subject_id, attempts FROM jobs
        WHERE queue = $1 AND state = 'RUNNING' AND lease_until <= statement_timestamp() ORDER BY lease_until LIMIT 50
        """)

    private static let hold = Statement("hold_job", "SELECT hold_job($1, $2::int)")

    private static let settle = Statement(
        "settle_job",
        """
        UPDATE jobs
        SET state = $3, lease_until = NULL, last_error = $4, updated_at = clock_timestamp(),
            not_before = CASE WHEN $3 = 'QUEUED'
                THEN clock_timestamp() + $5::bigint * INTERVAL '1 microsecond' ELSE not_before END
        WHERE clinic_id = $1 AND id = $2
        """)

    private static let settleCompanion = Statement(
        "settle_companion_job",
        """
        UPDATE jobs SET state = $4, attempts = attempts + 1, last_error = $5, updated_at = clock_timestamp()
        WHERE clinic_id = $1 AND queue = $2 AND subject_id = $3 AND state = 'QUEUED'
        """)

    private static let counts = Statement(
        "count_jobs",
        """
        SELECT queue, count(*) FILTER (WHERE state = 'QUEUED') AS waiting,
            count(*) FILTER (WHERE state = 'RUNNING') AS running, count(*) FILTER (WHERE state = 'DEAD') AS dead,
            min(not_before) FILTER (WHERE state = 'QUEUED' AND not_before <= statement_timestamp()) AS oldest,
            max(last_error) FILTER (WHERE failures > 0) AS failure
        FROM jobs WHERE clinic_id = $1 AND state <> 'DONE' GROUP BY queue
        UNION ALL
        SELECT 'alert-dispatch',
            (SELECT count(*) FROM messages WHERE clinic_id = $1 AND state = 'QUEUED'),
            (SELECT count(*) FROM delivery_attempts WHERE clinic_id = $1 AND lease_until IS NOT NULL),
            (SELECT count(*) FROM messages WHERE clinic_id = $1 AND dead_at IS NOT NULL),
            (SELECT min(not_before) FROM messages
             WHERE clinic_id = $1 AND state = 'QUEUED' AND not_before <= statement_timestamp()),
            NULL
        """)

    // MARK: Claiming

    /// What a claim came to.
    package struct Claim: Sendable {
        package let jobs: [ClaimedJob]
        /// When the next job may be done; nil where none waits.
        package let nextIn: Duration?
    }

    /// Takes at most `limit` jobs of a queue, of whatever clinics, for the time of a lease.
    package func claim(_ queue: JobQueue, limit: Int, lease: Duration) async throws(StoreError) -> Claim {
        let limit = min(max(limit, 1), Self.maximumClaim)
        let name = Parameter.text(queue.rawValue)
        let rows = try await pool.runAsEngine([
            Self.claim(name, .integer(limit), .microseconds(lease)), Self.next(name),
        ])
        return try reading { () throws(DatabaseError) in
            Claim(jobs: try Self.jobs(rows[0]), nextIn: try rows[1].first?.optionalDuration(microseconds: "due_in"))
        }
    }

    /// Jobs whose lease has ended, at most 50: their hub died, or is too slow. They are still to be settled.
    package func lost(_ queue: JobQueue) async throws(StoreError) -> [ClaimedJob] {
        let rows = try await pool.runAsEngine([Self.lost(.text(queue.rawValue))])
        return try reading { () throws(DatabaseError) in try Self.jobs(rows[0]) }
    }

    private static func jobs(_ rows: Rows) throws(DatabaseError) -> [ClaimedJob] {
        var jobs: [ClaimedJob] = []
        for row in rows { jobs.append(try ClaimedJob(row)) }
        return jobs
    }

    /// How the queues of a clinic stand; those whose jobs are in no table are all zeros.
    package func statuses(_ context: TenantContext) async throws(StoreError) -> [QueueStatus] {
        let rows = try await pool.run(context, [Self.counts(.id(context.clinic))])
        return try reading { () throws(DatabaseError) in
            var statuses = JobQueue.allCases.map { QueueStatus($0) }
            for row in rows[0] {
                let queue: JobQueue = try row.choice("queue")
                for index in statuses.indices where statuses[index].queue == queue {
                    statuses[index].waiting = try row.int("waiting")
                    statuses[index].running = try row.int("running")
                    statuses[index].dead = try row.int("dead")
                    statuses[index].oldestWaitingSince = try row.optionalTime("oldest")
                    statuses[index].failure = try row.optionalString("failure")
                }
            }
            return statuses
        }
    }

    /// There is nothing to do for a job any more.
    package func drop(_ job: ClaimedJob) async throws(StoreError) {
        _ = try await pool.run(.hub(in: job.clinic), [Self.hold(job), Self.done(job)])
    }

    // MARK: Parts of others' transactions

    /// Puts a job into its queue.
    ///
    /// - Parameter isCompanion: whether another job of the same subject takes it along.
    static func add(_ queue: JobQueue, of subject: IntakeFormID, isCompanion: Bool = false, in clinic: ClinicID) -> Call
    {
        insert(.id(JobID.random()), .id(clinic), .text(queue.rawValue), .id(subject), .bool(isCompanion))
    }

    /// First of all: fails the transaction with `conflict(.leaseLost)` where the job is not this attempt's any more.
    static func hold(_ job: ClaimedJob) -> Call { hold(.id(job.id), .integer(job.attempt)) }

    static func done(_ job: ClaimedJob) -> Call { settled(job, .done, error: nil) }

    /// The attempt failed; `error` is a word of the hub's.
    static func failed(_ job: ClaimedJob, _ decision: JobRetry.Decision, error: String) -> Call {
        switch decision {
        case .again(let rest): settled(job, .queued, error: error, rest: rest)
        case .dead: settled(job, .dead, error: error)
        }
    }

    private static func settled(_ job: ClaimedJob, _ state: JobState, error: String?, rest: Duration = .zero) -> Call {
        settle(
            .id(job.clinic), .id(job.id), .text(state.rawValue), .text(error), .microseconds(rest))
    }

    /// A job that was taken along is done, or given up, with the one that took it.
    static func settleCompanion(_ queue: JobQueue, of job: ClaimedJob, error: String? = nil) -> Call {
        settleCompanion(
            .id(job.clinic), .text(queue.rawValue), .id(job.subject),
            .text((error == nil ? JobState.done : .dead).rawValue), .text(error))
    }
}
