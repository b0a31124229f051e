/// Why the schema could not be checked or brought up to date. The start stops with it; `description` is for the operator.
package enum MigrationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A file or the directory could not be read.
    case unreadable(String, errno: Int32)
    /// A file is not named `0001_name.sql`.
    case badFileName(String)
    /// Two files have one number.
    case duplicateVersion(String, String)
    /// A file was changed after it had been applied: restore it, and put the change into a new file.
    case changed(String)
    /// A file that was applied is gone: this is another program's database, or an incomplete installation.
    case missing(String)
    /// The database is ahead of this program: start the newer program.
    case newerDatabase(String)
    /// A file that was not applied has a number below one that was: give it the next free number.
    case outOfOrder(String)
    /// PostgreSQL refused a file; nothing of it was applied. The line counts from 1.
    case refused(file: String, line: Int, ServerError)
    /// A file holds a transaction command, so it cannot be applied as a whole.
    case endsTransaction(String)
    /// The database failed apart from any file.
    case database(DatabaseError)

    package var description: String {
        switch self {
        case .unreadable(let path, let code): "\(path) cannot be read (errno \(code))"
        case .badFileName(let name): "\(name) is not named like 0001_name.sql"
        case .duplicateVersion(let one, let other): "\(one) and \(other) have the same number"
        case .changed(let name): "\(name) was changed after it had been applied; restore it and write a new file"
        case .missing(let name): "\(name) was applied to this database, but is not in the directory"
        case .newerDatabase(let name): "\(name) was applied by a newer program; start that one"
        case .outOfOrder(let name): "\(name) has a number below one that was applied already"
        case .refused(let file, let line, let error): "\(file):\(line): \(error)"
        case .endsTransaction(let name): "\(name) ends its own transaction; remove BEGIN, COMMIT and ROLLBACK"
        case .database(let error): "\(error)"
        }
    }
}
