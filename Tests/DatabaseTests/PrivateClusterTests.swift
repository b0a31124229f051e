import Database
import Foundation
import Platform
import TestSupport
import Testing

/// A directory under /tmp that is removed at the end, with every server that still runs on it.
private func withDirectory<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let directory = "/tmp/alert-hub-cluster-test-\(UInt32.random(in: 0...UInt32.max))"
    let watchdog = try Watchdog(directory: directory)
    defer {
        try? FileManager.default.removeItem(atPath: directory)
        watchdog.end()
    }
    return try await body(directory)
}

/// Options for a test in which nothing depends on what reaches the disk.
private func fast(isDurable: Bool = false) -> PrivateCluster.Options {
    var options = PrivateCluster.Options()
    options.isDurable = isDurable
    options.connections = 20
    return options
}

private func isRunning(_ process: Int32) -> Bool { kill(process, 0) == 0 }

private func waitUntil(within limit: Duration = .seconds(20), _ condition: () throws -> Bool) async throws -> Bool {
    let deadline = MonotonicTime.now().advanced(by: limit)
    while try !condition() {
        if MonotonicTime.now() > deadline { return false }
        try await Task.sleep(for: .milliseconds(10))
    }
    return true
}

private func isReachable(_ access: ClusterAccess) -> Bool { (try? BlockingConnection(access.settings(.hub))) != nil }

@Suite("The private cluster", .serialized, .timeLimit(.minutes(2)))
struct PrivateClusterTests {
    @Test("is made, provisioned, stopped without a trace, and found again with its data")
    func lifecycle() async throws {
        try await withDirectory { directory in
            let first = try PrivateCluster.start(directory: directory, options: fast(isDurable: true))
            let process = first.serverProcess
            #expect(isRunning(process))
            // A session of its own: the terminal's Ctrl-C does not reach it.
            #expect(getsid(process) == process)
            let owner = try BlockingConnection(first.access.settings(.owner))
            try owner.execute(
                script: "CREATE TABLE kept (id int); INSERT INTO kept VALUES (7); GRANT SELECT ON kept TO alert_hub")
            let hub = try BlockingConnection(first.access.settings(.hub))
            let role = try hub.query("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
            #expect(try [role[0].bool("rolsuper"), role[0].bool("rolbypassrls")] == [false, false])
            #expect(throws: DatabaseError.self) { try hub.execute(script: "CREATE TABLE mine (id int)") }
            let settings = try hub.query(
                """
                SELECT current_setting('listen_addresses') AS tcp, current_setting('fsync') AS fsync,
                       current_setting('data_checksums') AS checksums, current_setting('server_encoding') AS encoding
                """)
            #expect(try settings[0].string("tcp") == "")
            #expect(try settings[0].string("fsync") == "on")
            #expect(try settings[0].string("checksums") == "on")
            #expect(try settings[0].string("encoding") == "UTF8")
            #expect(try PrivateCluster.running(directory: directory) != nil)
            #expect(throws: ClusterError.self) {
                try PrivateCluster.start(directory: directory, options: fast(isDurable: true))
            }
            first.stop()
            first.stop()
            #expect(!isRunning(process))
            #expect(try PrivateCluster.running(directory: directory) == nil)

            let second = try PrivateCluster.start(directory: directory, options: fast(isDurable: true))
            defer { second.stop() }
            let rows = try BlockingConnection(second.access.settings(.hub)).query("SELECT id FROM kept")
            #expect(try rows[0].int64("id") == 7)
        }
    }

