import Database
import Glibc
import Platform
import TestSupport

/// pgbench, which runs one script by so many clients, as the hub's login.
struct Pgbench {
    /// pgbench is not installed, or said something unexpected.
    struct Failure: Error {
        let output: String
    }

    private let access: ClusterAccess
    private let program: String

    init(_ access: ClusterAccess) throws {
        self.access = access
        guard let program = Self.find() else { throw Failure(output: "pgbench is not installed") }
        self.program = program
    }

    /// Transactions a second of so many clients, each in the clinic of its number.
    func run(_ script: AlertScript, clients: Int, clinics: Int, seconds: Int) throws -> Double {
        let file = "/var/tmp/alert-hub-bench-\(getpid()).sql"
        defer { unsafe unlink(file) }
        guard let stream = unsafe fopen(file, "w") else { throw SystemError("fopen") }
        unsafe fputs(script.text, stream)
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
}
