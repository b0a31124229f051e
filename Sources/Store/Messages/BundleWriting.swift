import Clinic
import Database
import Escalation

/// The texts of one claim that are gathered into one for each person, and what is written of them. Loop-confined; within the
/// claim's transaction.
struct BundleWriting {
    /// Whose texts are counted and gathered together.
    struct Person: Hashable, Sendable {
        let clinic: ClinicID
        let user: UserID
        let contact: ContactID?
        /// Of the number, in hexadecimal.
        let digest: String
    }

    private struct Bundle {
        let id: MessageID
        let isNew: Bool
        var within: Duration
        var messages: [WaitingMessage] = []
    }

    private var bundling = Bundling<Person>()
    private var bundles: [Person: Bundle] = [:]
    private var gatheringNow: [Person: MessageID] = [:]

    // As ENGINE. What counts is what its person had from this clinic: texts of alerts below CRITICAL, and bundles.
    private static let count = Statement(
        "count_for_bundles",
        """
        SELECT n.place, n.is_mine, (EXTRACT(EPOCH FROM had.age) * 1000000)::bigint AS age
        FROM (SELECT place, clinic_id, digest, pg_try_advisory_xact_lock(hashtextextended(clinic_id || digest, 4913)) AS is_mine
              FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS person (clinic_id, digest, place)) n
        LEFT JOIN LATERAL (
            SELECT statement_timestamp() - d.submitted_at AS age
            FROM delivery_attempts d JOIN messages m ON m.id = d.message_id
            WHERE d.address_digest = decode(n.digest, 'hex') AND d.number = 1 AND d.clinic_id = n.clinic_id
                AND d.submitted_at > statement_timestamp() - $3::bigint * INTERVAL '1 microsecond'
                AND m.priority < 3 AND m.purpose IN ('ALERT', 'BUNDLE')
            ORDER BY d.submitted_at DESC LIMIT $4
        ) had ON n.is_mine
        """)

    private static let gathering = Statement(
        "gathering_bundles",
        """
        SELECT person.place, bundle.id
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) WITH ORDINALITY AS person (clinic_id, user_id, contact_id, place)
        CROSS JOIN LATERAL (
            SELECT id FROM messages
            WHERE clinic_id = person.clinic_id AND user_id = person.user_id AND purpose = 'BUNDLE' AND state = 'QUEUED'
                AND contact_id IS NOT DISTINCT FROM person.contact_id AND attempts = 0
                AND not_before > statement_timestamp() AND expires_at > not_before
            ORDER BY created_at DESC LIMIT 1
            FOR NO KEY UPDATE SKIP LOCKED
        ) bundle
        """)

    // Within the clinic. The address, sealed, is that of the texts whose place it takes.
    private static let begin = Statement(
        "begin_bundle",
        """
        INSERT INTO messages
            (id, clinic_id, user_id, contact_id, step, generation, channel, template, address, priority, purpose, not_before,
             expires_at)
        SELECT $2, $1, user_id, contact_id, 0, 0, channel, $4, address, priority, 'BUNDLE',
            statement_timestamp() + $5::bigint * INTERVAL '1 microsecond', expires_at
        FROM messages WHERE clinic_id = $1 AND id = $3
        """)

    // In the order of the first two: first they are bundled, then the bundle is as urgent and lives as long as any of them.
    private static let join = Statement(
        "join_bundle",
        """
        UPDATE messages SET state = 'BUNDLED', bundled_into = $2
        WHERE clinic_id = $1 AND id = ANY ($3::uuid[]) AND state = 'QUEUED'
        """)

    private static let grow = Statement(
        "grow_bundle",
        """
        UPDATE messages b SET priority = GREATEST(b.priority, o.priority), expires_at = GREATEST(b.expires_at, o.expires_at)
        FROM (SELECT max(priority) AS priority, max(expires_at) AS expires_at FROM messages
              WHERE clinic_id = $1 AND bundled_into = $2 AND state = 'BUNDLED') o
        WHERE b.clinic_id = $1 AND b.id = $2
        """)

