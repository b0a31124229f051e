import Clinic
import Database
import Escalation
import Testing

@testable import Store

@Suite("Texts that are gathered into one")
struct BundleTests {
    private static let admin = TenantContext(clinic: DemoData.clinic, actor: .user(DemoData.admin, .admin))

    /// A clinic whose MODERATE and LOW alerts are texted, two to a person within five minutes and the rest in bundles.
    private func withStorm(
        perClinic: Rate = Rate(count: 1_000, window: .seconds(60)),
        _ body: @escaping (StoreFixture) async throws -> Void
    ) async throws {
        try await StoreFixture.withStore { fixture in
            var policy = EscalationPolicy.demo(id: .random())
            for urgency in [UrgencyLevel.low, .moderate] {
                policy.urgencies[urgency].channels = [.screen, .sms]
                policy.urgencies[urgency].then = []
                policy.urgencies[urgency].thenAfter = nil
                policy.urgencies[urgency].bundle = .seconds(100)
            }
            policy.storm.perUser = Rate(count: 2, window: .seconds(300))
            policy.storm.perClinic = perClinic
            for index in policy.steps.indices { policy.steps[index].wait = PerUrgency(all: .seconds(1_000)) }
            let written = policy
            try await fixture.store { store in
                _ = try await store.policies.write(written, Self.admin)
                _ = try await store.policies.activate(written.id, version: 1, Self.admin)
            }
            try await body(fixture)
        }
    }

    private func claim(_ fixture: StoreFixture) async throws -> MessageStore.Claim {
        try await fixture.store { try await $0.messages.claim(limit: 100) { _ in .use("twilio") } }
    }

    private func settle(_ fixture: StoreFixture) async throws -> [EscalationStore.Advance] {
        try await fixture.store { try await $0.messages.settleBundles() }
    }

    /// Raises alerts and claims what leaves of them: two by themselves, the others in one bundle.
    private func storm(_ fixture: StoreFixture, alerts: Int = 5) async throws -> [AlertID] {
        var raised: [AlertID] = []
        for _ in 0..<alerts { raised.append(try await fixture.raise(urgency: .moderate).id) }
        #expect(try await claim(fixture).messages.count == 2)
        return raised
    }

    private func makeBundleDue(_ fixture: StoreFixture) throws {
        try fixture.superuser("UPDATE messages SET not_before = now() WHERE purpose = 'BUNDLE'")
    }

    private func states(_ fixture: StoreFixture, _ condition: String) throws -> [String] {
        try fixture.superuser("SELECT state FROM messages WHERE \(condition) ORDER BY state").map {
            try $0.string("state")
        }
    }

