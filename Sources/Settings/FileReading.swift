import FoundationEssentials

/// Small files, read whole, with reasons that an operator understands.
enum FileReading {
    /// The bytes of `file`. Blocks. Throws `unreadable` where it is missing, not readable, or longer than `limit` bytes.
    static func bytes(of file: String, atMost limit: Int) throws(SettingsError) -> Data {
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
        return data
    }

    /// The decoder's own words for what is wrong, on one line.
    static func reason(_ context: DecodingError.Context) -> String {
        let text = context.underlyingError.map { String(describing: $0) } ?? context.debugDescription
        return text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
