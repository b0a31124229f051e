import Clinic
import Database
import Escalation
import Testing

@testable import Store

@Suite("What the dispatcher asks of the store")
struct DispatchStoreTests {
    private static let limits = NumberLimits([.init(count: 1, window: .seconds(600))])

    private func claim(
        _ fixture: StoreFixture, limits: NumberLimits = NumberLimits([]), _ choice: GatewayBoard.Choice
    ) async throws -> MessageStore.Claim {
        try await fixture.store { try await $0.messages.claim(limit: 10, limits: limits) { _ in choice } }
    }

    @Test("The choice sees the gateways that were tried, and the attempt that nobody knows of")
    func history() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.raise()
            let first = try #require(try await claim(fixture, .use("one")).messages.first)
            #expect(first.number == 1 && first.round == 1 && first.doubtful == nil && first.triedGateways == ["one"])
            try await fixture.record(.unknown(code: "deadline", retryAfter: .zero), of: first)
            let seen = try await fixture.store { store in
                var seen: [[String]] = []
                let claim = try await store.messages.claim(limit: 10) { message in
                    seen.append(message.tried)
                    return .use("two")
                }
                return (seen, claim.messages)
            }
            #expect(seen.0 == [["one"]])
            let second = try #require(seen.1.first)
            #expect(second.gateway == "two" && second.number == 2 && second.triedGateways == ["one", "two"])
            #expect(second.doubtful?.attempt == first.attempt && second.doubtful?.gateway == "one")
            let outcomes = try fixture.superuser("SELECT outcome FROM delivery_attempts ORDER BY number")
            #expect(try outcomes.map { try $0.optionalString("outcome") } == ["UNKNOWN", nil])
        }
    }

    @Test("A message that is let wait stays queued until then, without an attempt")
    func wait() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.raise()
            let claim = try await claim(fixture, .wait(.seconds(100)))
            #expect(claim.messages.isEmpty)
            #expect(try #require(claim.nextIn) > .seconds(90))
            #expect(try fixture.superuser("SELECT FROM delivery_attempts").count == 0)
            #expect(try fixture.superuser("SELECT attempts FROM messages")[0].int("attempts") == 0)
        }
    }

    @Test("A message that its alert has left behind is no reason to look again")
    func leftBehind() async throws {
        try await StoreFixture.withStore { fixture in
            let alert = try await fixture.raise().id
            let message = try #require(try await claim(fixture, .use("one")).messages.first)
            _ = try await fixture.advance(alert, .acknowledged(by: DemoData.doctor))
            // As a retry leaves it whose statement began before the acknowledgement was committed.
            _ = try fixture.superuser("UPDATE messages SET state = 'QUEUED' WHERE id = '\(message.message)'")
            #expect(try await claim(fixture, .use("one")) == MessageStore.Claim(messages: [], nextIn: nil, storms: []))
        }
    }

    @Test("Where no gateway reaches a contact, an attempt says so, and it can be recorded as refused")
    func noGateway() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.raise()
            let message = try #require(try await claim(fixture, .none).messages.first)
            #expect(message.gateway == ClaimedMessage.noGateway)
            let advance = try await fixture.record(.rejected(code: "noGateway", retryAfter: nil), of: message)
            #expect(advance?.status == .escalated)
            let row = try fixture.superuser("SELECT state, dead_reason FROM messages ORDER BY created_at LIMIT 1")[0]
            #expect(try row.string("state") == "DEAD")
            #expect(try row.string("dead_reason") == "noGateway")
        }
    }

    @Test("A number gets no more than its limits, CRITICAL ones apart; the next one waits for its window")
    func numberLimits() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.raise(urgency: .urgent)
            _ = try await fixture.raise(urgency: .urgent)
            let first = try await claim(fixture, limits: Self.limits, .use("one"))
            #expect(first.messages.count == 1)
            #expect(try #require(first.nextIn) > .seconds(500))
            _ = try fixture.superuser("UPDATE messages SET not_before = clock_timestamp() WHERE state = 'QUEUED'")
            #expect(try await claim(fixture, limits: Self.limits, .use("one")).messages.isEmpty)
            _ = try await fixture.raise(urgency: .critical)
            let critical = try await claim(fixture, limits: Self.limits, .use("one"))
            #expect(critical.messages.map(\.urgency) == [.critical])
            let digests = try fixture.superuser("SELECT DISTINCT address_digest FROM delivery_attempts")
            #expect(digests.count == 1)
            #expect(try digests[0].bytes("address_digest").count == 32)
        }
    }

    @Test("What a gateway has after all ends the doubt: no second text")
    func found() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.raise(urgency: .moderate)
            let first = try #require(try await claim(fixture, .use("one")).messages.first)
            try await fixture.record(.unknown(code: "deadline", retryAfter: .zero), of: first)
            let second = try #require(try await claim(fixture, .use("two")).messages.first)
            try await fixture.store {
                try await $0.messages.recordFound(
                    providerID: "SM9", state: .sent, by: first.attempt, of: second)
            }
            let rows = try fixture.superuser(
                "SELECT state, provider_id, error_code FROM delivery_attempts ORDER BY number")
            #expect(try rows[0].string("state") == "SENT" && rows[0].string("provider_id") == "SM9")
            #expect(try rows[1].string("state") == "REJECTED" && rows[1].string("error_code") == "alreadySent")
            #expect(try fixture.superuser("SELECT state FROM messages")[0].string("state") == "SUBMITTED")
            #expect(try await claim(fixture, .use("one")).messages.isEmpty)
        }
    }

    @Test("A callback that names the gateway's own id, and comes before that id is known, lands when it is")
    func keptByProviderID() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.raise()
            let message = try #require(try await claim(fixture, .use("one")).messages.first)
            let callback = DeliveryCallback(
                gateway: "one", eventKey: "e1", attempt: nil, report: .delivered, providerID: "P1", rawHash: [1])
            #expect(try await fixture.store { try await $0.callbacks.apply(callback) } == nil)
            #expect(try await fixture.store { try await $0.callbacks.applyKept() }.isEmpty)
            try await fixture.record(.accepted(providerID: "P1"), of: message)
            let applied = try await fixture.store { try await $0.callbacks.applyKept() }
            #expect(applied.map(\.isNews) == [true])
            #expect(applied.first?.advance?.status == .delivered)
            #expect(try fixture.superuser("SELECT FROM unmatched_callbacks").count == 0)
            #expect(try fixture.superuser("SELECT state FROM delivery_attempts")[0].string("state") == "DELIVERED")
            // The same once more, now that all is known, is a repetition.
            #expect(try await fixture.store { try await $0.callbacks.apply(callback) }?.isNews == false)
        }
    }

    @Test("A genuine report on one message that is sent to another attempt's URL changes nothing, early or late")
    func redirected() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.raise()
            let first = try #require(try await claim(fixture, .use("one")).messages.first)
            try await fixture.record(.accepted(providerID: "P1"), of: first)
            _ = try await fixture.raise()
            let second = try #require(try await claim(fixture, .use("one")).messages.first)
            @Sendable func report(_ key: String, _ provider: String) -> DeliveryCallback {
                DeliveryCallback(
                    gateway: "one", eventKey: key, attempt: second.attempt, report: .delivered, providerID: provider,
                    rawHash: [1])
            }
            // Before the second one's own id is known, and afterwards.
            #expect(try await fixture.store { try await $0.callbacks.apply(report("e1", "P1")) } == nil)
            try await fixture.record(.accepted(providerID: "P2"), of: second)
            #expect(try await fixture.store { try await $0.callbacks.apply(report("e2", "P1")) } == nil)
            #expect(try await fixture.store { try await $0.callbacks.apply(report("e3", "P9")) } == nil)
            #expect(try await fixture.store { try await $0.callbacks.applyKept() }.isEmpty)
            let states = try fixture.superuser("SELECT DISTINCT state FROM delivery_attempts")
            #expect(try states.map { try $0.string("state") } == ["ACCEPTED"])
            #expect(try await fixture.store { try await $0.callbacks.apply(report("e4", "P2")) }?.isNews == true)
        }
    }

    @Test("Who has another contact is not given up when one fails: the next is tried now, and then the next person")
    func otherContacts() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.raise()
            let first = try #require(try await claim(fixture, .use("one")).messages.first)
            let contact = ContactID.random()
            let address = try fixture.vault.seal(address: .pushToken("device-token-0123456789"), of: contact)
            try fixture.superuser(
                """
                INSERT INTO contact_methods (id, clinic_id, user_id, kind, address, position, verified_at)
                VALUES ('\(contact)', '\(DemoData.clinic)', '\(DemoData.doctor)', 'PUSH', '\(address)', 1, now())
                """)
            try fixture.superuser(
                """
                INSERT INTO messages (id, clinic_id, alert_id, user_id, contact_id, step, generation, channel, template,
                    address, priority, not_before, expires_at)
                SELECT gen_random_uuid(), clinic_id, alert_id, user_id, '\(contact)', step, generation, 'PUSH', template,
                    '\(address)', priority, now() + INTERVAL '100 seconds', now() + INTERVAL '600 seconds'
                FROM messages WHERE id = '\(first.message)'
                """)
            #expect(try await fixture.record(.rejected(code: "21211", retryAfter: nil), of: first) == nil)
            let second = try #require(try await claim(fixture, .use("push")).messages.first)
            #expect(second.kind == .push && second.contact == contact)
            #expect(second.address == .pushToken("device-token-0123456789"))
            let advance = try await fixture.record(.rejected(code: "UNREGISTERED", retryAfter: nil), of: second)
            #expect(advance?.status == .escalated)
        }
    }

    @Test("Kept callbacks are forgotten after a day, and no clinic sees them")
    func keptForADay() async throws {
        try await StoreFixture.withStore { fixture in
            let callback = DeliveryCallback(
                gateway: "one", eventKey: "e1", attempt: .random(), report: .sent, rawHash: [1])
            _ = try await fixture.store { try await $0.callbacks.apply(callback) }
            #expect(try fixture.asHub(in: DemoData.clinic, "SELECT FROM unmatched_callbacks").count == 0)
            _ = try fixture.superuser("UPDATE unmatched_callbacks SET received_at = now() - INTERVAL '25 hours'")
            _ = try await fixture.store { try await $0.callbacks.applyKept() }
            #expect(try fixture.superuser("SELECT FROM unmatched_callbacks").count == 0)
        }
    }
}

