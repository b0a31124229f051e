import Platform
package import Wire

/// A small HTTP client for tests: each request is a connection of its own, so that requests reach every loop of a hub.
package struct HTTPClient: Sendable {
    package let port: UInt16
    /// Sent as `Authorization: Bearer` with every request that gives no other token.
    package var token: String?

    package init(port: UInt16, token: String? = nil) {
        self.port = port
        self.token = token
    }

    /// The same server for the bearer of another token, or of none.
    package func bearing(_ token: String?) -> HTTPClient { HTTPClient(port: port, token: token) }

    package func get(_ target: String) throws(ClientFailure) -> HTTPResponse { try send(.get, target) }

    package func post(
        _ target: String, _ json: JSONValue, fields: HTTPFields = HTTPFields()
    ) throws(ClientFailure) -> HTTPResponse {
        try send(.post, target, json, fields: fields)
    }

    package func patch(_ target: String, _ json: JSONValue? = nil) throws(ClientFailure) -> HTTPResponse {
        try send(.patch, target, json)
    }

    package func send(
        _ method: HTTPMethod, _ target: String, _ json: JSONValue? = nil, fields: HTTPFields = HTTPFields()
    ) throws(ClientFailure) -> HTTPResponse {
        guard let json else { return try send(method, target, body: [], fields: fields) }
        var fields = fields
        if fields["Content-Type"] == nil { fields.set("Content-Type", "application/json") }
        var writer = JSONWriter()
        writer.value(json)
        return try send(method, target, body: writer.bytes, fields: fields)
    }

    /// Sends any body at all, with just these fields and the token.
    package func send(
        _ method: HTTPMethod, _ target: String, body: [UInt8], fields: HTTPFields = HTTPFields(),
        within limit: Duration = .seconds(20)
    ) throws(ClientFailure) -> HTTPResponse {
        var fields = fields
        if let token, fields["Authorization"] == nil { fields.set("Authorization", "Bearer \(token)") }
        let bytes = HTTPRequestEncoder.encode(method, target, host: "127.0.0.1:\(port)", fields: fields, body: body)
        return try exchange(bytes, isHead: method == .head, within: limit)
    }

    /// Sends bytes as they are and reads one response.
    package func exchange(
        _ bytes: [UInt8], isHead: Bool = false, endsSending: Bool = false, within limit: Duration = .seconds(20)
    ) throws(ClientFailure) -> HTTPResponse {
        let deadline = MonotonicTime.now().advanced(by: limit)
        let socket = try ClientSocket(port: port)
        try socket.send(bytes)
        if endsSending { socket.finishSending() }
        var parser = HTTPResponseParser(limits: HTTPLimits(maximumBodyBytes: 64 << 20))
        parser.isAnswerToHead = isHead
        while true {
            let more = try socket.receive(until: deadline)
            if more.isEmpty { throw .closed }
            do {
                if case .response(let response) = try parser.parse(more).event { return response }
            } catch {
                throw .malformed(error.rawValue)
            }
        }
    }
}

extension HTTPResponse {
    /// The body as JSON; `null` where it is not.
    package var json: JSONValue { (try? JSONReader.read(body, limits: .document)) ?? .null }
    package var text: String { String(decoding: body, as: UTF8.self) }
}

extension JSONLimits {
    /// For what the hub itself sends: long lists.
    package static var document: JSONLimits { JSONLimits(maximumBytes: 64 << 20, maximumDepth: 32) }
}