    @Test("is started again after kill -9, with everything that was committed")
    func crash() async throws {
        try await withDirectory { directory in
            let cluster = try PrivateCluster.start(directory: directory, options: fast(isDurable: true))
            defer { cluster.stop() }
            let access = cluster.access
            try BlockingConnection(access.settings(.owner)).execute(
                script: "CREATE TABLE kept (id int); GRANT ALL ON kept TO alert_hub")
            for round in 1...2 {
                let session = try BlockingConnection(access.settings(.hub))
                _ = try session.query("INSERT INTO kept VALUES ($1::int)", [.integer(round)])
                let process = cluster.serverProcess
                kill(process, SIGKILL)
                let isReplaced = try await waitUntil { cluster.serverProcess != process && cluster.serverProcess != 0 }
                #expect(isReplaced)
                let isBack = try await waitUntil(within: .seconds(30)) { isReachable(access) }
                try #require(isBack)
                let rows = try BlockingConnection(access.settings(.hub)).query("SELECT count(*) FROM kept")
                #expect(try rows[0].int64(0) == Int64(round))
            }
        }
    }

    @Test("a pool comes back by itself after kill -9 of the server, and answers unavailable meanwhile")
    func poolRecovers() async throws {
        try await withDirectory { directory in
            let cluster = try PrivateCluster.start(directory: directory, options: fast())
            defer { cluster.stop() }
            try await onLoop { reactor in
                let pool = Pool(reactor: reactor, settings: cluster.access.settings(.hub))
                pool.start()
                defer { pool.close() }
                try await pool.waitUntilAvailable(within: .seconds(10))
                let sleep = Statement("sleep", "SELECT pg_sleep(60)")
                let echo = Statement("echo", "SELECT $1::text AS value")
                let answers = Gathered<Result<[Rows], DatabaseError>>()
                _ = try await pool.transaction(nil, [echo("a")])
                pool.submit(nil, [sleep()]) { answers.values.append($0) }
                let process = cluster.serverProcess
                kill(process, SIGKILL)
                #expect(await eventually(reactor) { answers.values.count == 1 })
                #expect(answers.values.filter { (try? $0.get()) == nil }.count == 1)
                let isBack = await eventually(reactor, within: .seconds(30)) {
                    (try? await pool.transaction(nil, [echo("b")])) != nil
                }
                #expect(isBack)
            }
        }
    }

    @Test("a server that a killed hub left running is adopted and stopped with the next one")
    func adoption() async throws {
        try await withDirectory { directory in
            let first = try PrivateCluster.start(directory: directory, options: fast())
            let process = first.serverProcess
            first.abandon()
            #expect(isRunning(process))
            let second = try PrivateCluster.start(directory: directory, options: fast())
            #expect(second.serverProcess == process)
            second.stop()
            let isGone = try await waitUntil { waitpid(process, nil, WNOHANG) != 0 }
            #expect(isGone)
            #expect(!isRunning(process))
        }
    }

    @Test("a process file that names a stranger does not stand in the way")
    func staleProcessFile() async throws {
        try await withDirectory { directory in
            let first = try PrivateCluster.start(directory: directory, options: fast())
            first.stop()
            let file = "\(first.directory)/data/postmaster.pid"
            try "\(getpid())\n\(first.directory)/data\n".write(toFile: file, atomically: true, encoding: .utf8)
            let second = try PrivateCluster.start(directory: directory, options: fast())
            defer { second.stop() }
            #expect(isReachable(second.access))
        }
    }

    @Test("a directory with a long path has its socket elsewhere, and one that nobody may enter its data")
    func places() async throws {
        try await withDirectory { directory in
            let long = directory + "/" + String(repeating: "long/", count: 30)
            let cluster = try PrivateCluster.start(directory: long, options: fast())
            #expect(cluster.access.socketDirectory.hasPrefix("/tmp/alert-hub-"))
            #expect(isReachable(cluster.access))
            cluster.stop()
            try? FileManager.default.removeItem(atPath: cluster.access.socketDirectory)

            guard geteuid() == 0 else { return }
            let closed = directory + "/closed"
            try FileManager.default.createDirectory(
                atPath: closed, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            var options = fast()
            options.fallbackRoot = directory + "/fallback"
            let other = try PrivateCluster.start(directory: closed + "/var", options: options)
            #expect(other.directory.hasPrefix(options.fallbackRoot))
            #expect(isReachable(other.access))
            other.stop()
        }
    }
}
