import Wire

extension Contract {
    /// One operation of `openapi.yaml`.
    package struct Operation: Hashable, Sendable {
        /// In capitals.
        package var method: String
        /// With named parts, such as `/api/v1/alerts/{id}`.
        package var path: String
        /// The schema's name of each answer; nil where the answer is no JSON.
        package var answers: [Int: String?] = [:]

        package var name: String { "\(method) \(path)" }
    }

    package static let operations = OperationScan(text("Protocol/openapi.yaml")).operations

    /// The statuses that an operation may answer with, besides those of HTTP itself; empty if there is no such operation.
    package static func statuses(of method: String, _ path: String) -> Set<Int> {
        Set(operations.first { $0.method == method && $0.path == path }?.answers.keys.map { $0 } ?? [])
    }

    /// What is wrong with an answer to an operation: a status that is not documented, or a body against its schema.
    package static func validate(
        _ body: [UInt8], status: Int, to method: String, _ path: String
    ) -> [String] {
        guard let operation = operations.first(where: { $0.method == method && $0.path == path }) else {
            return ["there is no operation \(method) \(path)"]
        }
        guard let answer = operation.answers[status] else { return ["\(operation.name) does not answer \(status)"] }
        guard let schema = answer else { return [] }
        return validate(body, against: schema)
    }
}

/// Reads what the tests need of `openapi.yaml`, line by line: the file keeps to two spaces a level.
struct OperationScan {
    private(set) var operations: [Contract.Operation] = []

    init(_ yaml: String) {
        let lines = yaml.split(separator: "\n").map(Line.init)
        let shared = Self.sharedAnswers(lines)
        var path = ""
        var status: Int?
        for line in Self.section("paths:", of: lines) {
            switch line.level {
            case 1:
                path = line.key
            case 2:
                status = nil
                if Self.methods.contains(line.key) {
                    operations.append(Contract.Operation(method: line.key.uppercased(), path: path))
                }
            case 4:
                status = line.text.hasPrefix("'") ? Int(line.key) : nil
                if let status, let last = operations.indices.last { operations[last].answers[status] = .some(nil) }
            default: break
            }
            guard let status, let last = operations.indices.last, let reference = line.reference else { continue }
            if let schema = Self.schema(reference) ?? shared[reference] { operations[last].answers[status] = schema }
        }
    }

    private static let methods: Set<String> = ["get", "put", "post", "patch", "delete", "options", "head"]

    private struct Line {
        let level: Int
        let text: Substring

        init(_ line: Substring) {
            text = line.drop { $0 == " " }
            level = (line.count - text.count) / 2
        }

        var key: String {
            let key = text.hasSuffix(":") ? text.dropLast() : text
            return key.hasPrefix("'") ? String(key.dropFirst().dropLast()) : String(key)
        }

        var reference: String? {
            text.hasPrefix("$ref: '") ? String(text.dropFirst("$ref: '".count).dropLast()) : nil
        }
    }

    /// The lines below a key of the top level.
    private static func section(_ key: String, of lines: [Line]) -> [Line] {
        guard let start = lines.firstIndex(where: { $0.level == 0 && $0.text == key }) else { return [] }
        return Array(lines[(start + 1)...].prefix { $0.level > 0 })
    }

    /// The schemas of `components/responses` by their references.
    private static func sharedAnswers(_ lines: [Line]) -> [String: String] {
        var answers: [String: String] = [:]
        var group = ""
        var name = ""
        for line in section("components:", of: lines) {
            if line.level == 1 { group = line.key }
            if line.level == 2 { name = line.key }
            guard group == "responses", let schema = line.reference.flatMap(schema) else { continue }
            answers["#/components/responses/\(name)"] = schema
        }
        return answers
    }

    /// The name of a whole schema that a reference leads to.
    private static func schema(_ reference: String) -> String? {
        let prefix = "./schemas/"
        guard reference.hasPrefix(prefix), reference.hasSuffix(".json") else { return nil }
        return String(reference.dropFirst(prefix.count).dropLast(".json".count))
    }
}
