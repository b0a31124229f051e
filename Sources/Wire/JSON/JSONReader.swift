/// Reads one JSON document of a peer (RFC 8259), strictly.
///
/// Refused besides what the grammar refuses: ill-formed UTF-8, a byte order mark, names used twice, U+0000 (PostgreSQL
/// text cannot hold it), lone surrogates, numbers beyond a double, and whatever exceeds the limits. Time is linear.
package enum JSONReader {
    /// The value of the whole document.
    package static func read(
        _ bytes: [UInt8], limits: JSONLimits = JSONLimits()
    ) throws(JSONError) -> JSONValue {
        try read(bytes.span, limits: limits)
    }

    /// The value of the whole document.
    package static func read(
        _ bytes: Span<UInt8>, limits: JSONLimits = JSONLimits()
    ) throws(JSONError) -> JSONValue {
        guard bytes.count <= limits.maximumBytes else { throw JSONError(.tooLarge, at: limits.maximumBytes) }
        var cursor = JSONCursor(maximumDepth: limits.maximumDepth)
        cursor.skipWhitespace(bytes)
        let value = try cursor.value(bytes)
        cursor.skipWhitespace(bytes)
        guard cursor.position == bytes.count else { throw JSONError(.trailingBytes, at: cursor.position) }
        return value
    }

    /// The document's object: what every request body and message of the hub is.
    package static func readObject(
        _ bytes: [UInt8], limits: JSONLimits = JSONLimits()
    ) throws(JSONError) -> JSONObject {
        try readObject(bytes.span, limits: limits)
    }

    /// The document's object: what every request body and message of the hub is.
    package static func readObject(
        _ bytes: Span<UInt8>, limits: JSONLimits = JSONLimits()
    ) throws(JSONError) -> JSONObject {
        guard case .object(let object) = try read(bytes, limits: limits) else { throw JSONError(.notAnObject, at: 0) }
        return object
    }
}

/// Where the reader stands in a document. The bytes are passed to each step: a span cannot be stored.
struct JSONCursor {
    var position = 0
    private var depth = 0
    private let maximumDepth: Int

    init(maximumDepth: Int) {
        self.maximumDepth = maximumDepth
    }

    /// The byte at the position, or nil at the end.
    func peek(_ bytes: Span<UInt8>) -> UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    mutating func skipWhitespace(_ bytes: Span<UInt8>) {
        while let byte = peek(bytes), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    mutating func value(_ bytes: Span<UInt8>) throws(JSONError) -> JSONValue {
        guard let byte = peek(bytes) else { throw JSONError(.unexpectedEnd, at: position) }
        switch byte {
        case UInt8(ascii: "{"): return .object(try object(bytes))
        case UInt8(ascii: "["): return .array(try array(bytes))
        case UInt8(ascii: "\""): return .string(try string(bytes))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number(bytes)
        case UInt8(ascii: "t"):
            try word("true", bytes)
            return .bool(true)
        case UInt8(ascii: "f"):
            try word("false", bytes)
            return .bool(false)
        case UInt8(ascii: "n"):
            try word("null", bytes)
            return .null
        default: throw JSONError(.unexpectedByte, at: position)
        }
    }

    private mutating func object(_ bytes: Span<UInt8>) throws(JSONError) -> JSONObject {
        try enter()
        var result = JSONObject()
        skipWhitespace(bytes)
        if peek(bytes) == UInt8(ascii: "}") {
            leave()
            return result
        }
        while true {
            let nameOffset = position
            guard let byte = peek(bytes) else { throw JSONError(.unexpectedEnd, at: position) }
            guard byte == UInt8(ascii: "\"") else { throw JSONError(.unexpectedByte, at: position) }
            let name = try string(bytes)
            skipWhitespace(bytes)
            try expect(UInt8(ascii: ":"), bytes)
            skipWhitespace(bytes)
            let value = try value(bytes)
            guard result.append(name, value) else { throw JSONError(.duplicateName, at: nameOffset) }
            skipWhitespace(bytes)
            if peek(bytes) == UInt8(ascii: "}") {
                leave()
                return result
            }
            try expect(UInt8(ascii: ","), bytes)
            skipWhitespace(bytes)
        }
    }

    private mutating func array(_ bytes: Span<UInt8>) throws(JSONError) -> [JSONValue] {
        try enter()
        var result: [JSONValue] = []
        skipWhitespace(bytes)
        if peek(bytes) == UInt8(ascii: "]") {
            leave()
            return result
        }
        while true {
            result.append(try value(bytes))
            skipWhitespace(bytes)
            if peek(bytes) == UInt8(ascii: "]") {
                leave()
                return result
            }
            try expect(UInt8(ascii: ","), bytes)
            skipWhitespace(bytes)
        }
    }

    private mutating func enter() throws(JSONError) {
        guard depth < maximumDepth else { throw JSONError(.tooDeep, at: position) }
        depth += 1
        position += 1
    }

    private mutating func leave() {
        depth -= 1
        position += 1
    }

    private mutating func expect(_ expected: UInt8, _ bytes: Span<UInt8>) throws(JSONError) {
        guard let byte = peek(bytes) else { throw JSONError(.unexpectedEnd, at: position) }
        guard byte == expected else { throw JSONError(.unexpectedByte, at: position) }
        position += 1
    }

    private mutating func word(_ word: String, _ bytes: Span<UInt8>) throws(JSONError) {
        for expected in word.utf8 { try expect(expected, bytes) }
    }
}
