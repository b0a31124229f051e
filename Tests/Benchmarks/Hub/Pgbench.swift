import Clinic
import Database
import Glibc
import Hub
import Platform
import Store
import TestSupport

/// pgbench with the statements of `POST /api/v1/alerts`, word for word: they are read from the hub's own session.
struct Pgbench {
    /// pgbench is not installed, or said something unexpected.
    struct Failure: Error {
        let output: String
    }

    private let script: String
    private let access: ClusterAccess
    private let program: String

    /// Raises one alert through the hub's loop and takes the statements that its session has prepared by then.
    init(_ hub: BenchHub, _ access: ClusterAccess) throws {
        self.access = access
        guard let program = Self.find() else { throw Failure(output: "pgbench is not installed") }
        self.program = program
        let prepared: [String: String] = try waiting { try await Self.prepared(hub) }
        let context = try Self.filled(
            prepared["hub_session_context"], ["(<clinic>)::text", "'ADMISSIONS'", "(<user>)::text"])
        let raise = try Self.filled(
            prepared["raise_alert"],
            [
                "<clinic>", "<alert>", "<patient>", "<doctor>", "'CRITICAL'", "'\(BenchClinic.room)'",
                "'\(BenchClinic.reason)'",
                "<doctor>", "<policy>", "1", "3", "<code>", "1", "1",
                #"('[{"user":"' || (<doctor>)::text || '","standing":"PAGED"}]')"#, "20000000", "120000000",
                "<message>",
                "'PAGE'",
                "120", "300000000", "true", "NULL::text", "NULL::text",
            ])
        let audit = try Self.filled(
            prepared["insert_audit"],
            [
                "<clinic>", "<user>", "'ADMISSIONS'", "'ALERT_CREATED'", "'alerts'", "<alert>", "'127.0.0.1'",
                "'session'",
            ])
        let event = try Self.filled(
            prepared["append_event"],
            [
                "<clinic>",  // pgbench would take :new for a variable.
                "'alert' || chr(58) || 'new'",
                #"('{"alertId":"' || (<alert>)::text || '","urgencyLevel":"CRITICAL","room":"\#(BenchClinic.room)"}')"#,
                "<patient>",
            ])
        script = """
            \\set n :client_id % :clinics
            \\set r random(1000000000000000, 8999999999999999)
            \\startpipeline
            \(context);
            \(raise);
            \(audit);
            \(event);
            \\endpipeline

            """
    }

    /// Transactions a second of so many clients, each in the clinic of its number.
    func run(clients: Int, clinics: Int, seconds: Int) throws -> Double {
        let file = "/var/tmp/alert-hub-bench-\(getpid()).sql"
        defer { unsafe unlink(file) }
        guard let stream = unsafe fopen(file, "w") else { throw SystemError("fopen") }
        unsafe fputs(script, stream)
        unsafe fclose(stream)
        let result = try HubProgram.run(
            program,
            [
                "-n", "-M", "prepared", "-c", "\(clients)", "-j", "2", "-T", "\(seconds)", "-D", "clinics=\(clinics)",
                "-f", file, "-h", access.socketDirectory, "-U", ClusterAccess.Login.hub.rawValue, "alert_hub",
            ], within: .seconds(Int64(seconds) + 30))
        let line = result.output.split(separator: "\n").first { $0.hasPrefix("tps = ") }
        guard let number = line?.split(separator: " ").dropFirst(2).first, let rate = Double(number),
            result.exitCode == 0
        else { throw Failure(output: String(result.errors.prefix(400))) }
        return rate
    }

    private static func find() -> String? {
        let versions = (9...30).reversed().map { "/usr/lib/postgresql/\($0)/bin/pgbench" }
        return (versions + ["/usr/local/pgsql/bin/pgbench", "/usr/local/bin/pgbench", "/usr/bin/pgbench"])
            .first { unsafe Glibc.access($0, X_OK) == 0 }
    }

    /// The statement with expressions in place of its parameters; the ids are made from the client's and a random number.
    private static func filled(_ statement: String?, _ values: [String]) throws -> String {
        guard var text = statement else { throw Failure(output: "the hub's session has not prepared a statement") }
        let names = [
            ("<clinic>", BenchClinic.sql("1000 + :n")), ("<doctor>", BenchClinic.sql("2000 + :n")),
            ("<user>", BenchClinic.sql("4000 + :n")), ("<patient>", BenchClinic.sql("5000 + :n")),
            ("<policy>", BenchClinic.sql("6000 + :n")), ("<alert>", BenchClinic.sql(":r")),
            ("<message>", "lpad((:r)::text, 32, '1')::uuid"), ("<code>", "(:r)::text"),
        ]
        // From the last, because $1 is the beginning of $10.
        for (index, value) in values.enumerated().reversed() {
            let filled = names.reduce(value) { text, name in replaced(text, name.0, name.1) }
            text = replaced(text, "$\(index + 1)", filled)
        }
        guard !text.contains(#/\$[0-9]/#) else {
            throw Failure(
                output: "the hub's statement has other parameters than the \(values.count) that pgbench is given")
        }
        return text
    }

    private static func replaced(_ text: String, _ part: String, _ other: String) -> String {
        var result = ""
        var rest = text[...]
        while let range = rest.firstRange(of: part) {
            result += rest[..<range.lowerBound] + other
            rest = rest[range.upperBound...]
        }
        return result + rest
    }

    private static func prepared(_ hub: BenchHub) async throws -> [String: String] {
        let answer = Locked<[String: String]>([:])
        await withCheckedContinuation { continuation in
            hub.loop.post { state in
                state.reactor.spawn {
                    let found = (try? await state.statementsOfRaise()) ?? [:]
                    answer.withLock { $0 = found }
                    continuation.resume()
                }
            }
        }
        return answer.withLock { $0 }
    }
}

extension ServingLoop {
    private static let prepared = Statement(
        "bench_prepared", "SELECT name, statement FROM pg_prepared_statements WHERE name <> 'bench_prepared'")

    /// The texts of the statements that raise an alert, by their names.
    func statementsOfRaise() async throws -> [String: String] {
        let clinic = BenchClinic(0)
        var found: [String: String] = [:]
        // The pool has several sessions; asked often enough, the one that has raised the alert answers.
        for _ in 0..<32 {
            let draft = AlertDraft(patient: clinic.patient, assignedTo: clinic.doctor, urgency: .critical)
            _ = try await hub.store.alerts.raise(
                draft, TenantContext(clinic: clinic.id, actor: .user(clinic.admissions, .admissions)))
            for row in try await pool.transaction(nil, [Self.prepared()])[0] {
                found[try row.string("name")] = try row.string("statement")
            }
            if found["raise_alert"] != nil, found["append_event"] != nil { break }
        }
        return found
    }
}
