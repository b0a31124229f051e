package import Clinic
import Cryptography
import Database
package import Escalation

extension MessageStore {
    /// Messages to send now, most urgent first, and how long until the next one may go out.
    package struct Claim: Sendable, Equatable {
        package let messages: [ClaimedMessage]
        /// Zero or less if more are ready; nil if nothing waits.
        package let nextIn: Duration?
        /// Clinics in which so much came for somebody that it is bundled from now on.
        package let storms: [ClinicID]
    }

    // The share lock on the escalation makes the fence hold: an acknowledgement that is being committed makes this skip
    // the message, and one that was committed has raised the generation.
    private static let look = Statement(
        name: "look_at_messages",
        sql: """
            WITH of_alerts AS MATERIALIZED (
                SELECT m.id, e.code, e.policy_id, e.policy_version
                FROM messages m
                JOIN escalations e ON e.alert_id = m.alert_id
                WHERE m.state = 'QUEUED' AND m.not_before <= statement_timestamp()
                    AND m.expires_at > statement_timestamp()
                    AND e.generation = m.generation AND e.phase IN ('RUNNING', 'EXHAUSTED', 'ANSWERED')
                ORDER BY m.priority DESC, m.not_before
                LIMIT $1
                FOR NO KEY UPDATE OF m SKIP LOCKED
                FOR SHARE OF e SKIP LOCKED
            ), of_contacts AS MATERIALIZED (
                SELECT m.id FROM messages m
                WHERE m.alert_id IS NULL AND m.state = 'QUEUED' AND m.not_before <= statement_timestamp()
                    AND m.expires_at > statement_timestamp() AND \(isCurrent)
                ORDER BY m.not_before
                LIMIT $1
                FOR NO KEY UPDATE OF m SKIP LOCKED
            ), ready AS (
                SELECT id, code, policy_id, policy_version FROM of_alerts
                UNION ALL
                SELECT c.id, NULL, p.policy_id, p.policy_version
                FROM of_contacts c LEFT JOIN LATERAL (
                    SELECT e.policy_id, e.policy_version FROM messages o JOIN escalations e ON e.alert_id = o.alert_id
                    WHERE o.bundled_into = c.id AND o.state = 'BUNDLED' ORDER BY o.priority DESC, o.id LIMIT 1) p ON TRUE
            )
            SELECT m.id, m.clinic_id, m.alert_id, m.user_id, m.step, m.generation, m.channel, m.template,
                m.answer_within_seconds, m.address, m.priority, m.tries_before, m.contact_id, m.sealed_code,
                COALESCE(ready.code, m.reply_code) AS code, ready.policy_id, ready.policy_version,
                c.from_directory, (c.opted_out_at IS NOT NULL OR c.deleted_at IS NOT NULL) IS TRUE AS is_contact_gone,
                (EXTRACT(EPOCH FROM m.expires_at - statement_timestamp()) * 1000000)::bigint AS expires_in,
                array_to_string(
                    ARRAY(SELECT d.gateway FROM delivery_attempts d WHERE d.message_id = m.id ORDER BY d.number), ','
                ) AS tried,
                (SELECT d.id FROM delivery_attempts d
                 WHERE d.message_id = m.id AND d.number = m.attempts AND d.state = 'UNKNOWN') AS doubtful_id
            FROM ready JOIN messages m ON m.id = ready.id
            LEFT JOIN contact_methods c ON c.clinic_id = m.clinic_id AND c.id = m.contact_id
            ORDER BY m.priority DESC, m.not_before
            LIMIT $1
            """)

    // What the fence lets nobody send is no reason to look: it would be one every few milliseconds until it expires.
    private static let next = Statement(
        name: "next_message",
        sql: """
            SELECT (EXTRACT(EPOCH FROM min(m.not_before) - statement_timestamp()) * 1000000)::bigint AS due_in
            FROM messages m WHERE m.state = 'QUEUED' AND m.expires_at > statement_timestamp() AND \(isCurrent)
            """)

