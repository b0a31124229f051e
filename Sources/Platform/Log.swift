import Glibc

/// The log: one JSON object a line on standard error, a static message with key-value fields.
///
/// Nothing of a patient and no payload ever goes in; ids do. Any thread; a line is one `write`.
package enum Log {
    /// How much a line matters to the operator who reads it.
    package enum Level: Int, Comparable, Sendable, CaseIterable {
        case debug, info, notice, warning, error

        package var name: String {
            switch self {
            case .debug: "debug"
            case .info: "info"
            case .notice: "notice"
            case .warning: "warning"
            case .error: "error"
            }
        }

        package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    private static let level = Locked<Level>(.info)

    /// Lines below this level are dropped.
    package static var threshold: Level {
        get { level.withLock { $0 } }
        set { level.withLock { $0 = newValue } }
    }

    package static func debug(_ message: StaticString, _ fields: KeyValuePairs<String, String> = [:]) {
        write(.debug, message, fields)
    }
    package static func info(_ message: StaticString, _ fields: KeyValuePairs<String, String> = [:]) {
        write(.info, message, fields)
    }
    package static func notice(_ message: StaticString, _ fields: KeyValuePairs<String, String> = [:]) {
        write(.notice, message, fields)
    }
    package static func warning(_ message: StaticString, _ fields: KeyValuePairs<String, String> = [:]) {
        write(.warning, message, fields)
    }
    package static func error(_ message: StaticString, _ fields: KeyValuePairs<String, String> = [:]) {
        write(.error, message, fields)
    }

    private static func write(_ level: Level, _ message: StaticString, _ fields: KeyValuePairs<String, String>) {
        guard level >= threshold else { return }
        var line: [UInt8] = []
        line.reserveCapacity(256)
        append("{\"at\":\"\(WallTime.now().rfc3339)\",\"level\":\"\(level.name)\",\"message\":", to: &line)
        appendQuoted(message.description, to: &line)
        for (key, value) in fields {
            line.append(UInt8(ascii: ","))
            appendQuoted(key, to: &line)
            line.append(UInt8(ascii: ":"))
            appendQuoted(value, to: &line)
        }
        append("}\n", to: &line)
        unsafe line.withUnsafeBytes { bytes in
            // A log that cannot be written is lost: there is nowhere to say so.
            _ = unsafe Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        }
    }

    private static func append(_ text: String, to line: inout [UInt8]) { line.append(contentsOf: text.utf8) }

    private static func appendQuoted(_ text: String, to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): line.append(contentsOf: [UInt8(ascii: "\\"), byte])
            case 0x0a: append("\\n", to: &line)
            case 0..<0x20, 0x7f: append("?", to: &line)
            default: line.append(byte)
            }
        }
        line.append(UInt8(ascii: "\""))
    }
}
