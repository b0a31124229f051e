import Glibc
import Platform

/// Small text files, read and written whole. Blocks; for start-up only.
enum FileText {
    /// The file's content; bytes that are not UTF-8 become U+FFFD.
    static func read(_ path: String) throws(SystemError) -> String {
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw SystemError("open") }
        let descriptor = FileDescriptor(owning: number)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe Glibc.read(descriptor.number, &chunk, chunk.count)
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            if count > 0 {
                bytes.append(contentsOf: chunk[..<count])
            } else if errno != EINTR {
                throw SystemError("read")
            }
        }
    }

    /// The end of a file, as people need it from a log; empty if there is none.
    static func tail(_ path: String, lines: Int) -> String {
        guard let text = try? read(path) else { return "" }
        return text.split(separator: "\n").suffix(lines).joined(separator: "; ")
    }
}
