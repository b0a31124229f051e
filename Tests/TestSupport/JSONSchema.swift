package import Wire

/// A set of JSON Schema documents (draft 2020-12) that refer to each other by file name, and checks values against them.
///
/// It knows the keywords that the contract uses; a schema with another one is reported by `unknownKeywords`, since a
/// rule that nobody checks is worse than none.
package struct SchemaSet: Sendable {
    /// Whether members that no schema names are faults.
    package enum Undocumented: Sendable {
        /// As JSON Schema has it: only where `additionalProperties` is false.
        case allowed
        /// Everywhere: what the hub sends must stand in the contract.
        case refused
    }

    private let documents: [String: JSONValue]

    /// - Parameter documents: by file name without `.json`.
    package init(_ documents: [String: JSONValue]) {
        self.documents = documents
    }

    package var names: [String] { documents.keys.sorted() }

    /// What is wrong with a value by the schema of that name, one line a fault with its place; empty if nothing is.
    package func faults(
        of value: JSONValue, by name: String, undocumented: Undocumented = .allowed
    ) -> [String] {
        guard let document = documents[name] else { return ["there is no schema \(name)"] }
        let check = SchemaCheck(schemas: self, undocumented: undocumented)
        return check.whole(value, document, at: SchemaPlace(document: name, path: "$"))
    }

    /// The schema that a reference names, with the document it stands in.
    func resolve(_ reference: String, from document: String) -> (schema: JSONValue, document: String)? {
        let parts = reference.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let file = parts[0].split(separator: "/").last.map(String.init) ?? ""
        let name = file.isEmpty ? document : String(file.dropLast(".json".count))
        guard var schema = documents[name] else { return nil }
        if parts.count > 1 {
            for step in parts[1].split(separator: "/") {
                guard let next = schema[String(step)] else { return nil }
                schema = next
            }
        }
        return (schema, name)
    }

    /// The keywords, formats and references of the documents that a check would pass over; none in a sound set.
    package var unknownKeywords: [String] {
        documents.keys.sorted().flatMap { name in
            documents[name].map { unknown(in: $0, of: name) } ?? []
        }
    }

    private func unknown(in schema: JSONValue, of document: String) -> [String] {
        guard let members = schema.objectValue?.members else {
            return schema.boolValue == nil ? ["\(document): a schema is an object, true or false"] : []
        }
        return members.flatMap { member -> [String] in
            switch member.name {
            case "properties", "$defs":
                return member.value.objectValue?.members.flatMap { unknown(in: $0.value, of: document) } ?? []
            case "oneOf", "anyOf", "allOf":
                return member.value.arrayValue?.flatMap { unknown(in: $0, of: document) } ?? []
            case "items", "additionalProperties", "propertyNames", "not":
                return unknown(in: member.value, of: document)
            case "$ref":
                let isKnown = member.value.stringValue.flatMap { resolve($0, from: document) } != nil
                return isKnown ? [] : ["\(document): \(member.value) leads nowhere"]
            case "format":
                let isKnown = member.value == "uuid" || member.value == "date-time"
                return isKnown ? [] : ["\(document): unknown format"]
            case "pattern":
                let isKnown = member.value.stringValue.map { (try? Regex($0)) != nil } ?? false
                return isKnown ? [] : ["\(document): a pattern that is no regular expression"]
            case _ where SchemaCheck.plainKeywords.contains(member.name): return []
            default: return ["\(document): unknown keyword \(member.name)"]
            }
        }
    }
}

/// Where a check stands: the schema's document and the value's path.
struct SchemaPlace {
    var document: String
    var path: String

    func member(_ name: String) -> SchemaPlace { SchemaPlace(document: document, path: "\(path).\(name)") }
    func element(_ index: Int) -> SchemaPlace { SchemaPlace(document: document, path: "\(path)[\(index)]") }
    func inDocument(_ name: String) -> SchemaPlace { SchemaPlace(document: name, path: path) }
}
