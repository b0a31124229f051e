/// Typed access for handlers: each function returns the field or throws an error that names it.
///
/// The `optional…` form gives nil where the field is absent or `null`; a wrong type throws there too.
extension JSONObject {
    /// Text of `minimum` to `maxLength` Unicode scalars (what PostgreSQL counts as characters).
    package func string(
        _ name: String, minLength: Int = 0, maxLength: Int = .max
    ) throws(JSONFieldError) -> String {
        let expected = Self.textExpectation(minLength, maxLength)
        let value = try required(name, expected)
        return try text(value, name, minLength, maxLength, expected)
    }

    /// Text as by `string`, or nil.
    package func optionalString(
        _ name: String, minLength: Int = 0, maxLength: Int = .max
    ) throws(JSONFieldError) -> String? {
        guard let value = present(name) else { return nil }
        return try text(value, name, minLength, maxLength, Self.textExpectation(minLength, maxLength))
    }

    /// A whole number within `range`; `5.0` and `5e0` count as 5.
    package func integer(
        _ name: String, in range: ClosedRange<Int64> = .min ... .max
    ) throws(JSONFieldError) -> Int64 {
        let expected = Self.integerExpectation(range)
        return try integer(try required(name, expected), name, range, expected)
    }

    /// A whole number as by `integer`, or nil.
    package func optionalInteger(
        _ name: String, in range: ClosedRange<Int64> = .min ... .max
    ) throws(JSONFieldError) -> Int64? {
        guard let value = present(name) else { return nil }
        return try integer(value, name, range, Self.integerExpectation(range))
    }

    /// Any number as a double.
    package func number(_ name: String) throws(JSONFieldError) -> Double {
        switch try required(name, "number") {
        case .integer(let value): return Double(value)
        case .number(let value): return value
        case let other: throw mismatch(name, "number", other.typeName)
        }
    }

    /// `true` or `false`.
    package func bool(_ name: String) throws(JSONFieldError) -> Bool {
        try bool(try required(name, "boolean"), name)
    }

    /// `true` or `false`, or nil.
    package func optionalBool(_ name: String) throws(JSONFieldError) -> Bool? {
        guard let value = present(name) else { return nil }
        return try bool(value, name)
    }

    /// A nested object, whose errors carry the whole path.
    package func object(_ name: String) throws(JSONFieldError) -> JSONObject {
        try object(try required(name, "object"), path(of: name))
    }

    /// A nested object, or nil.
    package func optionalObject(_ name: String) throws(JSONFieldError) -> JSONObject? {
        guard let value = present(name) else { return nil }
        return try object(value, path(of: name))
    }

    /// An array of at most `maxCount` values.
    package func array(_ name: String, maxCount: Int = .max) throws(JSONFieldError) -> [JSONValue] {
        try array(try required(name, "array"), name, maxCount)
    }

    /// An array as by `array`, or nil.
    package func optionalArray(_ name: String, maxCount: Int = .max) throws(JSONFieldError) -> [JSONValue]? {
        guard let value = present(name) else { return nil }
        return try array(value, name, maxCount)
    }

    /// An array of at most `maxCount` objects; errors inside name the position, such as `steps[2].kind`.
    package func objects(_ name: String, maxCount: Int = .max) throws(JSONFieldError) -> [JSONObject] {
        var result: [JSONObject] = []
        for (index, value) in try array(name, maxCount: maxCount).enumerated() {
            result.append(try object(value, "\(path(of: name))[\(index)]"))
        }
        return result
    }

    /// An array of at most `maxCount` texts of at most `maxLength` Unicode scalars each.
    package func strings(
        _ name: String, maxCount: Int = .max, maxLength: Int = .max
    ) throws(JSONFieldError) -> [String] {
        var result: [String] = []
        let expected = Self.textExpectation(0, maxLength)
        for (index, value) in try array(name, maxCount: maxCount).enumerated() {
            result.append(try text(value, "\(name)[\(index)]", 0, maxLength, expected))
        }
        return result
    }

    /// Text that `parse` turns into a domain value, such as an id; `expected` says what it accepts.
    package func parsed<Value>(
        _ name: String, as expected: String, _ parse: (String) -> Value?
    ) throws(JSONFieldError) -> Value {
        try parsed(try required(name, expected), name, expected, parse)
    }

    /// Text as by `parsed`, or nil.
    package func optionalParsed<Value>(
        _ name: String, as expected: String, _ parse: (String) -> Value?
    ) throws(JSONFieldError) -> Value? {
        guard let value = present(name) else { return nil }
        return try parsed(value, name, expected, parse)
    }

