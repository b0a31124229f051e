package import Clinic
import Cryptography
import Database

/// Whose phone a text came from, and what it may answer. Loop-confined.
///
/// A number alone proves nothing, since it can be feigned: it counts with the code of an open alert that was sent to that
/// very number. Who sends wrong codes is not heard for a while.
package struct PhoneReplyStore {
    /// Wrong codes within `window` that lock a phone for `lock`.
    package static let maximumWrong = 5
    package static let window = Duration.seconds(900)
    package static let lock = Duration.seconds(1_800)

    let pool: Pool
    let vault: PHIVault

    /// The person whom the code was sent to, at the number that answers.
    package struct Replier: Sendable, Equatable {
        package let alert: AlertID
        package let clinic: ClinicID
        package let user: UserID
        package let role: Role
    }

    /// Where a phone stands with its wrong codes.
    package enum Guard: Sendable, Equatable {
        case heard
        case locked
    }

    private static let seen = Statement(
        "inbound_text_seen", "SELECT FROM inbound_texts WHERE gateway = $1 AND event_key = $2")

    private static let keep = Statement(
        "keep_inbound_text",
        "INSERT INTO inbound_texts (gateway, event_key, outcome) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")

    private static let guardOf = Statement(
        "reply_guard",
        "SELECT locked_until > clock_timestamp() AS is_locked FROM reply_guards WHERE phone_digest = ANY ($1::bytea[])")

    // The number must be a verified contact of the person now, and the alert must have been sent to that contact.
    private static let find = Statement(
        "find_replier",
        """
        SELECT DISTINCT e.clinic_id, e.alert_id, c.user_id
        FROM escalations e
        JOIN messages m ON m.clinic_id = e.clinic_id AND m.alert_id = e.alert_id
        JOIN contact_methods c ON c.clinic_id = m.clinic_id AND c.user_id = m.user_id AND c.id = m.contact_id
        WHERE e.code = $1 AND e.closed_at IS NULL AND c.address_digest = ANY ($2::bytea[]) AND c.kind = 'SMS'
            AND c.verified_at IS NOT NULL AND c.deleted_at IS NULL
        LIMIT 2
        """)

    private static let role = Statement(
        "role_of_replier", "SELECT role FROM users WHERE clinic_id = $1 AND id = $2 AND is_active")

    private static let wrong = Statement(
        "wrong_reply",
        """
        INSERT INTO reply_guards (phone_digest, wrong, since) VALUES ($1, 1, clock_timestamp())
        ON CONFLICT (phone_digest) DO UPDATE SET
            wrong = CASE WHEN reply_guards.since < clock_timestamp() - $2::bigint * INTERVAL '1 microsecond'
                THEN 1 ELSE reply_guards.wrong + 1 END,
            since = CASE WHEN reply_guards.since < clock_timestamp() - $2::bigint * INTERVAL '1 microsecond'
                THEN clock_timestamp() ELSE reply_guards.since END,
            locked_until = CASE WHEN reply_guards.wrong + 1 >= $3::int
                AND reply_guards.since >= clock_timestamp() - $2::bigint * INTERVAL '1 microsecond'
                THEN clock_timestamp() + $4::bigint * INTERVAL '1 microsecond' ELSE reply_guards.locked_until END
        RETURNING locked_until > clock_timestamp() AS is_locked
        """)

    private static let forgive = Statement(
        "forgive_wrong_replies", "DELETE FROM reply_guards WHERE phone_digest = ANY ($1::bytea[])")

    // A number may be a contact in several clinics: the answer is one text, of the one that the phone heard of last. It
    // goes out whatever the number's limits say, as CRITICAL does: its owner waits for it, and a phone that guesses is
    // locked after a few.
    private static let queue = Statement(
        "queue_reply_answer",
        """
        INSERT INTO messages
            (id, clinic_id, user_id, contact_id, purpose, step, generation, channel, template, address, priority,
             reply_code, not_before, expires_at)
        SELECT gen_random_uuid(), clinic_id, user_id, id, 'REPLY', 0, 0, kind, $3, address, 3, $4, clock_timestamp(),
            clock_timestamp() + INTERVAL '5 minutes'
        FROM contact_methods
        WHERE clinic_id = $1 AND id = $2 AND verified_at IS NOT NULL AND opted_out_at IS NULL AND deleted_at IS NULL
        """)

    private static let contacts = Statement(
        "contacts_of_phone",
        """
        SELECT c.clinic_id, c.id FROM contact_methods c
        LEFT JOIN LATERAL (
            SELECT max(m.created_at) AS at FROM messages m
            WHERE m.clinic_id = c.clinic_id AND m.contact_id = c.id
        ) last ON TRUE
        WHERE c.address_digest = ANY ($1::bytea[]) AND c.kind = 'SMS' AND c.deleted_at IS NULL
        ORDER BY (c.verified_at IS NOT NULL AND c.opted_out_at IS NULL) DESC, last.at DESC NULLS LAST, c.id LIMIT 100
        """)

    private static let forget = Statement(
        "forget_reply_guards", "DELETE FROM reply_guards WHERE since < clock_timestamp() - INTERVAL '1 day'")

    /// Whether this text was acted on before.
    package func isKnown(gateway: String, key: String) async throws(StoreError) -> Bool {
        !(try await pool.runAsEngine([Self.seen(.text(gateway), .text(key))])[0].isEmpty)
    }

    /// Remembers that the text was acted on; `outcome` is a word of the hub's own.
    package func keep(gateway: String, key: String, outcome: String) async throws(StoreError) {
        _ = try await pool.runAsEngine([Self.keep(.text(gateway), .text(key), .text(outcome))])
    }

    /// Whether this phone is heard at the moment.
    package func standing(of phone: PhoneNumber) async throws(StoreError) -> Guard {
        let rows = try await pool.runAsEngine([Self.guardOf(digests(phone))])
        return try reading { () throws(DatabaseError) in
            for row in rows[0] where try row.optionalBool("is_locked") ?? false { return .locked }
            return .heard
        }
    }

    /// Whom the code was sent to at this number; nil for nobody, or where it is not one person and one alert.
    package func replier(_ code: AlertCode, from phone: PhoneNumber) async throws(StoreError) -> Replier? {
        let rows = try await pool.runAsEngine([Self.find(.text(code.description), digests(phone))])
        guard rows[0].count == 1, let found = rows[0].first else { return nil }
        let (clinic, alert, user) = try reading { () throws(DatabaseError) -> (ClinicID, AlertID, UserID) in
            (try found.id("clinic_id"), try found.id("alert_id"), try found.id("user_id"))
        }
        let roles = try await pool.run(.hub(in: clinic), [Self.role(.id(clinic), .id(user))])
        return try reading { () throws(DatabaseError) in
            guard let row = roles[0].first else { return nil }
            return Replier(alert: alert, clinic: clinic, user: user, role: try row.choice("role"))
        }
    }

    /// Counts a code that was not sent to this phone. `locked` if it is not heard from now on.
    package func noteWrong(from phone: PhoneNumber) async throws(StoreError) -> Guard {
        let rows = try await pool.runAsEngine([
            Self.forget(),
            Self.wrong(
                .bytes(vault.digests(of: .phone(phone))[0]), .microseconds(Self.window), .integer(Self.maximumWrong),
                .microseconds(Self.lock)),
        ])
        return try reading { () throws(DatabaseError) in
            try rows[1].first?.optionalBool("is_locked") ?? false ? .locked : .heard
        }
    }

    /// A right code: the wrong ones before it were slips.
    package func forgive(_ phone: PhoneNumber) async throws(StoreError) {
        _ = try await pool.runAsEngine([Self.forgive(digests(phone))])
    }

    /// Queues what became of a reply as a text to whoever has this phone; false where nobody who may be written to has.
    package func queue(_ answer: PhoneAnswer, to phone: PhoneNumber) async throws(StoreError) -> Bool {
        guard let (clinic, contact) = try await contacts(of: phone).first else { return false }
        let rows = try await pool.run(
            .hub(in: clinic),
            [
                Self.queue(
                    .id(clinic), .id(contact), .text(answer.template.rawValue), .text(answer.code?.description))
            ])
        return rows[0].affected > 0
    }

    /// The clinics in which somebody has this phone.
    package func clinics(of phone: PhoneNumber) async throws(StoreError) -> Set<ClinicID> {
        Set(try await contacts(of: phone).map(\.clinic))
    }

    private func contacts(of phone: PhoneNumber) async throws(StoreError) -> [(clinic: ClinicID, contact: ContactID)] {
        let rows = try await pool.runAsEngine([Self.contacts(digests(phone))])
        return try reading { () throws(DatabaseError) in
            var contacts: [(ClinicID, ContactID)] = []
            for row in rows[0] { contacts.append((try row.id("clinic_id"), try row.id("id"))) }
            return contacts
        }
    }

    private func digests(_ phone: PhoneNumber) -> Parameter {
        .array(vault.digests(of: .phone(phone)).map { "\\x\(Hex.encode($0))" })
    }
}
