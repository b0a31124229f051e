package import Clinic
package import Database
import Glibc
import Platform
import Wire

/// A hub under test: the real program, as a process of its own, with its own directory and ports.
///
///     let hub = try HubProcess()
///     defer { hub.end() }
///     let alert = try hub.client(.admissions).post("/api/v1/alerts", […])
///
/// However the test ends, nothing of it remains: neither the hub, nor its PostgreSQL, nor its gateway, nor its files.
/// Any thread may talk to it; one at a time may start and stop it.
package final class HubProcess: Sendable {
    /// What is to be started.
    package struct Options: Sendable {
        /// Nil: a private PostgreSQL under the hub's own directory.
        package var database: ScratchDatabase?
        package var isDemo = true
        /// Whether the hub is given the secret of `tokens`; else it makes its own, which `alert-hub token` finds.
        package var hasTokenSecret = true
        /// Members of a configuration file, `log: { level: "debug" }`; nil gives none.
        package var configuration: String?
        /// Instead of the local gateway of demo mode.
        package var gateway: FakeTwilio?
        /// Further variables, `NAME=value`.
        package var environment: [String] = []
        /// How long the start may take; the first one of a private PostgreSQL makes a cluster.
        package var patience = Duration.seconds(90)

        package init(database: ScratchDatabase? = nil) { self.database = database }
    }

    package let port: UInt16
    package let tokens = TestTokens()
    /// The hub's `--data`.
    package let dataDirectory: String
    /// What the hub and its gateway wrote to their outputs, over all starts.
    package let logFile: String
    package let options: Options
    private let directory: String
    private let leash: Leash
    private let running = Locked<ProcessHandle?>(nil)

    private var process: ProcessHandle? { running.withLock { $0 } }

    /// Starts a hub and waits until it is ready.
    package init(_ options: Options = Options()) throws {
        self.options = options
        port = try FreePorts.pair()
        directory = "/tmp/alert-hub-test-\(getpid())-\(port)"
        dataDirectory = "\(directory)/data"
        logFile = "\(directory)/log"
        leash = try Leash(directory: directory, gateway: "127.0.0.1:\(port &+ 1)")
        try HubProgram.write(configuration, to: "\(directory)/hub.json5")
        do {
            try start()
        } catch {
            end()
            throw error
        }
    }

    deinit { end() }

    // MARK: Life

    /// Starts the hub again on the same directory and ports, after it was stopped or killed, and waits until it is ready.
    package func start() throws {
        try launch()
        try awaitReady()
    }

    /// Starts the hub and does not wait.
    package func launch() throws {
        let output = unsafe open(logFile, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard output >= 0 else { throw SystemError("open") }
        let log = FileDescriptor(owning: output)
        var arguments = ["serve", "--listen", "127.0.0.1:\(port)", "--data", dataDirectory]
        if options.isDemo { arguments.append("--demo") }
        arguments += ["--config", "\(directory)/hub.json5"]
        let process = try ProcessHandle.start(
            HubProgram.path, arguments, environment: environment, output: log.number)
        try HubProgram.write("\(process.number)\n", to: "\(directory)/hub.pid")
        running.withLock { $0 = process }
    }

    /// Waits until `/health/ready` says so.
    ///
    /// - Throws: `ClientFailure.timedOut` with the end of the log, also where the hub ended meanwhile.
    package func awaitReady() throws {
        let isReady = poll(within: options.patience) {
            guard let process, !process.waitForEnd(within: .zero) else { return true }
            return (try? client.get("/health/ready"))?.status == .ok
        }
        guard isReady, isRunning else {
            throw ClientFailure.timedOut("the hub's start; its log:\n\(log.suffix(3_000))")
        }
    }

    /// Whether the hub's process runs.
    package var isRunning: Bool { process.map { !$0.waitForEnd(within: .zero) } ?? false }

    /// `kill -9` of the hub alone; its PostgreSQL goes on.
    package func kill() {
        process?.send(SIGKILL)
        _ = process?.waitForEnd(within: .seconds(10))
        running.withLock { $0 = nil }
    }

    /// Sends a signal to the hub and goes on.
    package func send(_ signal: CInt) { process?.send(signal) }

    /// Waits for the hub's end; its exit code, nil if it does not end in time.
    package func awaitEnd(within limit: Duration = .seconds(30)) -> CInt? {
        process?.exitCode(within: limit)
    }

    /// Stops the hub in order.
    package func stop() -> CInt? {
        send(SIGTERM)
        return awaitEnd()
    }

    /// Ends everything and removes the files. Only the first call acts.
    package func end() {
        kill()
        leash.end()
    }

    private var environment: [String] {
        var environment = HubProgram.environment
        if options.hasTokenSecret { environment.append("ALERT_HUB_JWT_SECRET=\(tokens.secret)") }
        if let database = options.database {
            environment += ["DATABASE_URL=\(database.url(.hub))", "DATABASE_OWNER_URL=\(database.url(.owner))"]
        }
        if let gateway = options.gateway { environment.append("TWILIO_AUTH_TOKEN=\(gateway.token)") }
        return environment + options.environment
    }

    /// Always a file of its own, so that none beside the working directory is found instead.
    private var configuration: String {
        guard let gateway = options.gateway else { return "{ \(options.configuration ?? "") }" }
        let twilio = """
            twilio: {
                enabled: true, accountSid: "\(gateway.account)", fromNumber: "+15005550006",
                baseURL: "http://127.0.0.1:\(gateway.port)",
            }
            """
        return "{ \(options.configuration.map { "\($0)," } ?? "") gateways: { \(twilio) } }"
    }

    // MARK: Talking to it

    /// Without a token.
    package var client: HTTPClient { HTTPClient(port: port) }

    /// For the demo user of a role.
    package func client(_ role: Role, clinic: String = DemoIDs.clinic) throws -> HTTPClient {
        HTTPClient(port: port, token: try tokens.token(role, clinic: clinic))
    }

    /// The local gateway of demo mode.
    package var gateway: HTTPClient { HTTPClient(port: port &+ 1) }

    /// A socket of the demo user of a role, welcomed.
    package func socket(_ role: Role = .admin, clinic: String = DemoIDs.clinic) throws -> WebSocketClient {
        let socket = try WebSocketClient(port: port, token: try tokens.token(role, clinic: clinic))
        _ = try socket.message("welcome")
        return socket
    }

    /// All that was logged so far.
    package var log: String { HubProgram.text(logFile) }

    // MARK: Its database

    /// A session of one of the database's logins; with a clinic and a role set as the hub sets them, or with none.
    package func sql(
        _ login: ClusterAccess.Login, clinic: String? = nil, role: String? = nil
    ) throws -> BlockingConnection {
        let socket = "\(dataDirectory)/postgres/socket"
        let settings =
            options.database?.settings(login)
            ?? ConnectionSettings(url: "host='\(socket)' port=5432 user=\(login.rawValue) dbname=alert_hub")
        let connection = try BlockingConnection(settings)
        if let clinic {
            _ = try connection.query("SELECT set_config('app.current_clinic_id', $1, false)", [.text(clinic)])
        }
        if let role { _ = try connection.query("SELECT set_config('app.current_role', $1, false)", [.text(role)]) }
        return connection
    }

    /// The process of the private PostgreSQL; nil where none runs.
    package var serverProcess: Int32? {
        let text = HubProgram.text("\(dataDirectory)/postgres/data/postmaster.pid")
        guard let line = text.split(separator: "\n").first, let number = Int32(line) else { return nil }
        return Glibc.kill(number, 0) == 0 ? number : nil
    }
}

/// Asks again and again, a few milliseconds apart, until `condition` holds; false if it does not in time.
package func poll(within limit: Duration, _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = MonotonicTime.now().advanced(by: limit)
    while try !condition() {
        if MonotonicTime.now() > deadline { return false }
        usleep(5_000)
    }
    return true
}
