package import Clinic
package import Database

/// Revocations of tokens, written by a clinic's administrators and read by every hub. Loop-confined.
package struct RevocationStore {
    /// Single tokens that a clinic may have revoked at a time, so that every hub can hold all of them in memory. A user
    /// takes one place, however many tokens there are, and is not counted here.
    package static let maximumTokens = 1000
    /// Revocations that one read returns.
    static let maximumPage = 1000
    /// Told after each commit; a hub that is told looks at once.
    package static let notification = "alert_hub_revocations"

    private let pool: Pool

    package init(pool: Pool) { self.pool = pool }

    private static let forget = Statement(
        "forget_revocations",
        "DELETE FROM revocations WHERE clinic_id = $1 AND expires_at < clock_timestamp() - interval '1 day'")

    private static let revokeUser = Statement(
        "revoke_user",
        """
        INSERT INTO revocations (clinic_id, user_id, revoked_by) VALUES ($1, $2, $3)
        ON CONFLICT (clinic_id, user_id) WHERE user_id IS NOT NULL
        DO UPDATE SET revoked_at = clock_timestamp(), revoked_by = EXCLUDED.revoked_by
        RETURNING clinic_id, user_id, token_id, revoked_at, expires_at
        """)

    // A repetition may tell an end that was not known, or a later one; it never makes the end come earlier.
    private static let revokeToken = Statement(
        name: "revoke_token",
        sql: """
            INSERT INTO revocations (clinic_id, token_id, revoked_by, expires_at)
            SELECT $1::uuid, $2::text, $3::uuid, $4::timestamptz
            WHERE EXISTS (SELECT FROM revocations WHERE clinic_id = $1::uuid AND token_id = $2::text)
                OR (
                    SELECT count(*) FROM revocations
                    WHERE clinic_id = $1::uuid AND token_id IS NOT NULL
                        AND (expires_at IS NULL OR expires_at > clock_timestamp())
                ) < \(maximumTokens)
            ON CONFLICT (clinic_id, token_id) WHERE token_id IS NOT NULL
            DO UPDATE SET revoked_at = clock_timestamp(), revoked_by = EXCLUDED.revoked_by,
                expires_at = CASE
                    WHEN revocations.expires_at IS NULL OR EXCLUDED.expires_at IS NULL THEN NULL
                    ELSE greatest(revocations.expires_at, EXCLUDED.expires_at)
                END
            RETURNING clinic_id, user_id, token_id, revoked_at, expires_at
            """)

    static let notify = Statement(
        name: "notify_revocation", sql: "SELECT pg_notify('\(notification)', '')")

    /// Revokes, audits it and tells every hub, in one transaction: NOTIFY takes a lock of the whole database at its commit,
    /// which something so rare may.
    ///
    /// - Parameter expiresAt: the end of a token, where it is known.
    /// - Throws: `invalidReference` for a user or a clinic that does not exist; `tooManyRevocations`.
    package func revoke(
        _ subject: Revocation.Subject, until expiresAt: Timestamp? = nil, _ context: TenantContext
    ) async throws(StoreError) -> Revocation {
        let actor = context.actor.user
        let calls: [Call]
        switch subject {
        case .user(let user):
            calls = [
                Self.revokeUser(.id(context.clinic), .id(user), .id(actor)),
                context.audit(.tokenRevoked, table: "users", user),
            ]
        case .token(let id):
            calls = [
                Self.revokeToken(.id(context.clinic), .text(id), .id(actor), .time(expiresAt)),
                context.audit(.tokenRevoked, table: "revocations", ClinicID?.none),
            ]
        }
        let rows = try await pool.run(context, [Self.forget(.id(context.clinic))] + calls + [Self.notify()])
        guard let row = rows[1].first else { throw .tooManyRevocations }
        return try reading { () throws(DatabaseError) in try Revocation(row) }
    }

    /// The place after which a reader reads on.
    package struct Cursor: Hashable, Comparable, Sendable {
        let changedAt: Timestamp
        let id: Int64

        package static func < (left: Cursor, right: Cursor) -> Bool {
            (left.changedAt, left.id) < (right.changedAt, right.id)
        }

        /// Before everything.
        package static let start = Cursor(changedAt: Timestamp(microseconds: 0), id: 0)

        /// A place so much earlier: a change is seen only at its commit, which may come after that of a later one.
        package func back(by duration: Duration) -> Cursor {
            Cursor(changedAt: changedAt.advanced(by: .zero - duration), id: 0)
        }
    }

    private static let changes = Statement(
        "revocations_after",
        """
        SELECT id, clinic_id, user_id, token_id, revoked_at, expires_at FROM revocations
        WHERE (revoked_at, id) > ($1::timestamptz, $2::bigint)
            AND (expires_at IS NULL OR expires_at > clock_timestamp() - interval '10 minutes')
        ORDER BY revoked_at, id LIMIT $3
        """)

    /// What was revoked after the cursor in all clinics, and is not over: a page,
    /// the cursor behind it, and whether there may be more.
    package func changes(
        after cursor: Cursor
    ) async throws(StoreError) -> (revocations: [Revocation], last: Cursor, hasMore: Bool) {
        let rows = try await pool.runAsEngine([
            Self.changes(.time(cursor.changedAt), .integer(cursor.id), .integer(Self.maximumPage))
        ])
        return try reading { () throws(DatabaseError) in
            var revocations: [Revocation] = []
            for row in rows[0] { revocations.append(try Revocation(row)) }
            guard let last = rows[0].last else { return ([], cursor, false) }
            return (
                revocations, Cursor(changedAt: try last.time("revoked_at"), id: try last.int64("id")),
                rows[0].count == Self.maximumPage
            )
        }
    }
}
