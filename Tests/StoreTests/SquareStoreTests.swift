import Clinic
import Database
import Testing

@testable import Store

@Suite("Orders of Square")
struct SquareStoreTests {
    private static let admin = TenantContext(clinic: DemoData.clinic, actor: .operator)

    private func order(
        _ id: String, _ patient: PatientID? = nil, _ status: BillingStatus = .pending, cents: Int32? = 100
    ) -> BilledOrder {
        BilledOrder(id: id, patient: patient, status: status, amountCents: cents, currency: "USD")
    }

    private func begin(_ fixture: StoreFixture, lease: Duration = .seconds(60)) async throws -> ClaimedJob {
        try await fixture.store { store in
            try await store.square.set(SquareAccount(token: "EAAA-secret", locations: ["L1", "L2"]), Self.admin)
        }
        return try await claim(fixture, lease: lease)
    }

    private func claim(_ fixture: StoreFixture, lease: Duration = .seconds(60)) async throws -> ClaimedJob {
        let claim = try await fixture.store { try await $0.jobs.claim(.squareSync, limit: 5, lease: lease) }
        return try #require(claim.jobs.first)
    }

    @Test("An account's token is sealed, its locations are no other clinic's, and its job waits at once")
    func account() async throws {
        try await StoreFixture.withStore { fixture in
            let job = try await begin(fixture)
            #expect(job.clinic == DemoData.clinic)
            let account = try await fixture.store { try await $0.square.account(of: job) }
            #expect(account == SquareAccount(token: "EAAA-secret", locations: ["L1", "L2"]))
            #expect(!"\(String(describing: account)) \(String(reflecting: account))".contains("EAAA"))
            let stored = try fixture.superuser("SELECT access_token FROM square_accounts")[0].string("access_token")
            #expect(!stored.contains("EAAA"))
            await #expect(throws: StoreError.conflict(.locationTaken)) {
                try await fixture.store { store in
                    try await store.square.set(
                        SquareAccount(token: "t", locations: ["L2"]),
                        TenantContext(clinic: DemoData.otherClinic, actor: .operator))
                }
            }
            await #expect(throws: StoreError.invalidReference(.clinicId)) {
                try await fixture.store { store in
                    try await store.square.set(
                        SquareAccount(token: "t", locations: ["L3"]),
                        TenantContext(clinic: .random(), actor: .operator))
                }
            }
        }
    }

    @Test(
        "A page is kept with how far it reached: new orders, changed ones, and nobody who is not the clinic's patient")
    func keep() async throws {
        try await StoreFixture.withStore { fixture in
            let job = try await begin(fixture)
            let known = DemoData.patients[0]
            try fixture.superuser("UPDATE patients SET erased_at = now() WHERE id = '\(DemoData.patients[1])'")
            let through = Timestamp(microseconds: 1_700_000_000_000_000)
            try await fixture.store { store in
                try await store.square.keep(
                    [
                        order("O1", known), order("O2", DemoData.patients[1]), order("O3", DemoData.otherPatient),
                        order("O4", .random()), order("O5", known, cents: nil), order("O1", known, .paid),
                    ], through: through, of: job, lease: .seconds(60))
                try await store.square.keep([order("O5", known, .rejected)], through: nil, of: job, lease: .seconds(60))
            }
            let rows = try fixture.superuser(
                "SELECT square_order_id, patient_id::text, status FROM billing_display_cache ORDER BY square_order_id")
            #expect(try rows.map { try $0.string("square_order_id") } == ["O1", "O2", "O3", "O4", "O5"])
            #expect(
                try rows.map { try $0.optionalString("patient_id") }
                    == [known.description, nil, nil, nil, known.description])
            #expect(try rows.map { try $0.string("status") } == ["PAID", "PENDING", "PENDING", "PENDING", "REJECTED"])
            let account = try await fixture.store { try await $0.square.account(of: job) }
            #expect(account?.readThrough == through)
            let orders = try await fixture.store { try await $0.patients.billing(of: known, StoreFixture.staff) }
            #expect(Set(orders.map(\.orderID)) == ["O1", "O5"])
        }
    }

    @Test("Who lost the lease keeps nothing; a sync that is over comes back, and one that fails counts its failures")
    func leases() async throws {
        try await StoreFixture.withStore { fixture in
            let first = try await begin(fixture, lease: .zero)
            let again: @Sendable (Int) -> JobRetry.Decision = { _ in .again(after: .zero) }
            _ = try await fixture.store { try await $0.square.fail(first, error: "LEASE_ENDED", again) }
            let second = try await claim(fixture)
            await #expect(throws: StoreError.conflict(.leaseLost)) {
                try await fixture.store { store in
                    try await store.square.keep([order("O1")], through: nil, of: first, lease: .seconds(60))
                }
            }
            #expect(try fixture.superuser("SELECT FROM billing_display_cache").count == 0)
            let status = try await fixture.store { store in
                _ = try await store.square.fail(second, error: "AWAY") { failures in
                    #expect(failures == 2)
                    return .again(after: .zero)
                }
                return try await store.jobs.statuses(StoreFixture.staff)[3]
            }
            #expect(status.failure == "AWAY" && status.waiting == 1)
            let third = try await claim(fixture)
            let done = try await fixture.store { store in
                try await store.square.finish(third, from: nil, rest: .seconds(300))
                return try await store.jobs.statuses(StoreFixture.staff)[3]
            }
            #expect(done.failure == nil && done.waiting == 1 && done.oldestWaitingSince == nil)
            let none = try await fixture.store { try await $0.jobs.claim(.squareSync, limit: 5, lease: .seconds(60)) }
            #expect(none.jobs.isEmpty)
            #expect(try #require(none.nextIn) > .seconds(200))
        }
    }

    @Test("Another account begins anew, and one that is removed leaves nothing behind; a dead job goes on with either")
    func replacing() async throws {
        try await StoreFixture.withStore { fixture in
            let job = try await begin(fixture)
            try await fixture.store { store in
                try await store.square.keep([order("O1")], through: Timestamp(microseconds: 1), of: job, lease: .zero)
                _ = try await store.square.fail(job, error: "ANSWERED_401") { _ in .dead }
                #expect(try await store.jobs.statuses(StoreFixture.staff)[3].dead == 1)
            }
            let next = try await begin(fixture)
            #expect(next.attempt == 2)
            let account = try await fixture.store { try await $0.square.account(of: next) }
            #expect(account?.readThrough == nil)
            #expect(try fixture.superuser("SELECT FROM billing_display_cache").count == 0)
            try await fixture.store { store in
                try await store.square.remove(Self.admin)
                #expect(try await store.jobs.statuses(StoreFixture.staff)[3] == QueueStatus(.squareSync))
            }
            await #expect(throws: StoreError.conflict(.leaseLost)) {
                try await fixture.store { try await $0.square.goOn(next) }
            }
            await #expect(throws: StoreError.notFound(.clinic)) {
                try await fixture.store { try await $0.square.remove(Self.admin) }
            }
            #expect(try fixture.superuser("SELECT FROM square_locations").count == 0)
        }
    }
}