@Suite("Dead letters")
struct DeadLetterTests {
    private static let admin = TenantContext(clinic: DemoData.clinic, actor: .user(DemoData.admin, .admin))

    /// The one message of an alert whose policy has nobody else to call, given up.
    private func dead(_ fixture: StoreFixture) async throws -> ClaimedMessage {
        _ = try await fixture.raise()
        let message = try #require(try await fixture.claimMessage())
        try await fixture.record(.rejected(code: "21211", retryAfter: nil), of: message)
        return message
    }

    private func page(
        _ fixture: StoreFixture, limit: Int = 10, after cursor: DeadLetterStore.Cursor? = nil,
        _ context: TenantContext = admin
    ) async throws -> DeadLetterStore.Page {
        try await fixture.store { try await $0.deadLetters.page(limit: limit, after: cursor, context) }
    }

    @Test("They are listed with why and by whom, for their own clinic alone, page by page")
    func list() async throws {
        try await StoreFixture.withStore { fixture in
            #expect(try await page(fixture).letters.isEmpty)
            let message = try await dead(fixture)
            let letter = try #require(try await page(fixture).letters.first)
            #expect(letter.id == message.message && letter.alert == message.alert && letter.user == DemoData.doctor)
            #expect(letter.reason == "21211" && letter.state == "DEAD" && letter.gateways == ["twilio"])
            #expect(letter.kind == .sms && letter.urgency == .urgent && letter.isReplayable)
            let stranger = TenantContext(
                clinic: DemoData.otherClinic, actor: .user(DemoData.otherAdmin, .admin))
            #expect(try await page(fixture, stranger).letters.isEmpty)
            _ = try await dead(fixture)
            _ = try await dead(fixture)
            let first = try await page(fixture, limit: 2)
            #expect(first.letters.count == 2)
            let second = try await page(fixture, limit: 2, after: first.next)
            #expect(second.letters.map(\.id) == [message.message] && second.next == nil)
        }
    }

