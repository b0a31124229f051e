/// Writes JSON text straight into bytes, without a tree: an event is encoded once and its bytes are shared.
///
///     var writer = JSONWriter()
///     writer.object { json in
///         json.field("type", "event")
///         json.field("seq", 42)
///         json.field("data", object: { json in json.field("room", "ER-12") })
///     }
///
/// The writer puts commas and escapes; that `field` is used within objects, each name once, and the unnamed functions
/// (`string`, `integer`, `object`, …) within arrays is the caller's duty.
package struct JSONWriter {
    /// What was written so far.
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// A writer with room for `capacity` bytes before it grows.
    package init(capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    /// The text, for logs and tests.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Writes an object whose members `body` writes.
    package mutating func object<Failure: Error>(
        _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        open(UInt8(ascii: "{"))
        try body(&self)
        close(UInt8(ascii: "}"))
    }

    /// Writes an array whose elements `body` writes.
    package mutating func array<Failure: Error>(
        _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        open(UInt8(ascii: "["))
        try body(&self)
        close(UInt8(ascii: "]"))
    }

    /// A text member; nil is written as `null`.
    package mutating func field(_ name: String, _ value: String?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    /// A whole number member; nil is written as `null`.
    package mutating func field<Number: FixedWidthInteger>(_ name: String, _ value: Number?) {
        key(name)
        if let value { integer(value) } else { null() }
    }

    /// A number member; not-a-number and the infinities, which JSON cannot say, are written as `null`.
    package mutating func field(_ name: String, _ value: Double) {
        key(name)
        number(value)
    }

    /// A boolean member; nil is written as `null`.
    package mutating func field(_ name: String, _ value: Bool?) {
        key(name)
        if let value { bool(value) } else { null() }
    }

    /// A member whose value was read before.
    package mutating func field(_ name: String, value: JSONValue) {
        key(name)
        self.value(value)
    }

    /// An object member.
    package mutating func field<Failure: Error>(
        _ name: String, object body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        key(name)
        try object(body)
    }

    /// An array member.
    package mutating func field<Failure: Error>(
        _ name: String, array body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        key(name)
        try array(body)
    }

    /// A member whose value is JSON text already, such as a stored payload. It is trusted, not checked.
    package mutating func field(_ name: String, json: [UInt8]) {
        key(name)
        self.json(json)
    }

    /// Text, as an element or as the whole document.
    package mutating func string(_ value: String) {
        separate()
        quoted(value)
        needsComma = true
    }

    /// A whole number.
    package mutating func integer(_ value: some FixedWidthInteger) {
        literal(String(value))
    }

    /// A number; not-a-number and the infinities are written as `null`.
    package mutating func number(_ value: Double) {
        literal(value.isFinite ? value.description : "null")
    }

    /// `true` or `false`.
    package mutating func bool(_ value: Bool) {
        literal(value ? "true" : "false")
    }

    /// `null`.
    package mutating func null() {
        literal("null")
    }

    /// JSON text as it is. It is trusted, not checked.
    package mutating func json(_ json: [UInt8]) {
        separate()
        bytes.append(contentsOf: json)
        needsComma = true
    }

    /// A value that was read before.
    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let bool): self.bool(bool)
        case .integer(let integer): self.integer(integer)
        case .number(let number): self.number(number)
        case .string(let string): self.string(string)
        case .array(let values): array { json in for value in values { json.value(value) } }
        case .object(let object):
            self.object { json in for member in object.members { json.field(member.name, value: member.value) } }
        }
    }
}

extension JSONWriter {
    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func key(_ name: String) {
        separate()
        quoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func literal(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
        needsComma = true
    }

    private mutating func quoted(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        // Nearly every text needs no escape and is copied whole.
        if text.utf8.contains(where: Self.needsEscape) {
            for byte in text.utf8 { escaped(byte) }
        } else {
            bytes.append(contentsOf: text.utf8)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escaped(_ byte: UInt8) {
        guard Self.needsEscape(byte) else { return bytes.append(byte) }
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        default:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
            bytes.append(hexadecimalDigit(of: byte & 0x0F))
        }
    }
}
