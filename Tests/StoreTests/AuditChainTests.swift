import Clinic
import Database
import TestSupport
import Testing

@testable import Store

@Suite("The audit's chains")
struct AuditChainTests {
    private static let row = """
        INSERT INTO audit_logs (clinic_id, actor_user_id, actor_role, action, target_table, target_id, ip_address, session_id)
        VALUES ($1, $2, 'DOCTOR', 'READ_PATIENT', 'patients', $3, '192.0.2.7', 'sesión "1"')
        """

    /// Twenty rows of each of two clinics, sealed.
    private func withChains(_ body: (StoreFixture, BlockingConnection) async throws -> Void) async throws {
        try await StoreFixture.withStore { fixture in
            let hub = try BlockingConnection(fixture.database.settings(.hub))
            for place in 0..<40 {
                let clinic = place % 2 == 0 ? DemoData.clinic : DemoData.otherClinic
                _ = try hub.query(Self.row, [.id(clinic), .id(DemoData.doctor), .id(PatientID.random())])
            }
            while try await fixture.store({ try await $0.audit.seal() }) > 0 {}
            try await body(fixture, try BlockingConnection(fixture.database.settings(.owner)))
        }
    }

    /// Does what only whoever holds the tables can do: takes the guards away first.
    private func tamper(_ fixture: StoreFixture, _ sql: String) throws {
        let session = try fixture.superuserConnection()
        try session.execute(script: "SET session_replication_role = replica; \(sql)")
    }

    @Test("a chain that nobody touched is whole, its rows are counted, and its head is that of the last row")
    func whole() async throws {
        try await withChains { fixture, owner in
            let report = try AuditProof.run(owner)
            #expect(report.faults == [])
            #expect(report.chains.map(\.clinic) == [DemoData.clinic, DemoData.otherClinic])
            #expect(report.chains.map(\.rows) == [20, 20])
            let last = try fixture.superuser(
                "SELECT hash FROM audit_logs WHERE clinic_id = '\(DemoData.clinic)' ORDER BY chain_seq DESC LIMIT 1")
            #expect(try report.chains[0].head == last[0].bytes("hash"))
            #expect(try AuditProof.run(owner, clinic: DemoData.otherClinic).chains.map(\.rows) == [20])
        }
    }