    @Test("A replay sends to the same person at the alert's present step, with a fresh count of tries, and is audited")
    func replay() async throws {
        try await StoreFixture.withStore { fixture in
            let message = try await dead(fixture)
            let letter = try await fixture.store {
                try await $0.deadLetters.replay(message.message, Self.admin)
            }
            #expect(letter.state == "QUEUED" && letter.replays == 1 && letter.deadAt == nil)
            let claims = try await fixture.store {
                try await $0.messages.claim(limit: 10) { _ in .use("twilio") }
            }.messages
            let again = try #require(claims.first { $0.message == message.message })
            #expect(again.number == 2 && again.round == 1 && again.user == DemoData.doctor)
            #expect(again.generation > message.generation)
            #expect(
                try fixture.superuser("SELECT FROM audit_logs WHERE action = 'REPLAY_DEAD_LETTER'").count == 1)
            await #expect(throws: StoreError.conflict(.noDeadLetter)) {
                try await fixture.store { try await $0.deadLetters.replay(message.message, Self.admin) }
            }
        }
    }

    @Test("Nothing is replayed after an acknowledgement, by a stranger, or to whom the step is telling already")
    func refusals() async throws {
        try await StoreFixture.withStore { fixture in
            let message = try await dead(fixture)
            let stranger = TenantContext(
                clinic: DemoData.otherClinic, actor: .user(DemoData.otherAdmin, .admin))
            for (id, context) in [(message.message, stranger), (MessageID.random(), Self.admin)] {
                await #expect(throws: StoreError.notFound(.deadLetter)) {
                    try await fixture.store { try await $0.deadLetters.replay(id, context) }
                }
            }
            _ = try await fixture.runTimers()
            _ = try fixture.superuser(
                """
                UPDATE messages SET user_id = '\(DemoData.doctor)', contact_id =
                    (SELECT contact_id FROM messages WHERE id = '\(message.message)')
                WHERE id <> '\(message.message)'
                """)
            await #expect(throws: StoreError.conflict(.personIsBeingTold)) {
                try await fixture.store { try await $0.deadLetters.replay(message.message, Self.admin) }
            }
            _ = try await fixture.advance(#require(message.alert), .acknowledged(by: DemoData.doctor))
            await #expect(throws: StoreError.refused(.alreadyAcknowledged)) {
                try await fixture.store { try await $0.deadLetters.replay(message.message, Self.admin) }
            }
            #expect(try await page(fixture).letters.first?.isReplayable == false)
        }
    }

    @Test("A message that grew too old before its turn is a dead letter too; one that arrives after all is none")
    func expiredAndLate() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.raise()
            _ = try fixture.superuser("UPDATE messages SET expires_at = clock_timestamp()")
            _ = try await fixture.store { try await $0.messages.sweep(as: .random()) }
            let letter = try #require(try await page(fixture).letters.first)
            #expect(letter.state == "EXPIRED" && letter.reason == "expired")
        }
        try await StoreFixture.withStore { fixture in
            let message = try await dead(fixture)
            _ = try await fixture.callback(.delivered, message)
            #expect(try await page(fixture).letters.isEmpty)
        }
    }
}
