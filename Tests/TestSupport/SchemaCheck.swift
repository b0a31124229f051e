import Clinic
import Wire

/// One check of a value against a schema of a set.
struct SchemaCheck {
    /// The keywords without schemas inside.
    static let plainKeywords: Set<String> = [
        "$schema", "title", "description", "type", "enum", "const", "required", "minimum", "maximum",
        "exclusiveMinimum",
        "minLength", "maxLength", "minItems", "maxItems",
    ]

    /// The faults found, and the members that some schema named.
    private struct Outcome {
        var faults: [String] = []
        var named: Set<String> = []
        var namesAll = false
        /// Whether any schema said which members there are.
        var describesMembers = false

        mutating func add(_ other: Outcome) {
            faults += other.faults
            named.formUnion(other.named)
            namesAll = namesAll || other.namesAll
            describesMembers = describesMembers || other.describesMembers
        }
    }

    let schemas: SchemaSet
    let undocumented: SchemaSet.Undocumented

    /// The faults of a value by a schema and all that it refers to.
    func whole(_ value: JSONValue, _ schema: JSONValue, at place: SchemaPlace) -> [String] {
        let outcome = apply(schema, to: value, at: place)
        guard undocumented == .refused, outcome.describesMembers, !outcome.namesAll, let object = value.objectValue
        else { return outcome.faults }
        let unnamed = object.members.map(\.name).filter { !outcome.named.contains($0) }
        return outcome.faults + unnamed.map { "\(place.path): \($0) is not documented" }
    }

    private func apply(_ schema: JSONValue, to value: JSONValue, at place: SchemaPlace) -> Outcome {
        var outcome = Outcome()
        guard let rules = schema.objectValue else {
            if schema.boolValue == false { outcome.faults = ["\(place.path): must not be there"] }
            return outcome
        }
        outcome.faults = scalarFaults(of: value, by: rules, at: place)
        if let object = value.objectValue { outcome.add(members(of: object, by: rules, at: place)) }
        if let array = value.arrayValue { outcome.faults += elementFaults(of: array, by: rules, at: place) }
        if let reference = rules["$ref"]?.stringValue {
            if let (target, document) = schemas.resolve(reference, from: place.document) {
                outcome.add(apply(target, to: value, at: place.inDocument(document)))
            } else {
                outcome.faults.append("\(place.path): \(reference) leads nowhere")
            }
        }
        for part in rules["allOf"]?.arrayValue ?? [] { outcome.add(apply(part, to: value, at: place)) }
        if let choices = rules["anyOf"]?.arrayValue { outcome.add(choose(choices, exactly: false, value, place)) }
        if let choices = rules["oneOf"]?.arrayValue { outcome.add(choose(choices, exactly: true, value, place)) }
        if let other = rules["not"], apply(other, to: value, at: place).faults.isEmpty {
            outcome.faults.append("\(place.path): is what it must not be")
        }
        return outcome
    }

    /// The outcome of the choice that fits; of the one that comes closest, where none does.
    private func choose(
        _ choices: [JSONValue], exactly: Bool, _ value: JSONValue, _ place: SchemaPlace
    ) -> Outcome {
        let outcomes = choices.map { apply($0, to: value, at: place) }
        let fitting = outcomes.filter { $0.faults.isEmpty }
        var result = fitting.first ?? outcomes.min { $0.faults.count < $1.faults.count } ?? Outcome()
        if fitting.isEmpty, result.faults.isEmpty { result.faults = ["\(place.path): fits no choice"] }
        if exactly, fitting.count > 1 { result.faults.append("\(place.path): fits \(fitting.count) choices of oneOf") }
        return result
    }

    // MARK: Members and elements

    private func members(of object: JSONObject, by rules: JSONObject, at place: SchemaPlace) -> Outcome {
        var outcome = Outcome()
        let properties = rules["properties"]?.objectValue
        outcome.describesMembers = properties != nil
        for name in rules["required"]?.arrayValue?.compactMap(\.stringValue) ?? [] where object[name] == nil {
            outcome.faults.append("\(place.path): \(name) is missing")
        }
        for member in object.members {
            if let names = rules["propertyNames"] {
                outcome.faults += whole(.string(member.name), names, at: place.member(member.name))
            }
            if let schema = properties?[member.name] {
                outcome.named.insert(member.name)
                outcome.faults += whole(member.value, schema, at: place.member(member.name))
            } else if let rest = rules["additionalProperties"] {
                outcome.faults += whole(member.value, rest, at: place.member(member.name))
            }
        }
        outcome.namesAll = rules["additionalProperties"] != nil
        return outcome
    }