    @Test(
        "The first go out by themselves, the rest in one text that says how many; each story names it; CRITICAL is never in it"
    )
    func bundled() async throws {
        try await withStorm { fixture in
            for _ in 0..<5 { _ = try await fixture.raise(urgency: .moderate) }
            let critical = try await fixture.raise(urgency: .critical)
            let urgent = try await fixture.raise(urgency: .urgent)
            let first = try await claim(fixture)
            // URGENT is never bundled here, and counts against those that are: one MODERATE by itself.
            #expect(first.messages.count == 3)
            #expect(Set(first.messages.compactMap(\.alert)).isSuperset(of: [critical.id, urgent.id]))
            #expect(first.storms == [DemoData.clinic])
            let nextIn = try #require(first.nextIn)
            #expect(nextIn > .seconds(40) && nextIn <= .seconds(100))
            // What comes while it gathers joins it, whatever is by now counted.
            let late = try await fixture.raise(urgency: .moderate)
            let second = try await claim(fixture)
            #expect(second.messages.isEmpty && second.storms.isEmpty)
            let bundle = try fixture.superuser("SELECT id, priority FROM messages WHERE purpose = 'BUNDLE'")
            #expect(bundle.count == 1)
            #expect(try bundle[0].int("priority") == 1)
            let id = try bundle[0].string("id")
            let lines = try fixture.superuser(
                """
                SELECT l.detail->>'message' AS message, l.user_id, l.status, l.step FROM alert_timeline l
                JOIN messages m ON m.alert_id = l.alert_id AND m.state = 'BUNDLED' AND m.bundled_into = '\(id)'
                WHERE l.kind = 'BUNDLED'
                """)
            #expect(lines.count == 5)
            for line in lines {
                #expect(try line.string("message") == id && line.id("user_id") == DemoData.doctor)
                #expect(try line.string("status") == "PENDING" && line.int("step") == 1)
            }
            let detail = try await fixture.store { try await $0.alerts.detail(late.id, Self.admin) }
            let page = try #require(detail.timeline.first { $0.kind == "PAGED" })
            #expect(detail.ways(of: page).map(\.message.state) == ["BUNDLED"])
            #expect(detail.timeline.last?.message?.description == id)

            try makeBundleDue(fixture)
            let sent = try #require(try await claim(fixture).messages.first)
            #expect(sent.template == .bundle && sent.alert == nil && sent.alertCount == 5 && sent.urgency == .moderate)
            #expect(sent.address.text == "+15005550101")
            #expect(try await claim(fixture).messages.isEmpty)
        }
    }

    @Test("What became of the bundle became of each page: delivered, to its person, once")
    func delivered() async throws {
        try await withStorm { fixture in
            let alerts = try await storm(fixture)
            try makeBundleDue(fixture)
            let bundle = try #require(try await claim(fixture).messages.first)
            try await fixture.record(.accepted(providerID: "SM1"), of: bundle)
            #expect(try fixture.superuser("SELECT FROM alerts WHERE sms_sent_at IS NOT NULL").count == 3)
            #expect(try await settle(fixture).isEmpty, "nothing is known yet")
            let applied = try await fixture.callback(.delivered, bundle)
            #expect(applied.isNews && applied.alert == nil && applied.advance == nil)
            let advances = try await settle(fixture)
            #expect(advances.map(\.status) == [.delivered, .delivered, .delivered])
            #expect(advances.allSatisfy { $0.committed?.events.count == 1 })
            #expect(try await settle(fixture).isEmpty)
            #expect(try states(fixture, "bundled_into IS NOT NULL") == ["DELIVERED", "DELIVERED", "DELIVERED"])
            let told = try fixture.superuser("SELECT DISTINCT alert_id FROM alert_timeline WHERE kind = 'DELIVERED'")
            #expect(Set(try told.map { try $0.id("alert_id") as AlertID }).isSubset(of: alerts) && told.count == 3)
        }
    }

    @Test("A bundle that cannot be delivered gives up its person for each alert, which goes on at once")
    func failed() async throws {
        try await withStorm { fixture in
            _ = try await storm(fixture)
            try makeBundleDue(fixture)
            let bundle = try #require(try await claim(fixture).messages.first)
            #expect(try await fixture.record(.rejected(code: "21211", retryAfter: nil), of: bundle) == nil)
            #expect(try await settle(fixture).map(\.status) == [.escalated, .escalated, .escalated])
            #expect(try states(fixture, "bundled_into IS NOT NULL") == ["DEAD", "DEAD", "DEAD"])
            let letters = try await fixture.store { try await $0.deadLetters.page(limit: 10, after: nil, Self.admin) }
                .letters
            #expect(letters.count == 3)
        }
    }

    @Test("A bundle that was given up and arrives after all becomes of each page: its story says that it was delivered")
    func late() async throws {
        try await withStorm { fixture in
            _ = try await storm(fixture)
            try makeBundleDue(fixture)
            let bundle = try #require(try await claim(fixture).messages.first)
            try await fixture.record(.accepted(providerID: "SM1"), of: bundle)
            _ = try await fixture.callback(.undelivered, bundle)
            #expect(try await settle(fixture).map(\.status) == [.escalated, .escalated, .escalated])
            #expect(try states(fixture, "bundled_into IS NOT NULL") == ["DEAD", "DEAD", "DEAD"])
            #expect(try await fixture.callback(.delivered, bundle).isNews)
            _ = try await settle(fixture)
            #expect(try states(fixture, "bundled_into IS NOT NULL") == ["DELIVERED", "DELIVERED", "DELIVERED"])
        }
    }

