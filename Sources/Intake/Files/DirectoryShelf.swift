import Glibc
package import Platform

/// Sealed files in a directory of this machine, or of a file server that several hubs share.
///
/// A file is written beside its place, flushed, and renamed into it, and the directory is flushed too: after `commit` it is
/// there whole, before it not at all. All of it happens on the workers' threads.
package final class DirectoryShelf: FileShelf {
    private let root: String
    private let workers: Workers

    /// - Parameter root: made on first use, for the hub's user alone.
    package init(root: String, workers: Workers) {
        self.root = root
        self.workers = workers
    }

    package func begin(_ key: String) async throws(ShelfError) -> any FileDraft {
        let place = try place(of: key)
        let opened = await workers.run { () -> Result<OpenFile, ShelfError> in
            Result { () throws(ShelfError) in try OpenFile(place) }
        }
        return DirectoryDraft(try opened.get(), workers: workers)
    }

    package func read(_ key: String, atMost limit: Int) async throws(ShelfError) -> [UInt8] {
        let place = try place(of: key)
        return try await workers.run { () -> Result<[UInt8], ShelfError> in
            Result { () throws(ShelfError) in try Self.read(place.file, atMost: limit) }
        }.get()
    }

    package func remove(_ key: String) async throws(ShelfError) {
        let place = try place(of: key)
        try await workers.run { () -> Result<Void, ShelfError> in
            guard unsafe unlink(place.file) == 0 || errno == ENOENT else { return .failure(.system("unlink")) }
            return .success(())
        }.get()
    }

    /// Removes what uploads left that were cut off at least an hour ago.
    package func sweep() async {
        let root = root
        await workers.run {
            let limit = WallTime.now().secondsSince1970 - 3_600
            for clinic in names(in: root) {
                for name in names(in: "\(root)/\(clinic)") where name.hasSuffix(".part") {
                    var status = stat()
                    let path = "\(root)/\(clinic)/\(name)"
                    guard unsafe lstat(path, &status) == 0, Int64(status.st_mtim.tv_sec) < limit else { continue }
                    unsafe unlink(path)
                }
            }
        }
    }

    struct Place: Sendable {
        let root: String
        let directory: String
        let file: String
    }

    private func place(of key: String) throws(ShelfError) -> Place {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { part in
            part.utf8.count == 36
                && part.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) || $0 == 0x2D }
        }
        guard parts.count == 2, isPlain else { throw .malformedKey }
        return Place(root: root, directory: "\(root)/\(parts[0])", file: "\(root)/\(parts[0])/\(parts[1]).sealed")
    }

    private static func read(_ path: String, atMost limit: Int) throws(ShelfError) -> [UInt8] {
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard number >= 0 else { throw errno == ENOENT ? .missing : .system("open") }
        let file = FileDescriptor(owning: number)
        var status = stat()
        guard unsafe fstat(file.number, &status) == 0 else { throw .system("fstat") }
        guard status.st_size <= limit else { throw .tooLarge }
        var bytes = [UInt8](repeating: 0, count: status.st_size)
        var count = 0
        while count < bytes.count {
            let size = bytes.count - count
            let more = unsafe bytes.withUnsafeMutableBytes { all in
                unsafe Glibc.read(file.number, all.baseAddress?.advanced(by: count), size)
            }
            if more < 0, errno == EINTR { continue }
            guard more > 0 else { throw more == 0 ? .failed("the file became shorter") : .system("read") }
            count += more
        }
        return bytes
    }
}

private final class DirectoryDraft: FileDraft {
    private let file: OpenFile
    private let workers: Workers
    private var isOver = false

    init(_ file: OpenFile, workers: Workers) {
        self.file = file
        self.workers = workers
    }

    func append(_ bytes: [UInt8]) async throws(ShelfError) {
        guard !bytes.isEmpty else { return }
        let file = file
        try await workers.run { () -> Result<Void, ShelfError> in
            Result { () throws(ShelfError) in try file.write(bytes) }
        }.get()
    }

    func commit() async throws(ShelfError) {
        let file = file
        try await workers.run { () -> Result<Void, ShelfError> in
            Result { () throws(ShelfError) in try file.commit() }
        }.get()
        isOver = true
    }

    func abandon() async {
        guard !isOver else { return }
        isOver = true
        let file = file
        await workers.run { file.remove() }
    }
}

/// The file beside its place. One call at a time, on any worker.
private final class OpenFile: Sendable {
    private let place: DirectoryShelf.Place
    private let descriptor: FileDescriptor
    /// Beside the file, under a name of its own: a file may be written anew while one that was cut off still lies there.
    private let draft: String

    init(_ place: DirectoryShelf.Place) throws(ShelfError) {
        self.place = place
        draft = "\(place.file).\(UInt64.random(in: .min ... .max)).part"
        try Self.make(place.directory)
        let number = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw .system("open") }
        descriptor = FileDescriptor(owning: number)
    }

    /// Makes a directory and those above it that are missing.
    private static func make(_ path: String) throws(ShelfError) {
        if unsafe mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
            throw .system("mkdir")
        }
        try make(String(path[..<slash]))
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .system("mkdir") }
    }

    func write(_ bytes: [UInt8]) throws(ShelfError) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { all in
                unsafe Glibc.write(descriptor.number, all.baseAddress?.advanced(by: done), all.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .system("write") }
            done += count
        }
    }

    func commit() throws(ShelfError) {
        guard fsync(descriptor.number) == 0 else { throw .system("fsync") }
        guard unsafe rename(draft, place.file) == 0 else { throw .system("rename") }
        // The clinic's directory may be new itself.
        for directory in [place.directory, place.root] {
            let number = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard number >= 0 else { throw .system("open") }
            let directory = FileDescriptor(owning: number)
            guard fsync(directory.number) == 0 else { throw .system("fsync") }
        }
    }

    func remove() { unsafe unlink(draft) }
}

extension ShelfError {
    /// The system call that failed just now.
    fileprivate static func system(_ operation: String) -> ShelfError { .failed(SystemError(operation).description) }
}

/// The names in a directory without `.` and `..`; none if it cannot be read.
private func names(in path: String) -> [String] {
    guard let stream = unsafe opendir(path) else { return [] }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
        let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names
}
