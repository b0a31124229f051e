import Glibc
import Platform

/// One numbered file of SQL, applied once, in a transaction of its own.
package struct Migration: Equatable, Sendable {
    /// From the file's name: 1 for `0001_tables.sql`.
    package let version: Int64
    /// From the file's name: `tables`.
    package let name: String
    package let sql: String

    package init(version: Int64, name: String, sql: String) {
        self.version = version
        self.name = name
        self.sql = sql
    }

    /// `0001_tables.sql`.
    package var fileName: String {
        let digits = String(version)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "_\(name).sql"
    }

    /// Reads every `.sql` file of a directory, in order; other files are passed over.
    package static func load(directory: String) throws(MigrationError) -> [Migration] {
        var migrations: [Migration] = []
        for fileName in try names(in: directory) where fileName.hasSuffix(".sql") {
            guard let separator = fileName.firstIndex(of: "_"), let version = Int64(fileName[..<separator]),
                version > 0
            else { throw .badFileName(fileName) }
            let name = fileName[fileName.index(after: separator)...].dropLast(4)
            migrations.append(
                Migration(version: version, name: String(name), sql: try text(of: "\(directory)/\(fileName)")))
        }
        migrations.sort { $0.version < $1.version }
        for (earlier, later) in zip(migrations, migrations.dropFirst()) where earlier.version == later.version {
            throw .duplicateVersion(earlier.fileName, later.fileName)
        }
        return migrations
    }

    private static func names(in directory: String) throws(MigrationError) -> [String] {
        guard unsafe access(directory, R_OK | X_OK) == 0 else { throw .unreadable(directory, errno: errno) }
        return Directory.names(directory)
    }

    private static func text(of path: String) throws(MigrationError) -> String {
        do {
            return try FileText.read(path)
        } catch {
            throw .unreadable(path, errno: error.code)
        }
    }
}
