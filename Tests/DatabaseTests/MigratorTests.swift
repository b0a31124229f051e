import Database
import Foundation
import TestSupport
import Testing

@Suite("The migrator", .timeLimit(.minutes(1)))
struct MigratorTests {
    private static let tables = Migration(version: 1, name: "tables", sql: "CREATE TABLE a (id int);\n")
    private static let more = Migration(
        version: 2, name: "more", sql: "CREATE TABLE b (id int);\nINSERT INTO b VALUES (1);")

    @Test("applies what is missing, in order, once")
    func applies() throws {
        let settings = try ScratchPostgres.empty().settings(.owner)
        #expect(try Migrator([Self.tables]).check(settings).pending == [Self.tables])
        #expect(try Migrator([Self.tables]).apply(to: settings) == [Self.tables])
        #expect(try Migrator([Self.tables, Self.more]).apply(to: settings) == [Self.more])
        #expect(try Migrator([Self.tables, Self.more]).apply(to: settings) == [])
        #expect(try Migrator([Self.tables, Self.more]).check(settings).isUpToDate)
    }

    @Test("checking changes nothing")
    func checkOnly() throws {
        let settings = try ScratchPostgres.empty().settings(.owner)
        _ = try Migrator([Self.tables]).check(settings)
        let rows = try BlockingConnection(settings).query("SELECT to_regclass('schema_migrations') AS found")
        #expect(try rows[0].optionalString("found") == nil)
    }

    @Test("a changed, a missing, a late and an unknown newer file are reported, and nothing is applied")
    func faults() throws {
        let settings = try ScratchPostgres.empty().settings(.owner)
        let third = Migration(version: 3, name: "third", sql: "SELECT 1")
        _ = try Migrator([Self.tables, third]).apply(to: settings)
        let changed = Migration(version: 1, name: "tables", sql: "CREATE TABLE a (id bigint);\n")
        let fourth = Migration(version: 4, name: "fourth", sql: "CREATE TABLE d (id int)")
        #expect(try Migrator([changed, third]).check(settings).faults == [.changed("0001_tables.sql")])
        #expect(try Migrator([third]).check(settings).faults == [.missing("0001_tables.sql")])
        #expect(try Migrator([Self.tables]).check(settings).faults == [.newerDatabase("0003_third.sql")])
        #expect(try Migrator([Self.tables, Self.more, third]).check(settings).faults == [.outOfOrder("0002_more.sql")])
        #expect(throws: MigrationError.changed("0001_tables.sql")) {
            try Migrator([changed, third, fourth]).apply(to: settings)
        }
        #expect(try Migrator([Self.tables, third, fourth]).check(settings).pending == [fourth])
    }

    @Test("a file that is refused leaves nothing behind and names the line")
    func refused() throws {
        let settings = try ScratchPostgres.empty().settings(.owner)
        let bad = Migration(version: 2, name: "bad", sql: "CREATE TABLE c (id int);\n\nCREATE TABEL d (id int);")
        do {
            _ = try Migrator([Self.tables, bad]).apply(to: settings)
            Issue.record("the file was applied")
        } catch {
            guard case .refused("0002_bad.sql", 3, let server) = error else { throw error }
            #expect(server.sqlState == "42601")
        }
        let rows = try BlockingConnection(settings).query("SELECT to_regclass('c') AS found")
        #expect(try rows[0].optionalString("found") == nil)
        #expect(try Migrator([Self.tables, bad]).check(settings).pending == [bad])
    }

    @Test("two that start at once apply every file once")
    func parallel() async throws {
        let settings = try ScratchPostgres.empty().settings(.owner)
        let slow = Migration(version: 1, name: "slow", sql: "CREATE TABLE a (id int); SELECT pg_sleep(0.2);")
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<2 {
                group.addTask { try Migrator([slow, Self.more]).apply(to: settings).count }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts.sorted() == [0, 2])
    }

    @Test("files are read in the order of their numbers, and names without a number are refused")
    func files() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "migrations-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        func write(_ name: String, _ text: String) throws {
            try text.write(to: directory.appending(path: name), atomically: true, encoding: .utf8)
        }
        try write("0010_ten.sql", "SELECT 10")
        try write("0002_two.sql", "SELECT 2")
        try write("README.md", "not SQL")
        let migrations = try Migration.load(directory: directory.path())
        #expect(migrations.map(\.fileName) == ["0002_two.sql", "0010_ten.sql"])
        #expect(migrations.map(\.sql) == ["SELECT 2", "SELECT 10"])
        try write("0002_again.sql", "")
        #expect(throws: MigrationError.duplicateVersion("0002_again.sql", "0002_two.sql")) {
            try Migration.load(directory: directory.path())
        }
        try write("first.sql", "")
        #expect(throws: MigrationError.badFileName("first.sql")) { try Migration.load(directory: directory.path()) }
        #expect(throws: MigrationError.self) { try Migration.load(directory: "/nowhere") }
    }

    @Test("the hub's own files apply, and a second start finds nothing to do")
    func ownFiles() throws {
        let database = try ScratchPostgres.migrated()
        let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Migrations")
        let migrator = Migrator(try Migration.load(directory: directory.standardized.path()))
        #expect(try migrator.check(database.settings(.owner)).isUpToDate)
    }
}
