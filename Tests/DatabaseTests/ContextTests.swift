import Database
import Platform
import TestSupport
import Testing

private let current = Statement(
    "current_context",
    """
    SELECT current_setting('app.current_clinic_id', true) AS clinic, current_setting('app.current_role', true) AS role,
           current_setting('app.current_user_id', true) AS user
    """)
private let fail = Statement("fail", "SELECT 1 / $1::int")

@Suite("The session's context", .timeLimit(.minutes(1)))
struct ContextTests {
    private static let clinic = "00000000-0000-4000-8000-000000000001"

    private static func read(_ rows: Rows) throws -> [String?] {
        [try rows[0].optionalString("clinic"), try rows[0].optionalString("role"), try rows[0].optionalString("user")]
    }

    @Test("is what its own batch reads")
    func isSet() async throws {
        try await withPool(.single()) { _, pool, _ in
            let context = SessionContext(clinicID: Self.clinic, role: "DOCTOR", userID: "u")
            let rows = try await pool.transaction(context, [current()])
            #expect(rows.count == 1)
            #expect(try Self.read(rows[0]) == [Self.clinic, "DOCTOR", "u"])
        }
    }

    @Test("does not leak to the next batch, whether its batch succeeded or failed")
    func isLocal() async throws {
        try await withPool(.single()) { _, pool, _ in
            let context = SessionContext(clinicID: Self.clinic, role: "ADMIN", userID: "u")
            _ = try await pool.transaction(context, [current()])
            let after = try Self.read(try await pool.transaction(nil, [current()])[0])
            #expect(after.allSatisfy { $0 == nil || $0 == "" })
            _ = await failure { () throws(DatabaseError) in try await pool.transaction(context, [fail(0)]) }
            let afterFailure = try Self.read(try await pool.transaction(nil, [current()])[0])
            #expect(afterFailure.allSatisfy { $0 == nil || $0 == "" })
        }
    }

    @Test("holds for a whole interactive transaction, and ends with it")
    func interactive() async throws {
        try await withPool(.single()) { _, pool, _ in
            let context = SessionContext(clinicID: Self.clinic, role: "ADMIN")
            let roles = try await pool.interactive(context) { transaction async throws(DatabaseError) -> [String] in
                let first = try await transaction.run([current()])
                let second = try await transaction.run([current()])
                return [try first[0][0].string("role"), try second[0][0].string("role")]
            }
            #expect(roles == ["ADMIN", "ADMIN"])
            let after = try Self.read(try await pool.transaction(nil, [current()])[0])
            #expect(after.allSatisfy { $0 == nil || $0 == "" })
        }
    }

    @Test("bounds what row level security shows")
    func rowLevelSecurity() async throws {
        try await withPool(login: .hub) { _, pool, database in
            try BlockingConnection(database.settings(.owner)).execute(
                script: """
                    CREATE TABLE notes (clinic_id text NOT NULL, body text NOT NULL);
                    ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
                    ALTER TABLE notes FORCE ROW LEVEL SECURITY;
                    CREATE POLICY own ON notes USING (clinic_id = current_setting('app.current_clinic_id', true));
                    GRANT SELECT, INSERT ON notes TO alert_hub;
                    """)
            let add = Statement("add_note", "INSERT INTO notes VALUES ($1, $2)")
            let list = Statement("list_notes", "SELECT body FROM notes")
            let one = SessionContext(clinicID: "one", role: "ADMIN")
            let other = SessionContext(clinicID: "other", role: "ADMIN")
            _ = try await pool.transaction(one, [add("one", "ours")])
            let own = try await pool.transaction(one, [list()])
            let others = try await pool.transaction(other, [list()])
            let nobodys = try await pool.transaction(nil, [list()])
            #expect([own[0].count, others[0].count, nobodys[0].count] == [1, 0, 0])
            let error = await failure { () throws(DatabaseError) in
                try await pool.transaction(other, [add("one", "forged")])
            }
            #expect(error?.sqlState == "42501")
        }
    }
}
