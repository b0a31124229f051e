/// Why the private PostgreSQL did not start. The start of the hub stops with it; `description` is for the operator.
package enum ClusterError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No `initdb` and `postgres` in any known place.
    case notInstalled
    /// The hub is root, which PostgreSQL refuses to be, and there is no user `postgres`.
    case noUser
    /// A directory that the server's user cannot reach or write to.
    case inaccessible(String)
    /// Another hub runs on this directory.
    case inUse(String)
    /// A system call on a path failed.
    case system(path: String, operation: String, errno: Int32)
    /// `initdb` failed; with the end of its output.
    case initializationFailed(String)
    /// The server did not become ready; with the end of its log.
    case notReady(String)
    /// The server runs, but its roles or its database could not be made.
    case provisioning(DatabaseError)

    package var description: String {
        switch self {
        case .notInstalled: "PostgreSQL's server programs were not found; install the package postgresql"
        case .noUser: "there is no user postgres, and PostgreSQL does not run as root; install the package postgresql"
        case .inaccessible(let path):
            "\(path) cannot be used by the user that PostgreSQL runs as; choose another --data"
        case .inUse(let path): "another hub uses \(path)"
        case .system(let path, let operation, let code): "\(operation) failed on \(path) (errno \(code))"
        case .initializationFailed(let output): "initdb failed: \(output)"
        case .notReady(let log): "PostgreSQL did not become ready; the end of its log: \(log)"
        case .provisioning(let error): "PostgreSQL's roles and database could not be made: \(error)"
        }
    }
}
