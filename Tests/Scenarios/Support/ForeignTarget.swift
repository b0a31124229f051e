import TestSupport
import Testing
import Wire

/// An operation's path with another clinic's ids, and the same with ids of nothing: no answer may tell one from the other.
struct ForeignTarget {
    let operation: Contract.Operation
    let foreign: String
    let unknown: String

    /// Those of every operation with an id in its path; where a path has two, also with the own clinic's outer one.
    static func all(_ own: Tenant, _ other: Tenant) -> [ForeignTarget] {
        Contract.operations.filter { $0.path.hasPrefix("/api/v1/") }.flatMap { operation -> [ForeignTarget] in
            let kind = operation.path.split(separator: "/").dropFirst(2).first.map(String.init) ?? ""
            var pairs: [(String?, String?)] = [
                (
                    target(operation, other.ids[kind]) { other.inner[$0] },
                    target(operation, DemoIDs.nobody) { $0 == "version" ? "1" : DemoIDs.nobody }
                )
            ]
            if operation.path.filter({ $0 == "{" }).count > 1, !operation.path.contains("{version}") {
                pairs.append(
                    (
                        target(operation, own.ids[kind]) { other.inner[$0] },
                        target(operation, own.ids[kind]) { _ in DemoIDs.nobody }
                    ))
            }
            return pairs.compactMap { foreign, unknown in
                guard let foreign, let unknown else { return nil }
                return ForeignTarget(operation: operation, foreign: foreign, unknown: unknown)
            }
        }
    }

    /// The operations that `all` must have.
    static var operations: Set<String> {
        Set(Contract.operations.filter { $0.path.hasPrefix("/api/v1/") && $0.path.contains("{") }.map(\.name))
    }

    /// Sends the operation to one of the two, with the contract's own example for a body.
    func send(_ client: HTTPClient, to target: String) throws -> HTTPResponse {
        var fields: HTTPFields = ["If-Match": "*"]
        let body = Contract.exampleBody(of: operation)
        if body != nil { fields.set("Content-Type", "application/json") }
        let method = try #require(HTTPMethod(rawValue: operation.method))
        return try client.send(method, target, body: body ?? [], fields: fields)
    }

    /// The operation's path with ids of its parts; nil where it has none, or one that no tenant has.
    private static func target(
        _ operation: Contract.Operation, _ outer: String?, _ inner: (String) -> String?
    ) -> String? {
        guard operation.path.contains("{"), let outer else { return nil }
        var parts: [String] = []
        for part in operation.path.split(separator: "/") {
            guard part.hasPrefix("{") else {
                parts.append(String(part))
                continue
            }
            let name = String(part.dropFirst().dropLast())
            guard let value = name == "id" ? outer : inner(name) else { return nil }
            parts.append(value)
        }
        return "/" + parts.joined(separator: "/")
    }
}