    @Test(
        "a changed byte in any column is found, and its row named",
        arguments: [
            "clinic_id = '00000000-0000-4000-8000-000000000009'", "actor_user_id = NULL", "actor_role = 'ADMIN'",
            "action = 'READ_PATIENTS'", "target_table = 'patient'",
            "target_id = '00000000-0000-4000-8000-0000000000ff'", "ip_address = '192.0.2.8'",
            "session_id = 'sesion \"1\"'",
            "logged_at = logged_at + interval '1 microsecond'", "outcome = ''", "occurrences = 2",
            "hash = set_byte(hash, 31, get_byte(hash, 31) # 1)",
        ])
    func changed(assignment: String) async throws {
        try await withChains { fixture, owner in
            let id = try fixture.superuser(
                "SELECT id FROM audit_logs WHERE clinic_id = '\(DemoData.clinic)' AND chain_seq = 7")[0].int64("id")
            try tamper(fixture, "UPDATE audit_logs SET \(assignment) WHERE id = \(id)")
            let faults = try AuditProof.run(owner).faults
            #expect(
                faults.contains { $0.id == id && ($0.kind == .changed || assignment.hasPrefix("clinic_id")) },
                "\(faults)")
        }
    }

    @Test("a row that is gone is missed by the one behind it; the last one by the chain's end")
    func removed() async throws {
        try await withChains { fixture, owner in
            let own = "clinic_id = '\(DemoData.clinic)'"
            try tamper(fixture, "DELETE FROM audit_logs WHERE \(own) AND chain_seq IN (7, 8)")
            var faults = try AuditProof.run(owner).faults
            #expect(faults.map(\.kind) == [.missing])
            #expect(faults.map(\.place) == [9])
            #expect(faults.map(\.clinic) == [DemoData.clinic])
            let other = "clinic_id = '\(DemoData.otherClinic)'"
            try tamper(fixture, "DELETE FROM audit_logs WHERE \(other) AND chain_seq = 20")
            faults = try AuditProof.run(owner, clinic: DemoData.otherClinic).faults
            #expect(faults.map(\.kind) == [.cut])
            #expect(faults.map(\.place) == [19])
            try tamper(fixture, "DELETE FROM audit_logs WHERE \(other)")
            #expect(try AuditProof.run(owner, clinic: DemoData.otherClinic).faults.map(\.kind) == [.cut])
        }
    }

    @Test("rows that changed places are found, even with hashes made anew for themselves")
    func moved() async throws {
        try await withChains { fixture, owner in
            let own = "clinic_id = '\(DemoData.clinic)'"
            let swap = "UPDATE audit_logs SET chain_seq = 19 - chain_seq WHERE \(own) AND chain_seq IN (9, 10)"
            try tamper(fixture, swap)
            #expect(try AuditProof.run(owner).faults.map(\.place).contains(9))
            let rehash = """
                UPDATE audit_logs SET hash = sha256(prev_hash || record_send(ROW(chain_seq, id, clinic_id, actor_user_id,
                    actor_role, action, target_table, target_id, ip_address, session_id, logged_at, outcome, occurrences)))
                WHERE \(own) AND chain_seq IN (9, 10)
                """
            try tamper(fixture, rehash)
            let faults = try AuditProof.run(owner).faults
            #expect(faults.contains { $0.kind == .moved && $0.place == 9 }, "\(faults)")
        }
    }

    @Test(
        "rows that commit late find their place behind those that were sealed before, and several hubs seal each once")
    func late() async throws {
        try await withChains { fixture, owner in
            let slow = try BlockingConnection(fixture.database.settings(.hub))
            let quick = try BlockingConnection(fixture.database.settings(.hub))
            _ = try slow.query("BEGIN")
            let values: [Parameter] = [.id(DemoData.clinic), .id(DemoData.doctor), .id(PatientID.random())]
            _ = try slow.query(Self.row, values)
            _ = try quick.query(Self.row, values)
            #expect(try await fixture.store { try await $0.audit.seal() } == 1)
            _ = try slow.query("COMMIT")
            async let first = fixture.store { try await $0.audit.seal() }
            async let second = fixture.store { try await $0.audit.seal() }
            #expect(try await first + second == 1)
            let report = try AuditProof.run(owner)
            #expect(report.faults == [])
            #expect(report.chains[0].rows == 22)
            let turned = try fixture.superuser(
                """
                SELECT FROM audit_logs a JOIN audit_logs b ON a.clinic_id = b.clinic_id AND a.id < b.id
                WHERE a.chain_seq > b.chain_seq
                """)
            #expect(turned.count == 1)
        }
    }

    @Test(
        "a change is refused with an error to the hub, the owner and a superuser, sealed or not",
        arguments: [
            "UPDATE audit_logs SET action = 'x'", "UPDATE audit_logs SET action = 'x' WHERE id < 0",
            "UPDATE audit_logs SET hash = sha256('x'), prev_hash = sha256('x'), chain_seq = 9 WHERE hash IS NULL",
            "DELETE FROM audit_logs", "DELETE FROM audit_logs WHERE id < 0", "TRUNCATE audit_logs",
        ])
    func refused(statement: String) async throws {
        try await withChains { fixture, owner in
            let hub = try BlockingConnection(fixture.database.settings(.hub))
            _ = try hub.query(Self.row, [.id(DemoData.clinic), .id(DemoData.doctor), .null])
            let before = try fixture.superuser(
                "SELECT md5(string_agg(l::text, '|' ORDER BY id)) AS all FROM audit_logs l")
            for session in [hub, owner, try fixture.superuserConnection()] {
                do {
                    _ = try session.query(statement)
                    Issue.record("not refused")
                } catch {
                    #expect((error as? DatabaseError)?.sqlState == "42501")
                }
            }
            let after = try fixture.superuser(
                "SELECT md5(string_agg(l::text, '|' ORDER BY id)) AS all FROM audit_logs l")
            #expect(try before[0].string("all") == after[0].string("all"))
        }
    }

    @Test("the hub may say neither when a thing happened nor where in the chain, and has no other way to the chains")
    func columns() async throws {
        try await withChains { fixture, _ in
            for statement in [
                "INSERT INTO audit_logs (clinic_id, action, logged_at) VALUES (gen_random_uuid(), 'x', now())",
                "INSERT INTO audit_logs (id, clinic_id, action) VALUES (1, gen_random_uuid(), 'x')",
                "INSERT INTO audit_logs (clinic_id, action, hash) VALUES (gen_random_uuid(), 'x', sha256('x'))",
                "SELECT * FROM audit_chains", "UPDATE audit_chains SET head_seq = 0", "DELETE FROM audit_chains",
            ] {
                #expect(fixture.stateOfRefusal(in: DemoData.clinic, statement) == "42501", "\(statement)")
            }
        }
    }

    @Test("a page holds the clinic's rows, the newest first, by every filter, and the next begins behind it")
    func pages() async throws {
        try await withChains { fixture, _ in
            let admin = TenantContext(clinic: DemoData.clinic, actor: .user(DemoData.admin, .admin))
            let filter = AuditStore.Filter()
            let first = try await fixture.store {
                try await $0.audit.page(of: DemoData.clinic, filter, after: nil, limit: 15, admin)
            }
            #expect(first.records.count == 15)
            #expect(first.records.map(\.id) == first.records.map(\.id).sorted(by: >))
            #expect(
                first.records.allSatisfy {
                    $0.clinic == DemoData.clinic && $0.seal != nil && $0.ipAddress == "192.0.2.7"
                })
            let next = try #require(first.next)
            let second = try await fixture.store {
                try await $0.audit.page(of: DemoData.clinic, filter, after: next, limit: 15, isAudited: false, admin)
            }
            #expect(second.records.count == 5)
            #expect(second.next == nil)
            #expect(Set((first.records + second.records).map(\.id)).count == 20)
            let one = first.records[3]
            var narrow = AuditStore.Filter()
            narrow.actions = ["READ_PATIENT", "x"]
            narrow.actor = DemoData.doctor
            narrow.table = "patients"
            narrow.target = one.target
            narrow.session = "sesión \"1\""
            narrow.from = one.loggedAt
            narrow.to = one.loggedAt.advanced(by: .microseconds(1))
            let wanted = narrow
            let found = try await fixture.store {
                try await $0.audit.page(of: DemoData.clinic, wanted, after: nil, limit: 9, admin)
            }
            #expect(found.records == [one])
            narrow.actions = ["x"]
            let unwanted = narrow
            let none = try await fixture.store {
                try await $0.audit.page(of: DemoData.clinic, unwanted, after: nil, limit: 9, admin)
            }
            #expect(none.records.isEmpty)
            let told = try fixture.superuser("SELECT FROM audit_logs WHERE action = 'READ_AUDIT_LOGS'")
            #expect(told.count == 3)
        }
    }

    @Test("the database itself lets nobody read another clinic's audit but the two roles that may")
    func scope() async throws {
        try await withChains { fixture, _ in
            for (role, clinic, isAdmitted) in [
                (Role.admin, DemoData.clinic, true), (.admin, DemoData.otherClinic, false),
                (.corporateAdmin, DemoData.otherClinic, true), (.doctor, DemoData.clinic, false),
                (.admissions, DemoData.clinic, false),
            ] {
                let context = TenantContext(clinic: DemoData.clinic, actor: .user(DemoData.admin, role))
                let page = try? await fixture.store {
                    try await $0.audit.page(of: clinic, AuditStore.Filter(), after: nil, limit: 100, context)
                }
                #expect((page != nil) == isAdmitted, "\(role) \(clinic)")
                #expect(page?.records.allSatisfy { $0.clinic == clinic } ?? true)
            }
        }
    }
}
