import FoundationEssentials

/// Small files, read whole, with reasons that an operator understands.
package enum FileReading {
    /// The text of `file`. Blocks. Throws `unreadable` where it is missing, not readable, not UTF-8, or longer than
    /// `limit` bytes.
    package static func text(of file: String, atMost limit: Int) throws(SettingsError) -> String {
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: file, isDirectory: &isDirectory) else {
            throw .unreadable(file: file, reason: "there is no such file")
        }
        guard !isDirectory else { throw .unreadable(file: file, reason: "it is a directory") }
        guard let data = try? Data(contentsOf: URL(filePath: file)) else {
            throw .unreadable(file: file, reason: "this user may not read it")
        }
        guard data.count <= limit else {
            throw .unreadable(file: file, reason: "it has \(data.count) bytes, \(limit) are allowed")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw .unreadable(file: file, reason: "it is not UTF-8 text")
        }
        return text
    }
}
