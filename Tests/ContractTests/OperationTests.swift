import Foundation
import TestSupport
import Testing

@Suite("Operations of openapi.yaml")
struct OperationTests {
    /// What the service answers before it asks its routes.
    private static let besidesRoutes: Set = ["GET /ws", "GET /", "GET /intake"]

    @Test("each route of the API is in the contract, and each operation of the contract is a route")
    func routes() throws {
        let source = try SourceScan.text(under: "Sources/API/Routes")
        let routes = source.matches(of: /Route\(\s*\.(\w+),\s*"([^"]+)"/).map { match in
            "\(match.output.1.uppercased()) \(match.output.2)"
        }
        #expect(routes.count == Set(routes).count)
        #expect(Set(routes).union(Self.besidesRoutes) == Set(Contract.operations.map(\.name)))
    }

    @Test(
        "every operation tells what it answers, malformed and limited requests too; what needs a token tells 401 and 403"
    )
    func answers() {
        for operation in Contract.operations {
            #expect(operation.answers.keys.contains(400) && operation.answers.keys.contains(429), "\(operation.name)")
            guard operation.path.hasPrefix("/api/") else { continue }
            #expect(operation.answers.keys.contains(401) && operation.answers.keys.contains(403), "\(operation.name)")
            #expect(operation.answers[503] == .some("Problem"), "\(operation.name)")
        }
    }

    @Test("the scan finds answers and their schemas, shared ones too")
    func scan() {
        #expect(
            Contract.statuses(of: "POST", "/api/v1/alerts")
                == [200, 201, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503])
        let raise = Contract.operations.first { $0.name == "POST /api/v1/alerts" }
        #expect(raise?.answers[201] == .some("RaisedAlert"))
        #expect(raise?.answers[409] == .some("Problem"))
        let metrics = Contract.operations.first { $0.name == "GET /metrics" }
        #expect(metrics?.answers[200] == .some(nil))
        #expect(Contract.statuses(of: "GET", "/nowhere").isEmpty)
    }

    @Test("an answer is held to its operation")
    func answer() {
        let page = Contract.bytes("Protocol/examples/AlertPage.json")
        #expect(Contract.validate(page, status: 200, to: "GET", "/api/v1/alerts") == [])
        #expect(Contract.validate(page, status: 200, to: "GET", "/api/v1/alerts/{id}") != [])
        #expect(Contract.validate(page, status: 299, to: "GET", "/api/v1/alerts") != [])
        #expect(Contract.validate(page, status: 200, to: "DELETE", "/api/v1/alerts") != [])
        #expect(Contract.validate([], status: 204, to: "POST", "/gateways/{name}/status") == [])
    }

    @Test("what the YAML files refer to is there")
    func references() {
        for file in ["Protocol/openapi.yaml", "Protocol/asyncapi.yaml"] {
            let references = Contract.text(file).matches(of: /'\.\/((?:schemas|examples)\/[\w.-]+\.json)/)
            #expect(!references.isEmpty)
            for reference in references { #expect(!Contract.bytes("Protocol/\(reference.output.1)").isEmpty) }
        }
    }
}

/// The text of the sources, for what can only be read there.
enum SourceScan {
    /// All Swift files under a folder, one behind the other.
    static func text(under folder: String) throws -> String {
        let root = Contract.root.appending(path: folder)
        let names = try #require(FileManager.default.enumerator(atPath: root.path)).compactMap { $0 as? String }
        return names.filter { $0.hasSuffix(".swift") }.sorted().map { Contract.text("\(folder)/\($0)") }.joined()
    }
}
