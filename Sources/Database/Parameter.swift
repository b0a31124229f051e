/// A value bound to `$n`. It travels as text, except bytes, which travel in binary form.
///
/// A string must hold no NUL, which PostgreSQL cannot store: the batch fails as `.malformed` without being sent.
package enum Parameter: Hashable, Sendable {
    case null
    case text(String)
    case integer(Int64)
    case double(Double)
    case bool(Bool)
    /// For `bytea`.
    case bytes([UInt8])
    /// For `timestamptz`: microseconds since 1970-01-01 UTC.
    case timestamp(microseconds: Int64)

    /// A string or SQL null.
    package static func text(_ value: String?) -> Parameter { value.map { .text($0) } ?? .null }
    /// An integer or SQL null.
    package static func integer(_ value: Int64?) -> Parameter { value.map { .integer($0) } ?? .null }
    /// Any integer that fits.
    package static func integer(_ value: Int) -> Parameter { .integer(Int64(value)) }
    /// Bytes or SQL null.
    package static func bytes(_ value: [UInt8]?) -> Parameter { value.map { .bytes($0) } ?? .null }
    /// A time or SQL null.
    package static func timestamp(microseconds value: Int64?) -> Parameter {
        value.map { .timestamp(microseconds: $0) } ?? .null
    }
    /// A PostgreSQL array of texts (`text[]`, or cast it: `$1::uuid[]`); nil is SQL null.
    package static func array(_ values: [String?]) -> Parameter {
        var literal: [UInt8] = [UInt8(ascii: "{")]
        for (index, value) in values.enumerated() {
            if index > 0 { literal.append(UInt8(ascii: ",")) }
            guard let value else {
                literal += "NULL".utf8
                continue
            }
            literal.append(UInt8(ascii: "\""))
            for byte in value.utf8 {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { literal.append(UInt8(ascii: "\\")) }
                literal.append(byte)
            }
            literal.append(UInt8(ascii: "\""))
        }
        literal.append(UInt8(ascii: "}"))
        return .text(String(decoding: literal, as: UTF8.self))
    }

    /// Rows as one array a column, for `unnest`: many rows by one statement. Each row has `width` values.
    package static func columns(_ rows: [[Parameter]], width: Int) -> [Parameter] {
        (0..<width).map { column in array(rows.map { $0[column].element }) }
    }

    /// As an element of an array; nil for null.
    private var element: String? {
        switch self {
        case .null: nil
        case .text(let text): text
        case .integer(let number): String(number)
        case .double(let number): number.isFinite ? String(number) : infinite(number)
        case .bool(let flag): flag ? "t" : "f"
        case .bytes(let bytes): "\\x" + bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        case .timestamp(let microseconds): Timestamp.text(microseconds: microseconds)
        }
    }

    /// Whether the value travels in binary form.
    var isBinary: Bool { if case .bytes = self { true } else { false } }

    /// The bytes on the wire, nil for null. Text ends with the NUL that libpq reads up to.
    func encoded() throws(DatabaseError) -> [UInt8]? {
        switch self {
        case .null: return nil
        case .text(let text):
            var bytes = Array(text.utf8)
            guard !bytes.contains(0) else { throw .malformed("a text with a NUL") }
            bytes.append(0)
            return bytes
        case .integer(let number): return terminated(String(number))
        case .double(let number): return terminated(number.isFinite ? String(number) : infinite(number))
        case .bool(let flag): return terminated(flag ? "t" : "f")
        case .bytes(let bytes): return bytes
        case .timestamp(let microseconds): return terminated(Timestamp.text(microseconds: microseconds))
        }
    }

    private func terminated(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }

    private func infinite(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        return number > 0 ? "Infinity" : "-Infinity"
    }
}

extension Parameter: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(nilLiteral: ()) { self = .null }
}
