import Database
import Platform
import TestSupport
import Testing

private let echo = Statement("echo", "SELECT $1::text AS value")
private let sleep = Statement("sleep", "SELECT pg_sleep($1::float8)")
private let process = Statement("process", "SELECT pg_backend_pid() AS process")
private let insert = Statement("insert_row", "INSERT INTO rows VALUES ($1::int)")
private let count = Statement("count_rows", "SELECT count(*) AS count FROM rows")

/// Another session: makes the table, ends sessions, holds locks.
private func makeTable(_ database: ScratchDatabase) throws -> BlockingConnection {
    let admin = try BlockingConnection(database.settings(.superuser))
    try admin.execute(script: "CREATE TABLE rows (id int PRIMARY KEY)")
    return admin
}

/// Waits until the pool's session waits for a lock or sleeps in a statement.
private func waitUntilBusy(_ reactor: Reactor, _ admin: BlockingConnection) async throws {
    let sql = """
        SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND wait_event_type IN ('Lock', 'Timeout')
        """
    let isBusy = try await eventually(reactor) { try !admin.query(sql).isEmpty }
    try #require(isBusy)
}

private func terminate(_ admin: BlockingConnection) throws {
    let sql = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
        """
    _ = try admin.query(sql)
}

@Suite("The pool", .timeLimit(.minutes(1)))
struct PoolTests {
    @Test("a session that ends while idle is replaced, and calls in between wait")
    func idleLoss() async throws {
        try await withPool(.single()) { reactor, pool, database in
            let admin = try makeTable(database)
            let before = try await pool.transaction(nil, [process()])[0][0].int64("process")
            try terminate(admin)
            #expect(await eventually(reactor) { !pool.isAvailable })
            let after = try await pool.transaction(nil, [process()])[0][0].int64("process")
            #expect(after != before)
        }
    }

    @Test("a batch whose session is ended in a statement was not committed, and the caller knows it")
    func knownOutcome() async throws {
        try await withPool(.single()) { reactor, pool, database in
            let admin = try makeTable(database)
            let answers = Gathered<Result<[Rows], DatabaseError>>()
            pool.submit(nil, [insert(1), sleep(60)]) { answers.values.append($0) }
            pool.submit(nil, [insert(2)]) { answers.values.append($0) }
            try await waitUntilBusy(reactor, admin)
            try terminate(admin)
            #expect(await eventually(reactor) { answers.values.count == 2 })
            for answer in answers.values {
                #expect(throws: DatabaseError.unavailable(outcomeUnknown: false)) { try answer.get() }
            }
            let rows = try await pool.transaction(nil, [count()])
            #expect(try rows[0][0].int64("count") == 0)
        }
    }

    @Test("a batch that is in flight when its deadline passes has an unknown outcome, and its connection is replaced")
    func deadline() async throws {
        try await withPool(.single()) { reactor, pool, database in
            let admin = try makeTable(database)
            let begin = MonotonicTime.now()
            let answers = Gathered<Result<[Rows], DatabaseError>>()
            pool.submit(nil, [sleep(60)], deadline: .milliseconds(100)) { answers.values.append($0) }
            pool.submit(nil, [insert(1)]) { answers.values.append($0) }
            #expect(await eventually(reactor) { answers.values.count == 2 })
            #expect(begin.duration(to: .now()) < .seconds(5))
            #expect(throws: DatabaseError.timeout(outcomeUnknown: true)) { try answers.values[0].get() }
            // The one behind it shared the connection; its own deadline has not passed.
            #expect(throws: DatabaseError.unavailable(outcomeUnknown: true)) { try answers.values[1].get() }
            let rows = try await pool.transaction(nil, [echo("again")])
            #expect(try rows[0][0].string("value") == "again")
            // The server sees that its client is gone and ends the statement.
            let sql = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
            let isOver = try await eventually(reactor, within: .seconds(20)) { try admin.query(sql).isEmpty }
            #expect(isOver)
        }
    }

    @Test("a batch that waits for a connection past its deadline was not sent")
    func waitDeadline() async throws {
        try await withPool(.single(depth: 1)) { reactor, pool, _ in
            let answers = Gathered<Result<[Rows], DatabaseError>>()
            pool.submit(nil, [sleep(0.5)]) { answers.values.append($0) }
            let error = await failure { () throws(DatabaseError) in
                try await pool.transaction(nil, [echo("late")], deadline: .milliseconds(50))
            }
            #expect(error == .timeout(outcomeUnknown: false))
            #expect(await eventually(reactor) { answers.values.count == 1 })
            #expect(throws: Never.self) { try answers.values[0].get() }
        }
    }

    @Test("a full queue refuses the next call")
    func queueLimit() async throws {
        try await withPool(.single(depth: 1, queue: 3)) { reactor, pool, _ in
            let answers = Gathered<(Int, Result<[Rows], DatabaseError>)>()
            for number in 0..<6 {
                pool.submit(nil, [sleep(0.05)]) { answers.values.append((number, $0)) }
            }
            #expect(answers.values.isEmpty)
            #expect(await eventually(reactor) { answers.values.count == 6 })
            for (number, answer) in answers.values {
                // One in flight, three waiting.
                switch answer {
                case .success: #expect(number < 4)
                case .failure(let error):
                    #expect(error == .overloaded)
                    #expect(number >= 4)
                }
            }
        }
    }

    @Test("an interactive transaction commits at the end of its body")
    func interactiveCommit() async throws {
        try await withPool { _, pool, database in
            _ = try makeTable(database)
            let seen = try await pool.interactive(nil) { transaction async throws(DatabaseError) -> Int64 in
                _ = try await transaction.run([insert(1)])
                // Nobody else sees it yet.
                let others = try await pool.transaction(nil, [count()])
                _ = try await transaction.run([insert(2)])
                return try others[0][0].int64("count")
            }
            #expect(seen == 0)
            let rows = try await pool.transaction(nil, [count()])
            #expect(try rows[0][0].int64("count") == 2)
        }
    }

    @Test("an interactive transaction rolls back when its body throws, asks for it, or swallowed an error")
    func interactiveRollback() async throws {
        try await withPool(.single()) { _, pool, database in
            _ = try makeTable(database)
            let thrown = await failure { () throws(DatabaseError) in
                try await pool.interactive(nil) { transaction async throws(DatabaseError) -> [Rows] in
                    _ = try await transaction.run([insert(1)])
                    throw .overloaded
                }
            }
            #expect(thrown == .overloaded)
            try await pool.interactive(nil) { transaction async throws(DatabaseError) in
                _ = try await transaction.run([insert(1)])
                transaction.rollBack()
            }
            let swallowed = await failure { () throws(DatabaseError) in
                try await pool.interactive(nil) { transaction async throws(DatabaseError) -> [Rows] in
                    _ = try await transaction.run([insert(1)])
                    _ = await failure { () throws(DatabaseError) in try await transaction.run([insert(1)]) }
                    return []
                }
            }
            #expect(swallowed?.sqlState == "23505")
            let rows = try await pool.transaction(nil, [count()])
            #expect(try rows[0][0].int64("count") == 0)
        }
    }

    @Test("an interactive transaction has its connection to itself, and the queue goes on after it")
    func interactiveAlone() async throws {
        try await withPool(.single()) { reactor, pool, database in
            _ = try makeTable(database)
            let answers = Gathered<Result<[Rows], DatabaseError>>()
            try await pool.interactive(nil) { transaction async throws(DatabaseError) in
                _ = try await transaction.run([insert(1)])
                pool.submit(nil, [insert(2)]) { answers.values.append($0) }
                _ = try await transaction.run([echo("still alone")])
                #expect(answers.values.isEmpty)
                transaction.rollBack()
            }
            #expect(await eventually(reactor) { answers.values.count == 1 })
            let rows = try await pool.transaction(nil, [count()])
            #expect(try rows[0][0].int64("count") == 1)
        }
    }

    @Test("a connection that is lost inside an interactive transaction leaves nothing, and that is known")
    func interactiveLoss() async throws {
        try await withPool(.single()) { reactor, pool, database in
            let admin = try makeTable(database)
            let error = await failure { () throws(DatabaseError) in
                try await pool.interactive(nil) { transaction async throws(DatabaseError) -> [Rows] in
                    _ = try await transaction.run([insert(1)])
                    do { try terminate(admin) } catch { throw .malformed("terminate") }
                    return try await transaction.run([insert(2)])
                }
            }
            #expect(error == .unavailable(outcomeUnknown: false))
            let rows = try await pool.transaction(nil, [count()])
            #expect(try rows[0][0].int64("count") == 0)
        }
    }

    @Test("where there is no server, calls fail at once after the first attempt")
    func unreachable() async throws {
        try await onLoop { reactor in
            let pool = Pool(
                reactor: reactor, settings: ConnectionSettings(url: "host=/nowhere user=x dbname=x"), limits: .single())
            pool.start()
            defer { pool.close() }
            let first = await failure { () throws(DatabaseError) in try await pool.transaction(nil, [echo("a")]) }
            #expect(first == .unavailable(outcomeUnknown: false))
            let second = await failure { () throws(DatabaseError) in try await pool.transaction(nil, [echo("a")]) }
            #expect(second == .unavailable(outcomeUnknown: false))
            #expect(!pool.isAvailable)
            await #expect(throws: DatabaseError.timeout(outcomeUnknown: false)) {
                try await pool.waitUntilAvailable(within: .milliseconds(20))
            }
        }
    }

    @Test("closing fails what waits and what is in flight, exactly once")
    func close() async throws {
        try await withPool(.single(depth: 1)) { reactor, pool, _ in
            let answers = Gathered<Result<[Rows], DatabaseError>>()
            for _ in 0..<3 { pool.submit(nil, [sleep(60)]) { answers.values.append($0) } }
            pool.close()
            #expect(await eventually(reactor) { answers.values.count == 3 })
            #expect(answers.values.filter { (try? $0.get()) == nil }.count == 3)
            let late = await failure { () throws(DatabaseError) in try await pool.transaction(nil, [echo("late")]) }
            #expect(late == .unavailable(outcomeUnknown: false))
        }
    }
}
