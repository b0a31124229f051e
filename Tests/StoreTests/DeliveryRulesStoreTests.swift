import Clinic
import Database
import Escalation
import Testing

@testable import Store

@Suite("The policy that is frozen onto an alert decides how its messages leave")
struct DeliveryRulesStoreTests {
    private static let admin = TenantContext(clinic: DemoData.clinic, actor: .user(DemoData.admin, .admin))

    private func use(
        _ fixture: StoreFixture, _ change: @escaping @Sendable (inout EscalationPolicy) -> Void
    ) async throws {
        var policy = EscalationPolicy.demo(id: .random())
        change(&policy)
        let written = policy
        try await fixture.store { store in
            _ = try await store.policies.write(written, Self.admin)
            _ = try await store.policies.activate(written.id, version: 1, Self.admin)
        }
    }

    private func ready(_ fixture: StoreFixture) throws {
        try fixture.superuser("UPDATE messages SET not_before = clock_timestamp() WHERE state = 'QUEUED'")
    }

    @Test(
        "phoneLimits hold a number back where the hub has no limit, but not for an alert that an older policy was frozen onto"
    )
    func phoneLimits() async throws {
        try await StoreFixture.withStore { fixture in
            let free = try await fixture.raise()
            try await use(fixture) { $0.phoneLimits.sms = [Rate(count: 1, window: .seconds(600))] }
            let (first, second) = (try await fixture.raise(), try await fixture.raise())
            let claimed = Set(try await fixture.claim().compactMap(\.alert))
            #expect(claimed.contains(free.id), "the policy of before has no limits")
            #expect(claimed.intersection([first.id, second.id]).isEmpty, "the first text counts against them")
            try fixture.superuser("UPDATE delivery_attempts SET submitted_at = submitted_at - INTERVAL '601 seconds'")
            try ready(fixture)
            #expect(try await fixture.claim().count == 1)
            try ready(fixture)
            #expect(try await fixture.claim().isEmpty)
            let critical = try await fixture.raise(urgency: .critical)
            #expect(try await fixture.claim().map(\.alert) == [critical.id], "CRITICAL is exempt")
        }
    }

    @Test("exempt urgencies pass, and hardCapPerHour holds for CRITICAL too")
    func exempt() async throws {
        try await StoreFixture.withStore { fixture in
            try await use(fixture) {
                $0.phoneLimits.sms = [Rate(count: 1, window: .seconds(600))]
                $0.phoneLimits.exempt = [.urgent, .critical]
                $0.phoneLimits.hardCapPerHour = 2
            }
            for _ in 0..<2 { _ = try await fixture.raise(urgency: .urgent) }
            #expect(try await fixture.claim().count == 2)
            _ = try await fixture.raise(urgency: .critical)
            #expect(try await fixture.claim().isEmpty)
            try fixture.superuser("UPDATE delivery_attempts SET submitted_at = submitted_at - INTERVAL '3601 seconds'")
            try ready(fixture)
            #expect(try await fixture.claim().map(\.urgency) == [.critical])
        }
    }

    @Test("gateways and ambiguousSend are told to the dispatcher as the alert's policy has them")
    func told() async throws {
        try await StoreFixture.withStore { fixture in
            try await use(fixture) {
                $0.gateways = GatewayRules()
                $0.gateways.sms = ["telnyx", "twilio"]
                $0.gateways.maxAttempts = 2
                $0.gateways.backoff = [.seconds(3)]
                $0.gateways.jitter = 0
                $0.urgencies.urgent.ambiguousSend = .reconcile
                $0.urgencies.urgent.smsValidity = .seconds(77)
            }
            _ = try await fixture.raise(urgency: .urgent)
            let rules = try #require(try await fixture.claimMessage()).rules
            #expect(rules.preferred == ["telnyx", "twilio"] && rules.attempts == 2 && rules.backoff == [.seconds(3)])
            #expect(rules.jitter == 0 && rules.asksFirst && rules.textValidity == .seconds(77))
        }
    }

    @Test(
        "Where its hub dies a message goes out again at once or after the doubt's time, as the policy says for its urgency"
    )
    func takenOver() async throws {
        for (urgency, choice) in [
            (UrgencyLevel.critical, UrgencyRules.AmbiguousSend.reconcile), (.moderate, .resendOtherGateway),
        ] {
            try await StoreFixture.withStore { fixture in
                try await use(fixture) {
                    $0.urgencies[urgency].ambiguousSend = choice
                    $0.urgencies[urgency].channels = [.screen, .sms]
                    $0.urgencies[urgency].smsValidity = nil
                }
                _ = try await fixture.raise(urgency: urgency)
                _ = try #require(try await fixture.claimMessage())
                try fixture.superuser("UPDATE delivery_attempts SET lease_until = now() - INTERVAL '1 second'")
                #expect(try await fixture.store { try await $0.messages.sweep(as: .random()) } == 1)
                let wait = try fixture.superuser(
                    "SELECT round(EXTRACT(EPOCH FROM not_before - now()))::int AS wait FROM messages")[0].int("wait")
                #expect(choice == .reconcile ? (1...30).contains(wait) : wait <= 0)
                #expect(try await (fixture.claimMessage() == nil) == (choice == .reconcile))
            }
        }
    }

    @Test("smsValiditySeconds is the life of a text, of the first page and of later ones")
    func validity() async throws {
        try await StoreFixture.withStore { fixture in
            try await use(fixture) { $0.urgencies.urgent.smsValidity = .seconds(7) }
            let alert = try await fixture.raise(urgency: .urgent).id
            _ = try await fixture.advance(alert, .escalateNow(by: DemoData.admin))
            let lives = try fixture.superuser(
                "SELECT round(EXTRACT(EPOCH FROM expires_at - not_before))::int AS life FROM messages")
            #expect(try lives.map { try $0.int("life") } == [7, 7])
        }
    }
}
