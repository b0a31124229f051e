import Cryptography
import Glibc

/// The file that holds the 32 bytes of the PHI key. Losing it loses every sealed value: back it up apart from the
/// database. Read and written at start, before the loops run: the calls block.
package enum PHIKeyFile {
    /// What is wrong with a key file. The start stops with it.
    package enum Problem: Error, Equatable, Sendable {
        /// `open`, `read` or `write` failed with this `errno`.
        case system(CInt)
        /// The file does not hold exactly 32 bytes.
        case length
        /// Others than its owner may read it.
        case permissions
    }

    /// The key in the file at `path`.
    package static func load(_ path: String) throws(Problem) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .system(errno) }
        guard status.st_mode & 0o077 == 0 else { throw .permissions }
        guard status.st_size == PHIVault.keyLength else { throw .length }
        var key = [UInt8](repeating: 0, count: PHIVault.keyLength)
        let count = unsafe read(descriptor, &key, key.count)
        guard count >= 0 else { throw .system(errno) }
        guard count == key.count else { throw .length }
        return key
    }

    /// The key in the file at `path`, which is made (mode 0600, random) if it is not there.
    package static func loadOrCreate(_ path: String) throws(Problem) -> [UInt8] {
        // O_EXCL: of two hubs that start at once, one creates the key and the other reads it.
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            guard errno == EEXIST else { throw .system(errno) }
            return try load(path)
        }
        defer { close(descriptor) }
        let key = SecureRandom.bytes(PHIVault.keyLength)
        let count = unsafe write(descriptor, key, key.count)
        guard count == key.count, fsync(descriptor) == 0 else { throw .system(errno) }
        return key
    }

    /// The keys that `replace` put aside, for opening old values.
    package static func loadRetired(besides path: String) throws(Problem) -> [[UInt8]] {
        var keys: [[UInt8]] = []
        for number in 1...maximumRetired {
            let file = "\(path).retired-\(number)"
            guard unsafe access(file, F_OK) == 0 else { break }
            keys.append(try load(file))
        }
        return keys
    }

    /// Puts the key aside and makes a new one in its place; the name of the old one's file.
    ///
    /// The new key is on the disk under another name before the old one loses its own, so that no crash leaves none.
    package static func replace(_ path: String) throws(Problem) -> String {
        _ = try load(path)
        let number = 1 + (try loadRetired(besides: path)).count
        guard number <= maximumRetired else { throw .system(ENOSPC) }
        let aside = "\(path).retired-\(number)"
        let fresh = "\(path).new"
        _ = unsafe unlink(fresh)
        _ = try loadOrCreate(fresh)
        guard unsafe link(path, aside) == 0, unsafe rename(fresh, path) == 0 else { throw .system(errno) }
        return aside
    }

    private static let maximumRetired = 64
}
