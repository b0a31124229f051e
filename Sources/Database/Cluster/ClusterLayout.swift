import Glibc
import Platform

/// Where everything of a private cluster lies, and as which user its server runs.
///
///     DIR/postgres/data       the cluster
///     DIR/postgres/socket     its Unix socket; /tmp/alert-hub-<hash of DIR> where that path is too long for a socket
///     DIR/postgres/log        what the server says
///     DIR/postgres/lock       held by the hub that runs it
///
/// The server cannot run as root. Where the hub is root, it runs as user postgres (or whoever owns the data), and where
/// that user cannot reach DIR, `DIR/postgres` is replaced by `/var/lib/alert-hub/<hash of DIR>`.
struct ClusterLayout {
    /// The user of the server where it is not the hub's own.
    struct User {
        let user: uid_t
        let group: gid_t
    }

    let base: String
    let socketDirectory: String
    let user: User?

    var data: String { "\(base)/data" }
    var log: String { "\(base)/log" }
    var lock: String { "\(base)/lock" }
    var processFile: String { "\(data)/postmaster.pid" }

    /// A socket's whole path has at most 107 bytes; the server adds `/.s.PGSQL.5432`.
    private static let longestSocketDirectory = 92

    /// Finds the places for a data directory, which is made if it does not exist.
    static func prepare(_ directory: String, fallbackRoot: String) throws(ClusterError) -> ClusterLayout {
        try Directory.make(directory, mode: 0o755)
        let root = try Directory.resolved(directory)
        let hash = fingerprint(root)
        let user = geteuid() == 0 ? try serverUser(of: "\(root)/postgres/data") : nil
        var base = "\(root)/postgres"
        if try !makeUsable(base, user) {
            guard user != nil else { throw .inaccessible(base) }
            let fallback = "\(fallbackRoot)/\(hash)"
            Log.notice(
                "User postgres cannot reach the data directory; the database lies elsewhere",
                ["asked": base, "used": fallback])
            guard try makeUsable(fallback, user) else { throw .inaccessible(fallback) }
            base = fallback
        }
        let layout = ClusterLayout(base: base, socketDirectory: socketDirectory(base, hash), user: user)
        guard try makeUsable(layout.socketDirectory, user) else { throw .inaccessible(layout.socketDirectory) }
        return layout
    }

    /// A program and its arguments, to be run as the server's user.
    func command(_ program: String, _ arguments: [String]) -> (path: String, arguments: [String]) {
        Self.command(program, arguments, user)
    }

    private static func command(
        _ program: String, _ arguments: [String], _ user: User?
    ) -> (path: String, arguments: [String]) {
        guard let user else { return (program, arguments) }
        // setpriv becomes the program, so the process that is started is the server itself.
        let options = ["--reuid=\(user.user)", "--regid=\(user.group)", "--clear-groups", "--"]
        return ("/usr/bin/setpriv", options + [program] + arguments)
    }

    private static func serverUser(of data: String) throws(ClusterError) -> User {
        if let owner = Directory.status(data), owner.user != 0 { return User(user: owner.user, group: owner.group) }
        guard let entry = unsafe getpwnam("postgres") else { throw .noUser }
        return unsafe User(user: entry.pointee.pw_uid, group: entry.pointee.pw_gid)
    }

    /// Makes a directory that only the server's user may enter; false if it cannot reach it, or it is another's.
    private static func makeUsable(_ path: String, _ user: User?) throws(ClusterError) -> Bool {
        try Directory.make(path, mode: 0o700)
        if let user {
            // Given away only while it is root's: never another user's, such as one laid in wait in /tmp.
            if let status = Directory.status(path), status.user == 0, status.isDirectory {
                guard unsafe chown(path, user.user, user.group) == 0 else {
                    throw .system(path: path, operation: "chown", errno: errno)
                }
            }
        }
        guard let status = Directory.status(path), status.isDirectory, status.user == user?.user ?? geteuid(),
            unsafe status.permissions & 0o077 == 0 || chmod(path, 0o700) == 0
        else { return false }
        let test = command("/usr/bin/test", ["-w", path, "-a", "-x", path], user)
        guard let result = try? ProgramRun.run(test.path, test.arguments, within: .seconds(10)) else { return false }
        return result.exitCode == 0
    }

    private static func socketDirectory(_ base: String, _ hash: String) -> String {
        let inside = "\(base)/socket"
        // The server reads its setting as a list, so a comma or a quote in the path would cut it.
        let isPlain = inside.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && !#",'"\"#.utf8.contains($0) }
        return isPlain && inside.utf8.count <= longestSocketDirectory ? inside : "/tmp/alert-hub-\(hash)"
    }

    /// FNV-1a of a path: a short name of its own; nothing secret rests on it.
    private static func fingerprint(_ path: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in path.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