    private static let tell = Statement(
        "tell_bundled",
        """
        INSERT INTO alert_timeline (alert_id, clinic_id, at, kind, status, step, user_id, detail)
        SELECT o.alert_id, $1, clock_timestamp(), $4, a.status, o.step, o.user_id, jsonb_build_object('message', $2::text)
        FROM messages o JOIN alerts a ON a.clinic_id = $1 AND a.id = o.alert_id
        WHERE o.clinic_id = $1 AND o.id = ANY ($3::uuid[]) AND o.bundled_into = $2::uuid AND o.state = 'BUNDLED'
        """)

    /// Reads, as ENGINE, what the decisions about these messages need; `digests` are those of their numbers.
    init(
        _ messages: [WaitingMessage], digests: [ContactAddress: String], _ transaction: Transaction
    ) async throws(StoreError) {
        let open = messages.filter { $0.rules.bundling != nil && $0.tried.isEmpty && $0.alert != nil }
        let people = Array(Set(open.compactMap { Self.person($0, digests) }))
        guard !people.isEmpty else { return }
        let rules = open.compactMap(\.rules.bundling)
        let clinics = Parameter.array(people.map(\.clinic.description))
        let window = rules.map(\.window).max() ?? .zero
        let limit = rules.map(\.count).max() ?? 1
        let rows = try await transaction.execute([
            Self.count(clinics, .array(people.map(\.digest)), .microseconds(window), .integer(limit)),
            Self.gathering(
                clinics, .array(people.map(\.user.description)), .array(people.map { $0.contact?.description })),
        ])
        try reading { () throws(DatabaseError) in
            for row in rows[0] {
                let person = people[try row.int("place") - 1]
                if try !row.bool("is_mine") { bundling.noteForeign(person) }
                if let age = try row.optionalDuration(microseconds: "age") { bundling.note(age, of: person) }
            }
            for row in rows[1] {
                let person = people[try row.int("place") - 1]
                gatheringNow[person] = try row.id("id")
                bundling.noteGathering(for: person)
            }
        }
    }

    private static func person(_ message: WaitingMessage, _ digests: [ContactAddress: String]) -> Person? {
        digests[message.address].map {
            Person(clinic: message.clinic, user: message.user, contact: message.contact, digest: $0)
        }
    }

    /// Decides for the next message, in the order in which they would leave; one that is bundled is kept for `calls`.
    mutating func decide(
        _ message: WaitingMessage, digests: [ContactAddress: String]
    ) -> Bundling<Person>.Decision {
        guard message.alert != nil, message.kind == .sms, let person = Self.person(message, digests) else {
            return .alone
        }
        let decision = bundling.decide(
            message.urgency, message.rules.bundling, isFirstTry: message.tried.isEmpty, expiresIn: message.expiresIn,
            for: person)
        guard case .bundled(let within) = decision else { return decision }
        var bundle =
            bundles[person]
            ?? Bundle(id: gatheringNow[person] ?? .random(), isNew: gatheringNow[person] == nil, within: within)
        bundle.within = min(bundle.within, within)
        bundle.messages.append(message)
        bundles[person] = bundle
        return decision
    }

    /// The clinics in which somebody's texts are bundled from now on.
    var storms: [ClinicID] {
        Set(bundles.filter(\.value.isNew).map(\.key.clinic)).sorted { $0.description < $1.description }
    }

    /// Writes the bundles, entering each clinic; the last call leads back to ENGINE. Empty where there are none.
    var calls: [Call] {
        var calls: [Call] = []
        for (person, bundle) in bundles.sorted(by: { $0.value.id.description < $1.value.id.description }) {
            guard let first = bundle.messages.first else { continue }
            let (clinic, id) = (Parameter.id(person.clinic), Parameter.id(bundle.id))
            let messages = Parameter.array(bundle.messages.map(\.message.description))
            calls.append(TenantContext.hub(in: person.clinic).session.call)
            if bundle.isNew {
                calls.append(
                    Self.begin(
                        clinic, id, .id(first.message), .text(TextTemplate.bundle.rawValue),
                        .microseconds(bundle.within)))
            }
            calls.append(Self.join(clinic, id, messages))
            calls.append(Self.grow(clinic, id))
            calls.append(Self.tell(clinic, id, messages, .text(TimelineEntry.Kind.bundled.rawValue)))
        }
        return calls.isEmpty ? [] : calls + [SessionContext.engine.call]
    }
}
