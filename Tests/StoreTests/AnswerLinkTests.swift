import Clinic
import Database
import Escalation
import Testing

@testable import Store

@Suite("One-time links")
struct AnswerLinkTests {
    private static let doctor = TenantContext(
        clinic: DemoData.clinic, actor: .user(DemoData.doctor, .doctor), ipAddress: "192.0.2.7")

    private func link(_ fixture: StoreFixture) async throws -> (AlertID, AnswerToken) {
        let alert = try await fixture.raise(urgency: .critical).id
        let message = try #require(try await fixture.claimMessage())
        return (alert, try await fixture.store { try await $0.links.make(for: message) })
    }

    private func answer(
        _ fixture: StoreFixture, _ token: AnswerToken, _ input: EscalationInput
    ) async throws -> AnswerLinkStore.Answer {
        try await fixture.store { store in
            let opened = try await store.links.open(token)
            return try await store.links.answer(token, opened, input, as: "acknowledge", Self.doctor)
        }
    }

    @Test("A link is bound to its person and alert, its secret is not kept, and to open it changes nothing")
    func open() async throws {
        try await StoreFixture.withStore { fixture in
            let (alert, token) = try await link(fixture)
            for _ in 0..<3 {
                let opened = try await fixture.store { try await $0.links.open(token) }
                #expect(opened.alert == alert)
                #expect(opened.user == DemoData.doctor)
                #expect(opened.role == .doctor)
                #expect(opened.urgency == .critical)
                #expect(opened.state == .fresh)
            }
            let kept = try fixture.superuser("SELECT count(*) AS n FROM answer_links WHERE used_at IS NULL")
            #expect(try kept[0].int("n") == 1)
            let row = try fixture.superuser("SELECT row_to_json(l)::text AS text FROM answer_links l")[0]
            #expect(!(try row.string("text").contains(token.disclosed)))
            #expect(try fixture.superuser("SELECT status FROM alerts")[0].string("status") == "PENDING")
        }
    }

    @Test("It answers once; what comes after finds it used")
    func once() async throws {
        try await StoreFixture.withStore { fixture in
            let (alert, token) = try await link(fixture)
            guard case .done(let advance) = try await answer(fixture, token, .acknowledged(by: DemoData.doctor)) else {
                return #expect(Bool(false), "it answers")
            }
            #expect(advance.status == .acknowledged)
            #expect(try await answer(fixture, token, .declined(by: DemoData.doctor)) == .spent(.used))
            let lines = try fixture.superuser("SELECT FROM alert_timeline WHERE kind IN ('ACKNOWLEDGED', 'UNACCEPTED')")
            #expect(lines.count == 1)
            #expect(try await fixture.store { try await $0.links.open(token) }.state == .used)
            #expect(try await fixture.store { try await $0.links.open(token) }.alert == alert)
        }
    }

    @Test("Where the alert's state refuses the answer the link is not spent, and one that is too old answers nothing")
    func refusedOrOld() async throws {
        try await StoreFixture.withStore { fixture in
            let (alert, token) = try await link(fixture)
            _ = try await fixture.advance(alert, .closed(by: DemoData.admin))
            await #expect(throws: StoreError.refused(.alreadyClosed)) {
                try await answer(fixture, token, .acknowledged(by: DemoData.doctor))
            }
            #expect(try await fixture.store { try await $0.links.open(token) }.state == .fresh)
            try fixture.superuser("UPDATE answer_links SET expires_at = now()")
            #expect(try await answer(fixture, token, .acknowledged(by: DemoData.doctor)) == .spent(.expired))
        }
    }

    @Test("A link that was never made, and one whose person has left, are not found")
    func unknown() async throws {
        try await StoreFixture.withStore { fixture in
            let stranger = try #require(AnswerToken("abcdefghijklmnopqrstuv"))
            await #expect(throws: StoreError.notFound(.alert)) {
                try await fixture.store { try await $0.links.open(stranger) }
            }
            let (_, token) = try await link(fixture)
            try fixture.superuser("UPDATE users SET is_active = FALSE WHERE id = '\(DemoData.doctor)'")
            await #expect(throws: StoreError.notFound(.alert)) {
                try await fixture.store { try await $0.links.open(token) }
            }
        }
    }
}
