import Clinic
import Database
import HubProtocol
import Testing

@testable import Store

@Suite("Revocations in the database")
struct RevocationStoreTests {
    private static let admin = TenantContext(
        clinic: DemoData.clinic, actor: .user(DemoData.admin, .admin), ipAddress: "192.0.2.7", sessionID: "s")

    private func changes(
        _ fixture: StoreFixture, after cursor: RevocationStore.Cursor = .start
    ) async throws -> (revocations: [Revocation], last: RevocationStore.Cursor) {
        try await fixture.store { store in
            let page = try await store.revocations.changes(after: cursor)
            return (page.revocations, page.last)
        }
    }

    @Test("a revocation is read by every hub, after its cursor once, and again when it is repeated")
    func read() async throws {
        try await StoreFixture.withStore { fixture in
            let end = Timestamp(microseconds: 4_000_000_000_000_000)
            let token = try await fixture.store {
                try await $0.revocations.revoke(.token("t-1"), until: end, Self.admin)
            }
            let user = try await fixture.store { try await $0.revocations.revoke(.user(DemoData.doctor), Self.admin) }
            #expect(token.subject == .token("t-1") && token.expiresAt == end)
            #expect(user.subject == .user(DemoData.doctor) && user.expiresAt == nil)
            let (all, last) = try await changes(fixture)
            #expect(all == [token, user])
            #expect(try await changes(fixture, after: last).revocations.isEmpty)
            #expect(try await changes(fixture, after: last.back(by: .seconds(60))).revocations == all)
            let again = try await fixture.store { try await $0.revocations.revoke(.user(DemoData.doctor), Self.admin) }
            #expect(again.revokedAt > user.revokedAt)
            #expect(try await changes(fixture, after: last).revocations == [again])
        }
    }

    @Test("a repetition never makes a token's revocation end earlier")
    func ends() async throws {
        try await StoreFixture.withStore { fixture in
            let now = 4_000_000_000_000_000
            for (end, kept) in [(now, now), (now - 1, now), (now + 5, now + 5), (nil, nil), (now, nil)]
                as [(Int?, Int?)]
            {
                let revocation = try await fixture.store {
                    try await $0.revocations.revoke(
                        .token("t"), until: end.map { Timestamp(microseconds: Int64($0)) }, Self.admin)
                }
                #expect(revocation.expiresAt?.microseconds == kept.map(Int64.init))
            }
        }
    }

    @Test("one that is over is not read, and goes with the next revocation a day later")
    func over() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.store {
                try await $0.revocations.revoke(.token("t"), until: Timestamp(microseconds: 1), Self.admin)
            }
            #expect(try await changes(fixture).revocations.isEmpty)
            _ = try await fixture.store { try await $0.revocations.revoke(.token("u"), Self.admin) }
            let left = try fixture.superuser("SELECT token_id FROM revocations")
            #expect(left.count == 1)
            #expect(try left[0].string("token_id") == "u")
        }
    }

    @Test("another clinic's user, and a clinic that does not exist, cannot be named")
    func foreign() async throws {
        try await StoreFixture.withStore { fixture in
            await #expect(throws: StoreError.invalidReference(.userId)) {
                try await fixture.store { try await $0.revocations.revoke(.user(DemoData.otherDoctor), Self.admin) }
            }
            await #expect(throws: StoreError.invalidReference(.clinicId)) {
                try await fixture.store {
                    try await $0.revocations.revoke(.token("t"), .hub(in: ClinicID(high: 0, low: 9)))
                }
            }
            let left = try await changes(fixture).revocations
            #expect(left.isEmpty)
        }
    }

    @Test("a clinic has a thousand single tokens revoked at a time; users go on, and those that end make room")
    func bounded() async throws {
        try await StoreFixture.withStore { fixture in
            try fixture.superuser(
                """
                INSERT INTO revocations (clinic_id, token_id, expires_at)
                SELECT '\(DemoData.clinic)', 't' || n, now() + interval '1 hour' FROM generate_series(1, 1000) n
                """)
            await #expect(throws: StoreError.tooManyRevocations) {
                try await fixture.store { try await $0.revocations.revoke(.token("one more"), Self.admin) }
            }
            _ = try await fixture.store { try await $0.revocations.revoke(.token("t7"), Self.admin) }
            _ = try await fixture.store { try await $0.revocations.revoke(.user(DemoData.doctor), Self.admin) }
            _ = try await fixture.store {
                try await $0.revocations.revoke(.token("one more"), .hub(in: DemoData.otherClinic))
            }
            try fixture.superuser("UPDATE revocations SET expires_at = now() WHERE token_id = 't1'")
            _ = try await fixture.store { try await $0.revocations.revoke(.token("one more"), Self.admin) }
        }
    }

    @Test("who revoked is in the audit")
    func audited() async throws {
        try await StoreFixture.withStore { fixture in
            _ = try await fixture.store { try await $0.revocations.revoke(.user(DemoData.doctor), Self.admin) }
            let row = try fixture.superuser("SELECT * FROM audit_logs WHERE action = 'REVOKE_TOKEN'")[0]
            #expect(try row.uuidText("actor_user_id") == DemoData.admin.description)
            #expect(try row.uuidText("target_id") == DemoData.doctor.description)
            #expect(try row.string("ip_address") == "192.0.2.7")
        }
    }

    @Test("audit rows of many people and clinics are one statement; what is not known is left empty")
    func entries() async throws {
        try await StoreFixture.withStore { fixture in
            var refusal = AuditEntry(
                .authenticate, clinic: nil, actor: nil, outcome: "BAD_TOKEN", ipAddress: "2001:db8:0:0:0:0:0:0")
            refusal.occurrences = 12
            let entries = [
                AuditEntry(
                    .subscribe, clinic: DemoData.otherClinic, actor: .user(DemoData.otherDoctor, .doctor),
                    ipAddress: "192.0.2.1", sessionID: "a \"quoted\" \\ session"),
                AuditEntry(.resume, clinic: DemoData.clinic, actor: .user(DemoData.admin, .admin)),
                refusal, AuditEntry(.connect, clinic: nil, actor: nil, outcome: "ADDRESS_RATE"),
            ]
            try await fixture.store { try await $0.audit.write(entries) }
            let rows = try fixture.superuser(
                """
                SELECT clinic_id, actor_user_id::text, actor_role, action, target_table, ip_address::text, session_id,
                    outcome, occurrences
                FROM audit_logs ORDER BY id
                """)
            let texts = try rows.map { row in
                try (0..<9).map { try row.optionalString($0) ?? "-" }.joined(separator: "|")
            }
            let nowhere = "00000000-0000-0000-0000-000000000000"
            #expect(
                texts == [
                    "\(nowhere)|-|-|AUTHENTICATE|-|2001:db8::/128|-|BAD_TOKEN|12",
                    "\(nowhere)|-|-|CONNECT|-|-|-|ADDRESS_RATE|1",
                    "\(DemoData.clinic)|\(DemoData.admin)|ADMIN|RESUME|clinic_events|-|-|-|1",
                    "\(DemoData.otherClinic)|\(DemoData.otherDoctor)|DOCTOR|SUBSCRIBE|clinic_events|192.0.2.1/32|"
                        + "a \"quoted\" \\ session|-|1",
                ])
        }
    }
}
