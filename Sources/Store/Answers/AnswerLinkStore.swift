package import Clinic
import Cryptography
import Database
package import Escalation

/// One-time links: a person answers an alert from a phone without signing in. Loop-confined.
///
/// A link is bound to one person and one alert, and to the message that carried it. It answers once, within its time, as
/// that person; to look at it changes nothing. What is kept of it is a digest.
package struct AnswerLinkStore {
    let pool: Pool
    let escalations: EscalationStore

    /// How long a link outlives the step that it was sent for: a doctor may come late and still take over.
    package static let validity = Duration.seconds(4 * 3_600)

    /// What a link is for, as whoever holds it may know.
    package struct Opened: Sendable, Equatable {
        package let alert: AlertID
        package let clinic: ClinicID
        package let user: UserID
        package let role: Role
        package let urgency: UrgencyLevel
        package let status: AlertStatus
        package let code: String
        package let state: State
    }

    /// Whether a link can still answer.
    package enum State: String, Sendable { case fresh, used, expired }

    /// What a POST came to.
    package enum Answer: Sendable, Equatable {
        /// Done, now; the advance is to be published.
        case done(EscalationStore.Advance)
        /// The link has answered before, or its time is over.
        case spent(State)
    }

    private static let insert = Statement(
        "insert_answer_link",
        """
        INSERT INTO answer_links (token_digest, clinic_id, alert_id, user_id, message_id, expires_at)
        VALUES ($2, $1, $3, $4, $5, clock_timestamp() + $6::bigint * INTERVAL '1 microsecond')
        """)

    private static let find = Statement(
        "find_answer_link",
        """
        SELECT clinic_id, alert_id, user_id, used_at IS NOT NULL AS is_used, expires_at <= clock_timestamp() AS is_over
        FROM answer_links WHERE token_digest = $1
        """)

    private static let look = Statement(
        "look_at_answer_link",
        """
        SELECT u.role, a.urgency_level, a.status, e.code
        FROM alerts a
        JOIN escalations e ON e.clinic_id = a.clinic_id AND e.alert_id = a.id
        JOIN users u ON u.clinic_id = a.clinic_id AND u.id = $3
        WHERE a.clinic_id = $1 AND a.id = $2 AND u.is_active
        """)

    private static let use = Statement(
        "use_answer_link",
        """
        UPDATE answer_links SET used_at = clock_timestamp(), used_for = $3
        WHERE clinic_id = $1 AND token_digest = $2 AND used_at IS NULL AND expires_at > clock_timestamp()
        """)

    /// Makes the link of a message that is about to be sent.
    package func make(for message: ClaimedMessage) async throws(StoreError) -> AnswerToken {
        guard let token = AnswerToken(Base64.encodeURL(SecureRandom.bytes(16))) else { throw .unsealable }
        _ = try await pool.run(
            .hub(in: message.clinic),
            [
                Self.insert(
                    .id(message.clinic), .bytes(Self.digest(token)), .id(message.alert), .id(message.user),
                    .id(message.message), .microseconds(Self.validity))
            ])
        return token
    }

    /// What the link is for. Changes nothing. Throws `notFound` for a link that was never made, or whose person is no
    /// member of staff any more.
    package func open(_ token: AnswerToken) async throws(StoreError) -> Opened {
        let rows = try await pool.runAsEngine([Self.find(.bytes(Self.digest(token)))])
        guard let row = rows[0].first else { throw .notFound(.alert) }
        let (clinic, alert, user, state) = try reading {
            () throws(DatabaseError) -> (ClinicID, AlertID, UserID, State) in
            let state: State = try row.bool("is_used") ? .used : try row.bool("is_over") ? .expired : .fresh
            return (try row.id("clinic_id"), try row.id("alert_id"), try row.id("user_id"), state)
        }
        let found = try await pool.run(.hub(in: clinic), [Self.look(.id(clinic), .id(alert), .id(user))])
        guard let row = found[0].first else { throw .notFound(.alert) }
        return try reading { () throws(DatabaseError) in
            Opened(
                alert: alert, clinic: clinic, user: user, role: try row.choice("role"),
                urgency: try row.choice("urgency_level"), status: try row.choice("status"),
                code: try row.string("code"), state: state)
        }
    }

    /// Gives the alert the input and spends the link, in one transaction: where the alert's state refuses the input, the
    /// link stays as it was.
    package func answer(
        _ token: AnswerToken, _ opened: Opened, _ input: EscalationInput, as word: String, _ context: TenantContext
    ) async throws(StoreError) -> Answer {
        try await pool.interact(context) { transaction throws(StoreError) in
            let calls = EscalationSnapshot.calls(opened.alert, clinic: context.clinic)
            let use = Self.use(.id(context.clinic), .bytes(Self.digest(token)), .text(word))
            let results = try await transaction.execute(calls + [use])
            guard results[calls.count].affected > 0 else {
                return .spent(opened.state == .fresh ? .used : opened.state)
            }
            let snapshot = try EscalationSnapshot(results[..<calls.count])
            return .done(try await escalations.apply(input, to: opened.alert, snapshot, transaction, context))
        }
    }

    private static func digest(_ token: AnswerToken) -> [UInt8] { SHA256.hash(Array(token.disclosed.utf8)) }
}