    // One hub counts a number's messages at a time; another one leaves them for its next look.
    private static let count = Statement(
        "count_by_address",
        """
        SELECT n.digest, n.is_mine, (EXTRACT(EPOCH FROM d.age) * 1000000)::bigint AS age
        FROM (SELECT digest, pg_try_advisory_xact_lock(hashtextextended(digest, 4912)) AS is_mine
              FROM unnest($1::text[]) AS digest) n
        LEFT JOIN LATERAL (
            SELECT statement_timestamp() - submitted_at AS age FROM delivery_attempts
            WHERE address_digest = decode(n.digest, 'hex') AND number = 1
                AND submitted_at > statement_timestamp() - $2::bigint * INTERVAL '1 microsecond'
            ORDER BY submitted_at DESC LIMIT $3
        ) d ON n.is_mine
        ORDER BY n.digest, d.age
        """)

    private static let take = Statement(
        "take_messages",
        """
        UPDATE messages SET state = 'SUBMITTING', attempts = attempts + 1
        WHERE id = ANY ($1::uuid[])
        """)

    private static let attempt = Statement(
        "insert_attempts",
        """
        INSERT INTO delivery_attempts
            (id, clinic_id, message_id, gateway, number, address_digest, doubt_seconds, lease_until, holder)
        SELECT id, clinic_id, message_id, gateway, number, decode(digest, 'hex'), doubt,
            statement_timestamp() + $8::bigint * INTERVAL '1 microsecond', $9
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::text[], $7::int[])
            AS taken (id, clinic_id, message_id, gateway, number, digest, doubt)
        """)

    private static let postpone = Statement(
        "postpone_messages",
        """
        UPDATE messages m SET not_before = statement_timestamp() + late.microseconds * INTERVAL '1 microsecond'
        FROM unnest($1::uuid[], $2::bigint[]) AS late (id, microseconds)
        WHERE m.id = late.id
        """)

    /// Takes at most `limit` messages, each with a new attempt that is committed before this returns, across clinics.
    ///
    /// A message whose alert was answered, closed or has gone a step further is never returned. An attempt whose outcome
    /// is not recorded before its holder is gone, or within the lease, becomes UNKNOWN and its message is sent again.
    /// Where very many come for one person, what the policy bundles becomes BUNDLED, in a message of its own that leaves later.
    /// `choose` is asked under the messages' locks, so it must not wait; a message that it lets wait, or that its number's
    /// limits hold back, the hub's or those of its policy, stays queued until then.
    ///
    /// - Parameter holder: nil where no session stands for this process just now; then the lease alone tells of its death.
    package func claim(
        limit: Int, lease: Duration = .seconds(30), holder: AttemptHolder? = nil,
        limits: NumberLimits = NumberLimits([]),
        choose: (WaitingMessage) -> GatewayBoard.Choice
    ) async throws(StoreError) -> Claim {
        let limit = min(max(limit, 1), Self.maximumClaim)
        return try await pool.interactAsEngine { transaction throws(StoreError) in
            let rows = try await transaction.execute([Self.look(.integer(limit)), Self.next()])
            guard !rows[0].isEmpty else {
                return Claim(messages: [], nextIn: try Self.nextIn(rows[1]), storms: [])
            }
            var waiting: [WaitingMessage] = []
            let keys = try reading { () throws(DatabaseError) in
                var keys: [FrozenPolicies.Key] = []
                for row in rows[0] { if let key = try WaitingMessage.policy(of: row) { keys.append(key) } }
                return keys
            }
            let policies = try await policies.policies(keys, transaction)
            for row in rows[0] { waiting.append(try WaitingMessage(row, policies, vault: vault)) }
            let alertCounts = try await Self.alertCounts(of: waiting, transaction)
            var held = try await HeldNumbers(waiting, limits, vault, transaction)
            var bundles = try await BundleWriting(waiting, digests: held.digests, transaction)
            var taken: [ClaimedMessage] = []
            var digests: [String] = []
            var late: [(MessageID, Duration)] = []
            for message in waiting {
                let alertCount = alertCounts[message.message] ?? 1
                if alertCount == 0 {
                    // Its alerts are being answered just now.
                    late.append((message.message, Self.answeringWait))
                    continue
                }
                switch message.isContactGone ? .alone : bundles.decide(message, digests: held.digests) {
                case .alone: break
                case .bundled: continue
                case .wait(let delay):
                    late.append((message.message, delay))
                    continue
                }
                let hold = held.wait(for: message)
                if hold > .zero {
                    late.append((message.message, hold))
                    continue
                }
                switch message.isContactGone ? GatewayBoard.Choice.none : choose(message) {
                case .wait(let delay): late.append((message.message, delay))
                case .use(let gateway):
                    taken.append(
                        ClaimedMessage(message, attempt: .random(), gateway: gateway, alertCount: alertCount))
                    digests.append(held.count(message))
                case .none:
                    taken.append(ClaimedMessage(message, attempt: .random(), gateway: ClaimedMessage.noGateway))
                    digests.append(held.count(message))
                }
            }
            let results = try await transaction.executeAndCommit(
                Self.calls(taken, digests: digests, late: late, lease: lease, holder: holder) + bundles.calls
                    + [Self.next()])
            return Claim(
                messages: taken, nextIn: try Self.nextIn(results[results.count - 1]), storms: bundles.storms)
        }
    }

