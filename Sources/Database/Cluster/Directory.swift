import Glibc
import Platform

/// Directories, as far as the start needs them. Blocks.
enum Directory {
    /// The names in a directory without `.` and `..`; none if it cannot be read.
    static func names(_ path: String) -> [String] {
        guard let stream = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Makes a directory and those above it; one that exists is left as it is.
    static func make(_ path: String, mode: mode_t) throws(ClusterError) {
        if unsafe mkdir(path, mode) == 0 { return }
        if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            try make(String(path[..<slash]), mode: 0o755)
            if unsafe mkdir(path, mode) == 0 { return }
        }
        guard errno == EEXIST else { throw .system(path: path, operation: "mkdir", errno: errno) }
    }

    /// The path without symbolic links and relative parts; it must exist.
    static func resolved(_ path: String) throws(ClusterError) -> String {
        guard let text = unsafe realpath(path, nil) else {
            throw .system(path: path, operation: "realpath", errno: errno)
        }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    /// Removes a directory and all in it; what cannot be removed stays.
    static func remove(_ path: String) {
        _ = try? ProgramRun.run("/bin/rm", ["-rf", "--", path], within: .seconds(60))
    }

    /// Who owns a path and its permission bits, without following a symbolic link; nil if there is nothing.
    static func status(_ path: String) -> (user: uid_t, group: gid_t, permissions: mode_t, isDirectory: Bool)? {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        return (status.st_uid, status.st_gid, status.st_mode & 0o7777, status.st_mode & S_IFMT == S_IFDIR)
    }
}
