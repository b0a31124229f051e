/// One row, read by column name or index.
///
/// A column that is missing, null where a value was asked for, or of another form throws `.malformed` with its name:
/// the statement and the code that reads it do not fit, so answer 500 and log.
package struct Row: Sendable {
    private let rows: Rows
    private let index: Int

    init(rows: Rows, index: Int) {
        self.rows = rows
        self.index = index
    }

    // MARK: By name

    /// A text of any type, as PostgreSQL writes it.
    package func string(_ column: String) throws(DatabaseError) -> String {
        try present(optionalString(column), column)
    }
    package func optionalString(_ column: String) throws(DatabaseError) -> String? {
        try optionalString(position(column))
    }

    /// The 36 lowercase characters of a `uuid`.
    package func uuidText(_ column: String) throws(DatabaseError) -> String {
        try present(optionalUUIDText(column), column)
    }
    package func optionalUUIDText(_ column: String) throws(DatabaseError) -> String? {
        guard let text = try optionalString(column) else { return nil }
        guard text.utf8.count == 36 else { throw .malformed(column) }
        return text
    }

    /// `smallint`, `integer` or `bigint`.
    package func int64(_ column: String) throws(DatabaseError) -> Int64 { try present(optionalInt64(column), column) }
    package func optionalInt64(_ column: String) throws(DatabaseError) -> Int64? {
        try optionalInt64(position(column))
    }

    package func int(_ column: String) throws(DatabaseError) -> Int { Int(try int64(column)) }

    /// `real`, `double precision` or `numeric`.
    package func double(_ column: String) throws(DatabaseError) -> Double {
        try present(optionalDouble(column), column)
    }
    package func optionalDouble(_ column: String) throws(DatabaseError) -> Double? {
        try parsed(column) { Double($0) }
    }

    package func bool(_ column: String) throws(DatabaseError) -> Bool { try present(optionalBool(column), column) }
    package func optionalBool(_ column: String) throws(DatabaseError) -> Bool? { try optionalBool(position(column)) }

    /// The bytes of a `bytea`.
    package func bytes(_ column: String) throws(DatabaseError) -> [UInt8] { try present(optionalBytes(column), column) }
    package func optionalBytes(_ column: String) throws(DatabaseError) -> [UInt8]? {
        guard let cell = rows.cell(row: index, column: try position(column)) else { return nil }
        guard let bytes = Self.decodeHex(cell) else { throw .malformed(column) }
        return bytes
    }

    /// A `timestamptz` in microseconds since 1970-01-01 UTC, exactly as the server keeps it.
    package func timestamp(_ column: String) throws(DatabaseError) -> Int64 {
        try present(optionalTimestamp(column), column)
    }
    package func optionalTimestamp(_ column: String) throws(DatabaseError) -> Int64? {
        try parsed(column) { Timestamp.microseconds($0) }
    }

    /// The raw bytes of a text or `json` cell, to be parsed elsewhere.
    package func utf8(_ column: String) throws(DatabaseError) -> [UInt8] { try present(optionalUTF8(column), column) }
    package func optionalUTF8(_ column: String) throws(DatabaseError) -> [UInt8]? {
        rows.cell(row: index, column: try position(column)).map(Array.init)
    }

    // MARK: By index

    package func string(_ column: Int) throws(DatabaseError) -> String {
        try present(optionalString(column), name(column))
    }
    package func optionalString(_ column: Int) throws(DatabaseError) -> String? {
        try checked(column).map { String(decoding: $0, as: UTF8.self) }
    }
    package func int64(_ column: Int) throws(DatabaseError) -> Int64 {
        try present(optionalInt64(column), name(column))
    }
    package func optionalInt64(_ column: Int) throws(DatabaseError) -> Int64? {
        guard let text = try optionalString(column) else { return nil }
        guard let number = Int64(text) else { throw .malformed(name(column)) }
        return number
    }
    package func bool(_ column: Int) throws(DatabaseError) -> Bool { try present(optionalBool(column), name(column)) }
    package func optionalBool(_ column: Int) throws(DatabaseError) -> Bool? {
        switch try optionalString(column) {
        case nil: return nil
        case "t": return true
        case "f": return false
        default: throw .malformed(name(column))
        }
    }

    // MARK: Steps

    private func name(_ column: Int) -> String {
        rows.columns.indices.contains(column) ? rows.columns[column] : "column \(column)"
    }

    private func position(_ column: String) throws(DatabaseError) -> Int {
        guard let position = rows.columns.firstIndex(of: column) else { throw .malformed(column) }
        return position
    }

    private func checked(_ column: Int) throws(DatabaseError) -> ArraySlice<UInt8>? {
        guard rows.columns.indices.contains(column) else { throw .malformed("column \(column)") }
        return rows.cell(row: index, column: column)
    }

    private func present<Value>(_ value: Value?, _ column: String) throws(DatabaseError) -> Value {
        guard let value else { throw .malformed(column) }
        return value
    }

    private func parsed<Value>(_ column: String, _ parse: (String) -> Value?) throws(DatabaseError) -> Value? {
        guard let text = try optionalString(column) else { return nil }
        guard let value = parse(text) else { throw .malformed(column) }
        return value
    }

    /// Reads `\x0a1b…`, PostgreSQL's text of a `bytea`.
    private static func decodeHex(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "x")]), text.count.isMultiple(of: 2) else {
            return nil
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2 - 1)
        var high: UInt8?
        for character in text.dropFirst(2) {
            let digit: UInt8
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = character - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = character - UInt8(ascii: "a") + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return bytes
    }
}
