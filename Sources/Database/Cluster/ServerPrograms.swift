import Glibc
import Platform

/// Where PostgreSQL's server programs are: the newest that is installed.
struct ServerPrograms {
    let initdb: String
    let postgres: String

    /// Looks into `pg_config --bindir`, Debian's `/usr/lib/postgresql/*/bin` (newest first), and the usual places.
    static func find() throws(ClusterError) -> ServerPrograms {
        for directory in debianDirectories() + ["/usr/local/pgsql/bin", "/usr/local/bin", "/usr/bin"] + configured() {
            let programs = ServerPrograms(initdb: "\(directory)/initdb", postgres: "\(directory)/postgres")
            if unsafe access(programs.initdb, X_OK) == 0, unsafe access(programs.postgres, X_OK) == 0 {
                return programs
            }
        }
        throw .notInstalled
    }

    private static func debianDirectories() -> [String] {
        let root = "/usr/lib/postgresql"
        let versions = Directory.names(root).compactMap { Int($0) }.sorted(by: >)
        return versions.map { "\(root)/\($0)/bin" }
    }

    private static func configured() -> [String] {
        guard let output = try? ProgramRun.run("/usr/bin/pg_config", ["--bindir"], within: .seconds(5)),
            output.exitCode == 0
        else { return [] }
        return output.text.split(separator: "\n").map(String.init)
    }
}
