import Cryptography
import Platform
import Wire

/// A bucket that checks each request's signature by Amazon's description of Signature Version 4, computed here anew.
final class FakeS3: Sendable {
    static let accessKey = "AKIDEXAMPLE"
    static let secretKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    static let region = "eu-central-1"

    private let objects = Locked<[String: [UInt8]]>([:])
    private let server = Locked<AnsweringServer?>(nil)

    init() throws {
        let started = try AnsweringServer { [self] in response(to: $0) }
        server.withLock { $0 = started }
    }

    var port: UInt16 { server.withLock { $0?.port } ?? 0 }

    func end() {
        server.withLock { server in
            server?.end()
            server = nil
        }
    }

    /// What is kept, by path.
    var kept: [String: [UInt8]] { objects.withLock { $0 } }

    private func response(to request: HTTPRequest) -> HTTPResponse {
        guard isSigned(request) else { return HTTPResponse(.forbidden) }
        let path = request.head.path
        switch request.head.method {
        case .put:
            objects.withLock { $0[path] = request.body }
            return HTTPResponse(.ok)
        case .get:
            guard let body = kept[path] else { return HTTPResponse(.notFound) }
            return HTTPResponse(.ok, contentType: "application/octet-stream", body: body)
        case .delete:
            objects.withLock { $0[path] = nil }
            return HTTPResponse(.noContent)
        default: return HTTPResponse(.methodNotAllowed)
        }
    }

    private func isSigned(_ request: HTTPRequest) -> Bool {
        let fields = request.head.fields
        guard let authorization = fields["Authorization"], authorization.hasPrefix("AWS4-HMAC-SHA256 "),
            let time = fields["X-Amz-Date"], fields["x-amz-content-sha256"] == Hex.encode(SHA256.hash(request.body))
        else { return false }
        var parts: [String: String] = [:]
        for part in authorization.dropFirst(17).split(separator: ",") {
            let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            if pair.count == 2 { parts[String(pair[0])] = String(pair[1]) }
        }
        let scope = "\(time.prefix(8))/\(Self.region)/s3/aws4_request"
        guard parts["Credential"] == "\(Self.accessKey)/\(scope)", let signed = parts["SignedHeaders"],
            signed.split(separator: ";").contains("host")
        else { return false }
        var canonical = "\(request.head.method.rawValue)\n\(request.head.path)\n\n"
        for name in signed.split(separator: ";") { canonical += "\(name):\(fields[String(name)] ?? "")\n" }
        canonical += "\n\(signed)\n\(Hex.encode(SHA256.hash(request.body)))"
        let text = "AWS4-HMAC-SHA256\n\(time)\n\(scope)\n\(Hex.encode(SHA256.hash(Array(canonical.utf8))))"
        var key = Array("AWS4\(Self.secretKey)".utf8)
        for part in scope.split(separator: "/") { key = HMAC.sha256(key: key, message: Array(part.utf8)) }
        return parts["Signature"] == Hex.encode(HMAC.sha256(key: key, message: Array(text.utf8)))
    }
}
