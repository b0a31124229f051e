import Testing
import Wire

@testable import API

/// Requests as a route is given them, read by the real parser.
enum TestRequest {
    static func request(
        _ method: HTTPMethod, _ target: String, host: String = "127.0.0.1:8080", type: String? = nil,
        body: [UInt8] = []
    ) throws -> HTTPRequest {
        var head = "\(method.rawValue) \(target) HTTP/1.1\r\nHost: \(host)\r\nContent-Length: \(body.count)\r\n"
        if let type { head += "Content-Type: \(type)\r\n" }
        var parser = HTTPRequestParser()
        var bytes = Array("\(head)\r\n".utf8) + body
        while !bytes.isEmpty {
            let step = try parser.parse(bytes)
            if case .request(let request) = step.event { return request }
            bytes.removeFirst(step.consumed)
        }
        throw Unfinished()
    }

    static func context(
        _ method: HTTPMethod, _ target: String, host: String = "127.0.0.1:8080", type: String? = nil,
        body: [UInt8] = [], address: String = "127.0.0.1"
    ) throws -> RequestContext {
        RequestContext(
            request: try request(method, target, host: host, type: type, body: body), parameters: [:], principal: nil,
            address: address, requestID: "r-1")
    }

    struct Unfinished: Error {}
}
