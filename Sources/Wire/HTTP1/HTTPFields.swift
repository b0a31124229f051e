/// The header or trailer fields of a message, in order (RFC 9110 §5). Names compare without regard to case.
///
/// No field can hold a line end or another control character, whatever it was made from, so nothing that is written
/// from these fields can inject a header.
package struct HTTPFields: Equatable, Sendable, ExpressibleByDictionaryLiteral {
    /// One field line.
    package struct Field: Equatable, Sendable {
        package let name: String
        package let value: String
    }

    /// The field lines in order.
    package private(set) var lines: [Field] = []

    /// No fields.
    package init() {}

    /// The fields given, in order; one with an impossible name is left out.
    package init(dictionaryLiteral fields: (String, String)...) {
        for (name, value) in fields { append(name, value) }
    }

    /// Adds a line. Control characters in the value become spaces; a name that is not a token adds nothing (false).
    @discardableResult
    package mutating func append(_ name: String, _ value: String) -> Bool {
        guard isToken(name) else { return false }
        lines.append(Field(name: name, value: Self.sanitized(value)))
        return true
    }

    /// Replaces all lines of that name by one, at the end. The rules of `append` hold.
    @discardableResult
    package mutating func set(_ name: String, _ value: String) -> Bool {
        remove(name)
        return append(name, value)
    }

    /// Removes all lines of that name.
    package mutating func remove(_ name: String) {
        lines.removeAll { equalsIgnoringCase($0.name, name) }
    }

    /// Adds a line that the parser has checked.
    mutating func append(checked name: String, _ value: String) {
        lines.append(Field(name: name, value: value))
    }

    /// The value of the first line of that name, or nil. For fields that may stand once only.
    package subscript(_ name: String) -> String? {
        lines.first { equalsIgnoringCase($0.name, name) }?.value
    }

    /// The values of all lines of that name, in order.
    package func all(_ name: String) -> [String] {
        lines.filter { equalsIgnoringCase($0.name, name) }.map(\.value)
    }

    /// How many lines have that name.
    package func count(of name: String) -> Int {
        lines.count { equalsIgnoringCase($0.name, name) }
    }

    /// The members of a comma-separated list over all lines of that name, trimmed, empty ones left out
    /// (RFC 9110 §5.6.1). A comma within a quoted string does not separate.
    package func list(_ name: String) -> [String] {
        lines.filter { equalsIgnoringCase($0.name, name) }.flatMap { Self.members(of: $0.value) }
    }

    /// True when the list of that name has the token, compared without regard to case.
    package func contains(_ token: String, in name: String) -> Bool {
        list(name).contains { equalsIgnoringCase($0, token) }
    }

    /// The media type of `Content-Type` in small letters without parameters, or nil.
    package var mediaType: String? {
        guard let value = self["Content-Type"] else { return nil }
        let type = trimmingWhitespace(Array(value.utf8).prefix { $0 != UInt8(ascii: ";") })
        return String(decoding: type.map(lowercased), as: UTF8.self)
    }

    private static func members(of value: String) -> [String] {
        // Most lists have one member. A value is trimmed already.
        if !value.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") }) {
            return value.isEmpty ? [] : [value]
        }
        var members: [String] = []
        var member: [UInt8] = []
        var isQuoted = false
        var isEscaped = false
        func finish() {
            let trimmed = trimmingWhitespace(member[...])
            if !trimmed.isEmpty { members.append(String(decoding: trimmed, as: UTF8.self)) }
            member.removeAll(keepingCapacity: true)
        }
        for byte in value.utf8 {
            if byte == UInt8(ascii: ","), !isQuoted {
                finish()
                continue
            }
            member.append(byte)
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == UInt8(ascii: "\\"), isQuoted {
                isEscaped = true
            }
        }
        finish()
        return members
    }

    /// The value as a field may hold it: control characters become spaces, spaces at the ends go.
    static func sanitized(_ value: String) -> String {
        var bytes = Array(value.utf8)
        for index in bytes.indices where isControl(bytes[index]) { bytes[index] = 0x20 }
        return String(decoding: trimmingWhitespace(bytes[...]), as: UTF8.self)
    }
}

/// The bytes without spaces and tabs at both ends (OWS of RFC 9110 §5.6.3).
func trimmingWhitespace(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var bytes = bytes
    while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
    while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
    return bytes
}
