import Glibc
import Platform

/// Certificate chains with their keys, as they stand in PEM files: read once, given to every loop. A value.
///
/// The first one is served to clients that name no host, or one that no certificate is for.
package struct TLSCertificates: Sendable, Equatable {
    /// The two files of one certificate.
    package struct Files: Sendable, Equatable {
        /// The certificate, then those between it and the root.
        package var certificate: String
        package var key: String

        package init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// One certificate: what its files hold, and their names for errors.
    struct Pair: Sendable, Equatable {
        let files: Files
        let certificate: [UInt8]
        let key: [UInt8]
    }

    private static let longestFile = 1 << 20
    let pairs: [Pair]

    /// Reads the files. Blocks on the file system.
    package init(reading files: [Files]) throws(TLSError) {
        var pairs: [Pair] = []
        for files in files {
            pairs.append(
                Pair(files: files, certificate: try Self.read(files.certificate), key: try Self.read(files.key)))
        }
        guard !pairs.isEmpty else { throw .noCertificate }
        self.pairs = pairs
    }

    private static func read(_ path: String) throws(TLSError) -> [UInt8] {
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw .unreadable(file: path, SystemError("open")) }
        let file = FileDescriptor(owning: number)
        let buffer = ReadBuffer(capacity: 64 << 10)
        var bytes: [UInt8] = []
        while bytes.count <= longestFile {
            let count = unsafe Glibc.read(file.number, buffer.bytes.baseAddress, buffer.capacity)
            if count == 0 { return bytes }
            if count > 0 {
                bytes += buffer.copy(count)
            } else if errno != EINTR {
                throw .unreadable(file: path, SystemError("read"))
            }
        }
        throw .unreadable(file: path, SystemError("read", code: EFBIG))
    }
}
