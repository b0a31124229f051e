/// One member of `Sec-WebSocket-Extensions` (RFC 6455 section 9.1): `name; parameter; parameter=value; parameter="value"`.
struct ExtensionOffer: Equatable {
    struct Parameter: Equatable {
        /// In small letters.
        let name: String
        /// A token, the quotes taken off.
        let value: String?
    }

    let name: String
    let parameters: [Parameter]

    /// Nil where the text breaks the grammar; a quoted value must be a token when the quotes are off.
    init?(_ text: String) {
        var parts = Self.parts(of: text)[...]
        guard let name = parts.popFirst(), isToken(name) else { return nil }
        self.name = name
        var parameters: [Parameter] = []
        for part in parts {
            let middle = part.firstIndex(of: "=") ?? part.endIndex
            let name = Self.trimmed(part[..<middle])
            guard isToken(name) else { return nil }
            var value: String?
            if middle < part.endIndex {
                value = Self.unquoted(Self.trimmed(part[middle...].dropFirst()))
                guard let value, isToken(value) else { return nil }
            }
            parameters.append(Parameter(name: String(decoding: name.utf8.map(lowercased), as: UTF8.self), value: value))
        }
        self.parameters = parameters
    }

    /// The parts between semicolons, trimmed. One within quotes does not separate; it makes no token either.
    private static func parts(of text: String) -> [String] {
        var parts: [String] = []
        var part: [UInt8] = []
        var isQuoted = false
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\""), part.last != UInt8(ascii: "\\") { isQuoted.toggle() }
            if byte == UInt8(ascii: ";"), !isQuoted {
                parts.append(trimmed(String(decoding: part, as: UTF8.self)))
                part = []
            } else {
                part.append(byte)
            }
        }
        return parts + [trimmed(String(decoding: part, as: UTF8.self))]
    }

    /// The text of a token as it is, of a quoted string without quotes and backslashes (RFC 9110 section 5.6.4).
    private static func unquoted(_ text: String) -> String? {
        var bytes = Array(text.utf8)[...]
        guard bytes.first == UInt8(ascii: "\"") else { return text }
        bytes.removeFirst()
        var plain: [UInt8] = []
        while let byte = bytes.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return bytes.isEmpty ? String(decoding: plain, as: UTF8.self) : nil
            case UInt8(ascii: "\\"):
                guard let escaped = bytes.popFirst() else { return nil }
                plain.append(escaped)
            default: plain.append(byte)
            }
        }
        return nil
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        String(decoding: trimmingWhitespace(Array(text.utf8)[...]), as: UTF8.self)
    }
}