    /// One of the names of a closed set, compared exactly.
    package func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, of type: Choice.Type = Choice.self
    ) throws(JSONFieldError) -> Choice {
        try parsed(name, as: Self.choiceExpectation(type), Choice.init(rawValue:))
    }

    /// One of the names of a closed set, or nil.
    package func optionalChoice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, of type: Choice.Type = Choice.self
    ) throws(JSONFieldError) -> Choice? {
        try optionalParsed(name, as: Self.choiceExpectation(type), Choice.init(rawValue:))
    }

    /// Refuses members that the handler does not know, so that a misspelt optional field is not ignored.
    package func allowOnly(_ names: Set<String>) throws(JSONFieldError) {
        for member in members where !names.contains(member.name) {
            let known = names.sorted().joined(separator: ", ")
            throw mismatch(String(member.name.prefix(64)), "one of the fields \(known)", "an unknown field")
        }
    }
}

extension JSONObject {
    private func mismatch(_ name: String, _ expected: String, _ actual: String) -> JSONFieldError {
        JSONFieldError(field: path(of: name), expected: expected, actual: actual)
    }

    private func present(_ name: String) -> JSONValue? {
        guard let value = self[name], value != .null else { return nil }
        return value
    }

    private func required(_ name: String, _ expected: String) throws(JSONFieldError) -> JSONValue {
        guard let value = self[name] else { throw mismatch(name, expected, "nothing") }
        return value
    }

    private func text(
        _ value: JSONValue, _ name: String, _ minLength: Int, _ maxLength: Int, _ expected: String
    ) throws(JSONFieldError) -> String {
        guard case .string(let text) = value else { throw mismatch(name, expected, value.typeName) }
        // A scalar is one to four bytes, so most texts need no counting.
        if text.utf8.count > maxLength || minLength > 0 {
            let length = text.unicodeScalars.count
            guard length <= maxLength, length >= minLength else {
                throw mismatch(name, expected, "string of \(length)")
            }
        }
        return text
    }

    private func integer(
        _ value: JSONValue, _ name: String, _ range: ClosedRange<Int64>, _ expected: String
    ) throws(JSONFieldError) -> Int64 {
        let number: Int64
        switch value {
        case .integer(let exact): number = exact
        case .number(let double):
            guard let exact = Int64(exactly: double) else { throw mismatch(name, expected, "number") }
            number = exact
        default: throw mismatch(name, expected, value.typeName)
        }
        guard range.contains(number) else { throw mismatch(name, expected, "an integer out of range") }
        return number
    }

    private func bool(_ value: JSONValue, _ name: String) throws(JSONFieldError) -> Bool {
        guard case .bool(let bool) = value else { throw mismatch(name, "boolean", value.typeName) }
        return bool
    }

    private func object(_ value: JSONValue, _ path: String) throws(JSONFieldError) -> JSONObject {
        guard case .object(var object) = value else {
            throw JSONFieldError(field: path, expected: "object", actual: value.typeName)
        }
        object.path = path
        return object
    }

    private func array(_ value: JSONValue, _ name: String, _ maxCount: Int) throws(JSONFieldError) -> [JSONValue] {
        let expected = maxCount == .max ? "array" : "array of at most \(maxCount)"
        guard case .array(let values) = value else { throw mismatch(name, expected, value.typeName) }
        guard values.count <= maxCount else { throw mismatch(name, expected, "array of \(values.count)") }
        return values
    }

    private func parsed<Value>(
        _ value: JSONValue, _ name: String, _ expected: String, _ parse: (String) -> Value?
    ) throws(JSONFieldError) -> Value {
        guard case .string(let text) = value else { throw mismatch(name, expected, value.typeName) }
        guard let parsed = parse(text) else { throw mismatch(name, expected, "another string") }
        return parsed
    }

    private static func textExpectation(_ minLength: Int, _ maxLength: Int) -> String {
        switch (minLength, maxLength) {
        case (0, .max): "string"
        case (0, _): "string of at most \(maxLength) characters"
        case (_, .max): "string of at least \(minLength) characters"
        default: "string of \(minLength) to \(maxLength) characters"
        }
    }

    private static func integerExpectation(_ range: ClosedRange<Int64>) -> String {
        range == .min ... .max ? "integer" : "integer from \(range.lowerBound) to \(range.upperBound)"
    }

    private static func choiceExpectation<Choice: RawRepresentable<String> & CaseIterable>(
        _ type: Choice.Type
    ) -> String {
        "one of " + type.allCases.map(\.rawValue).joined(separator: ", ")
    }
}