    @Test("Who answered meanwhile is not counted, and a bundle of alerts that were all answered never leaves")
    func answered() async throws {
        try await withStorm { fixture in
            let alerts = try await storm(fixture)
            _ = try await fixture.advance(alerts[4], .acknowledged(by: DemoData.doctor))
            try makeBundleDue(fixture)
            // One is being answered at this very moment.
            let locker = try fixture.superuserConnection()
            _ = try locker.query("BEGIN")
            _ = try locker.query("SELECT FROM escalations WHERE alert_id = '\(alerts[3])' FOR NO KEY UPDATE")
            let bundle = try #require(try await claim(fixture).messages.first)
            #expect(bundle.alertCount == 1)
            _ = try locker.query("ROLLBACK")
            try await fixture.record(.rejected(code: "busy", retryAfter: .zero), of: bundle)
            for alert in alerts[2...3] { _ = try await fixture.advance(alert, .acknowledged(by: DemoData.doctor)) }
            let after = try await claim(fixture)
            #expect(after.messages.isEmpty && after.nextIn == nil)
            try fixture.superuser("UPDATE messages SET expires_at = now() WHERE purpose = 'BUNDLE'")
            _ = try await fixture.store { try await $0.messages.sweep(as: .random()) }
            #expect(try states(fixture, "purpose = 'BUNDLE'") == ["CANCELLED"])
            #expect(try await settle(fixture).isEmpty)
            #expect(try states(fixture, "bundled_into IS NOT NULL") == ["CANCELLED", "CANCELLED", "CANCELLED"])
        }
    }

    @Test("The administrators are told of a storm: while texts are bundled, and from so many alerts of the clinic on")
    func notice() async throws {
        @Sendable func isTold(_ fixture: StoreFixture) async throws -> Bool {
            try await fixture.store { try await $0.reach.report(Self.admin).notices.map(\.kind) }.contains(.alertStorm)
        }
        try await withStorm { fixture in
            for _ in 0..<2 { _ = try await fixture.raise(urgency: .moderate) }
            _ = try await claim(fixture)
            #expect(try await !isTold(fixture))
            _ = try await fixture.raise(urgency: .moderate)
            _ = try await claim(fixture)
            #expect(try await isTold(fixture))
            try fixture.superuser("UPDATE messages SET created_at = created_at - INTERVAL '901 seconds'")
            #expect(try await !isTold(fixture))
        }
        try await withStorm(perClinic: Rate(count: 3, window: .seconds(60))) { fixture in
            for _ in 0..<2 { _ = try await fixture.raise(urgency: .critical) }
            #expect(try await !isTold(fixture))
            _ = try await fixture.raise(urgency: .critical)
            #expect(try await isTold(fixture))
            try fixture.superuser("UPDATE alerts SET created_at = created_at - INTERVAL '61 seconds'")
            #expect(try await !isTold(fixture))
        }
    }

    @Test("What was tried before is not taken back into a bundle; its number has had one text by then")
    func untouched() async throws {
        try await withStorm { fixture in
            _ = try await fixture.raise(urgency: .moderate)
            let tried = try #require(try await claim(fixture).messages.first)
            for _ in 0..<3 { _ = try await fixture.raise(urgency: .moderate) }
            #expect(try await claim(fixture).messages.count == 1)
            try await fixture.record(.rejected(code: "busy", retryAfter: .zero), of: tried)
            #expect(try await claim(fixture).messages.map(\.message) == [tried.message])
        }
    }
}