    private static let answeringWait = Duration.seconds(1)

    /// Of how many alerts each bundle among these tells.
    private static func alertCounts(
        of waiting: [WaitingMessage], _ transaction: Transaction
    ) async throws(StoreError) -> [MessageID: Int] {
        let bundles = waiting.filter { $0.template == .bundle }
        guard !bundles.isEmpty else { return [:] }
        let rows = try await transaction.execute([countBundled(.array(bundles.map(\.message.description)))])
        return try reading { () throws(DatabaseError) in
            var counts: [MessageID: Int] = [:]
            for row in rows[0] {
                let bundle: MessageID = try row.id("id")
                counts[bundle] = try row.int("alerts")
            }
            return counts
        }
    }

    private static func calls(
        _ taken: [ClaimedMessage], digests: [String], late: [(MessageID, Duration)], lease: Duration,
        holder: AttemptHolder?
    ) -> [Call] {
        var calls: [Call] = []
        if !taken.isEmpty {
            calls.append(take(.array(taken.map(\.message.description))))
            calls.append(
                attempt(
                    .array(taken.map(\.attempt.description)), .array(taken.map(\.clinic.description)),
                    .array(taken.map(\.message.description)), .array(taken.map(\.gateway)),
                    .array(taken.map { String($0.number) }), .array(digests),
                    .array(taken.map { String($0.rules.doubt.components.seconds) }), .microseconds(lease),
                    holder.map { .integer($0.number) } ?? .null))
        }
        if !late.isEmpty {
            calls.append(
                postpone(
                    .array(late.map(\.0.description)), .array(late.map { String($0.1.saturatedMicroseconds) })))
        }
        return calls
    }

    private static func nextIn(_ rows: Rows) throws(StoreError) -> Duration? {
        try reading { () throws(DatabaseError) in try rows.first?.optionalDuration(microseconds: "due_in") }
    }

    /// The numbers of some messages, by their digests, and when each had its last ones.
    private struct HeldNumbers {
        private let limits: NumberLimits
        private var counts = NumberCounts<String>()
        private(set) var digests: [ContactAddress: String] = [:]

        init(
            _ messages: [WaitingMessage], _ limits: NumberLimits, _ vault: PHIVault, _ transaction: Transaction
        ) async throws(StoreError) {
            self.limits = limits
            for message in messages { digests[message.address] = Hex.encode(vault.digests(of: message.address)[0]) }
            let counted = messages.filter {
                NumberCounts<String>.binds($0.urgency, by: limits.and($0.rules.limits), isFirstTry: $0.tried.isEmpty)
            }
            let bound = Set(counted.compactMap { digests[$0.address] })
            guard !bound.isEmpty else { return }
            let all = counted.reduce(limits) { $0.and($1.rules.limits) }
            let rows = try await transaction.execute([
                MessageStore.count(
                    .array(bound.sorted()), .microseconds(all.longestWindow), .integer(all.longestCount))
            ])
            for row in rows[0] {
                let (digest, isMine, age) = try reading { () throws(DatabaseError) -> (String, Bool, Duration?) in
                    (
                        try row.string("digest"), try row.bool("is_mine"),
                        try row.optionalDuration(microseconds: "age")
                    )
                }
                if !isMine { counts.noteForeign(digest) }
                if let age { counts.note(age, of: digest) }
            }
        }

        func wait(for message: WaitingMessage) -> Duration {
            guard let digest = digests[message.address] else { return .zero }
            return counts.wait(
                for: message.urgency, by: limits.and(message.rules.limits), isFirstTry: message.tried.isEmpty,
                to: digest)
        }

        /// Notes that a message goes out now; its number's digest.
        mutating func count(_ message: WaitingMessage) -> String {
            guard let digest = digests[message.address] else { return "" }
            counts.count(digest, isFirstTry: message.tried.isEmpty)
            return digest
        }
    }
}