    private func elementFaults(of array: [JSONValue], by rules: JSONObject, at place: SchemaPlace) -> [String] {
        var faults: [String] = []
        if let least = rules["minItems"]?.integerValue, array.count < least {
            faults.append("\(place.path): has fewer than \(least) elements")
        }
        if let most = rules["maxItems"]?.integerValue, array.count > most {
            faults.append("\(place.path): has more than \(most) elements")
        }
        guard let items = rules["items"] else { return faults }
        for (index, element) in array.enumerated() { faults += whole(element, items, at: place.element(index)) }
        return faults
    }

    // MARK: Single values

    private func scalarFaults(of value: JSONValue, by rules: JSONObject, at place: SchemaPlace) -> [String] {
        var faults: [String] = []
        if let type = rules["type"] {
            let names = type.stringValue.map { [$0] } ?? type.arrayValue?.compactMap(\.stringValue) ?? []
            if !names.contains(where: { Self.isOf($0, value) }) {
                faults.append("\(place.path): is \(value.typeName), not \(names.joined(separator: " or "))")
            }
        }
        if let constant = rules["const"], value != constant { faults.append("\(place.path): is not \(constant)") }
        if let choices = rules["enum"]?.arrayValue, !choices.contains(value) {
            faults.append("\(place.path): is none of the values allowed")
        }
        if let text = value.stringValue { faults += textFaults(of: text, by: rules, at: place) }
        if let number = Self.double(value) {
            if let least = rules["minimum"].flatMap(Self.double), number < least {
                faults.append("\(place.path): is less than \(least)")
            }
            if let most = rules["maximum"].flatMap(Self.double), number > most {
                faults.append("\(place.path): is more than \(most)")
            }
            if let bound = rules["exclusiveMinimum"].flatMap(Self.double), number <= bound {
                faults.append("\(place.path): is not more than \(bound)")
            }
        }
        return faults
    }

    private func textFaults(of text: String, by rules: JSONObject, at place: SchemaPlace) -> [String] {
        var faults: [String] = []
        // JSON Schema counts characters as code points, as PostgreSQL and the hub do.
        let length = text.unicodeScalars.count
        if let least = rules["minLength"]?.integerValue, length < least {
            faults.append("\(place.path): is shorter than \(least)")
        }
        if let most = rules["maxLength"]?.integerValue, length > most {
            faults.append("\(place.path): is longer than \(most)")
        }
        if let pattern = rules["pattern"]?.stringValue, !Self.matches(text, pattern) {
            faults.append("\(place.path): does not match \(pattern)")
        }
        switch rules["format"]?.stringValue {
        case "uuid": if ClinicID(text) == nil { faults.append("\(place.path): is no UUID") }
        case "date-time": if Timestamp(rfc3339: text) == nil { faults.append("\(place.path): is no RFC 3339 time") }
        default: break
        }
        return faults
    }

    private static func isOf(_ type: String, _ value: JSONValue) -> Bool {
        switch (type, value) {
        case ("number", .integer): true
        // JSON Schema: a number without a fraction is an integer, however it is written.
        case ("integer", .number(let number)): number.rounded() == number
        default: type == value.typeName
        }
    }

    private static func double(_ value: JSONValue) -> Double? {
        switch value {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        default: nil
        }
    }

    /// ECMA-262's `$` is the very end of the text; elsewhere it also stands before a last line end.
    private static func matches(_ text: String, _ pattern: String) -> Bool {
        let exact = pattern.hasSuffix("$") ? pattern.dropLast() + "\\z" : pattern[...]
        guard let regex = try? Regex(String(exact)).matchingSemantics(.unicodeScalar) else { return false }
        return text.firstMatch(of: regex) != nil
    }
}
