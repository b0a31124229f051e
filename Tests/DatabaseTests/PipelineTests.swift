import Database
import Platform
import TestSupport
import Testing

private let echo = Statement("echo", "SELECT $1::text AS value")
private let makeTable = Statement("make_table", "CREATE TABLE things (id int PRIMARY KEY, name text NOT NULL)")
private let insert = Statement("insert_thing", "INSERT INTO things VALUES ($1::int, $2::text)")
private let count = Statement("count_things", "SELECT count(*) AS count FROM things")
private let divide = Statement("divide", "SELECT 1 / $1::int AS quotient")

@Suite("Batches on a pipeline", .timeLimit(.minutes(1)))
struct PipelineTests {
    @Test("many batches in flight on one connection are answered in order")
    func order() async throws {
        try await withPool(.single()) { reactor, pool, _ in
            let answers = Gathered<String>()
            for number in 0..<200 {
                pool.submit(nil, [echo(.text("\(number)"))]) { result in
                    answers.values.append((try? result.get()[0][0].string("value")) ?? "failed")
                }
            }
            #expect(answers.values.isEmpty, "no completion runs inside submit")
            #expect(await eventually(reactor) { answers.values.count == 200 })
            #expect(answers.values == (0..<200).map { "\($0)" })
        }
    }

    @Test("each call of a batch has its own rows")
    func rowsPerCall() async throws {
        try await withPool { _, pool, _ in
            let rows = try await pool.transaction(nil, [echo("a"), echo("b"), echo(nil)])
            #expect(try rows.map { try $0[0].optionalString("value") } == ["a", "b", nil])
        }
    }

    @Test("an error rolls back the whole batch and leaves its neighbours alone")
    func rollback() async throws {
        try await withPool(.single()) { _, pool, _ in
            _ = try await pool.transaction(nil, [makeTable()])
            let answers = Gathered<Result<[Rows], DatabaseError>>()
            pool.submit(nil, [insert(1, "one")]) { answers.values.append($0) }
            pool.submit(nil, [insert(2, "two"), divide(0), insert(3, "three")]) { answers.values.append($0) }
            let last = try await pool.transaction(nil, [insert(4, "four"), count()])
            #expect(try last[1][0].int64("count") == 2)
            #expect(answers.values.count == 2)
            #expect(throws: Never.self) { try answers.values[0].get() }
            guard case .failure(let error) = answers.values[1] else {
                Issue.record("the division by zero was accepted")
                return
            }
            #expect(error.sqlState == "22012")
            #expect(!error.outcomeUnknown)
        }
    }

    @Test("a violated constraint comes with its name and table")
    func constraint() async throws {
        try await withPool { _, pool, _ in
            _ = try await pool.transaction(nil, [makeTable()])
            _ = try await pool.transaction(nil, [insert(1, "one")])
            let error = await failure { () throws(DatabaseError) in
                try await pool.transaction(nil, [insert(1, "again")])
            }
            #expect(error?.sqlState == "23505")
            #expect(error?.constraint == "things_pkey")
            guard case .server(let details) = error else { return }
            #expect(details.table == "things")
        }
    }

    @Test("a constraint that is checked at the commit fails the batch")
    func deferredConstraint() async throws {
        try await withPool(.single()) { _, pool, database in
            let admin = try BlockingConnection(database.settings(.superuser))
            try admin.execute(
                script: """
                    CREATE TABLE parents (id int PRIMARY KEY);
                    CREATE TABLE children (id int REFERENCES parents DEFERRABLE INITIALLY DEFERRED);
                    """)
            let orphan = Statement("orphan", "INSERT INTO children VALUES ($1)")
            let error = await failure { () throws(DatabaseError) in try await pool.transaction(nil, [orphan(7)]) }
            #expect(error?.sqlState == "23503")
            let rows = try await pool.transaction(nil, [echo("next")])
            #expect(try rows[0][0].string("value") == "next")
        }
    }

    @Test("a statement is prepared once and used again")
    func preparedOnce() async throws {
        try await withPool(.single()) { _, pool, _ in
            for _ in 0..<5 { _ = try await pool.transaction(nil, [echo("x"), echo("y")]) }
            let prepared = Statement(
                "prepared",
                "SELECT generic_plans + custom_plans AS uses FROM pg_prepared_statements WHERE name = 'echo'")
            let rows = try await pool.transaction(nil, [prepared()])
            #expect(rows[0].count == 1)
            #expect(try rows[0][0].int64("uses") == 10)
        }
    }

    @Test("a batch that fails before its new statement does not take the preparation with it")
    func preparationSurvives() async throws {
        try await withPool(.single()) { _, pool, _ in
            let answers = Gathered<Result<[Rows], DatabaseError>>()
            // The second batch is sent before the first is known to fail, and relies on its preparation.
            pool.submit(nil, [divide(0), echo("lost")]) { answers.values.append($0) }
            let rows = try await pool.transaction(nil, [echo("kept")])
            #expect(try rows[0][0].string("value") == "kept")
            #expect(answers.values.count == 1)
        }
    }

    @Test("a statement that cannot be prepared reports why, each time, and the connection goes on")
    func badStatement() async throws {
        try await withPool(.single()) { _, pool, _ in
            let bad = Statement("bad", "SELECT nothing FROM nowhere")
            for _ in 0..<2 {
                let error = await failure { () throws(DatabaseError) in try await pool.transaction(nil, [bad()]) }
                #expect(error?.sqlState == "42P01")
            }
            let rows = try await pool.transaction(nil, [echo("fine")])
            #expect(try rows[0][0].string("value") == "fine")
        }
    }

    @Test("a statement whose result type changed under it is retired with its connection")
    func changedSchema() async throws {
        try await withPool(.single()) { _, pool, database in
            let admin = try BlockingConnection(database.settings(.superuser))
            try admin.execute(script: "CREATE TABLE shapes (id int); INSERT INTO shapes VALUES (1)")
            let all = Statement("all_shapes", "SELECT * FROM shapes")
            _ = try await pool.transaction(nil, [all()])
            try admin.execute(script: "ALTER TABLE shapes ADD COLUMN name text DEFAULT 'round'")
            let error = await failure { () throws(DatabaseError) in try await pool.transaction(nil, [all()]) }
            #expect(error?.sqlState == "0A000")
            let rows = try await pool.transaction(nil, [all()])
            #expect(try rows[0][0].string("name") == "round")
        }
    }

    @Test("a large batch and a large answer pass")
    func large() async throws {
        try await withPool(.single()) { _, pool, _ in
            let text = String(repeating: "0123456789abcdef", count: 200_000)
            let rows = try await pool.transaction(nil, [echo(.text(text)), echo(.text(text))])
            #expect(try rows[0][0].string("value") == text)
            #expect(try rows[1][0].string("value") == text)
        }
    }

    @Test("a text with a NUL is refused before anything is sent")
    func nul() async throws {
        try await withPool { _, pool, _ in
            let error = await failure { () throws(DatabaseError) in try await pool.transaction(nil, [echo("a\0b")]) }
            guard case .malformed = error else {
                Issue.record("accepted: \(String(describing: error))")
                return
            }
        }
    }
}
