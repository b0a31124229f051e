/// What the tests need of the requests of `openapi.yaml`: the schema of each body.
extension Contract {
    /// The name of the body's schema by operation, `POST /api/v1/alerts`; those without a body are missing.
    package static let requestSchemas: [String: String] = {
        var schemas: [String: String] = [:]
        var path = ""
        var operation = ""
        var isInBody = false
        for line in text("Protocol/openapi.yaml").split(separator: "\n") {
            let key = line.drop { $0 == " " }
            switch line.count - key.count {
            case 2: path = String(key.dropLast())
            case 4:
                operation = "\(key.dropLast().uppercased()) \(path)"
                isInBody = false
            case 6: isInBody = key == "requestBody:"
            default: break
            }
            // Bodies that several operations share are named after their schemas.
            let shared = "$ref: '#/components/requestBodies/"
            if isInBody, key.hasPrefix(shared) { schemas[operation] = String(key.dropFirst(shared.count).dropLast()) }
            guard isInBody, schemas[operation] == nil, key.hasPrefix("$ref: './schemas/"), key.hasSuffix(".json'")
            else {
                continue
            }
            schemas[operation] = String(key.dropFirst("$ref: './schemas/".count).dropLast(".json'".count))
        }
        return schemas
    }()

    /// A body that the operation takes, from the examples; nil where it takes none.
    package static func exampleBody(of operation: Operation) -> [UInt8]? {
        requestSchemas[operation.name].map { bytes("Protocol/examples/\($0).json") }
    }
}
