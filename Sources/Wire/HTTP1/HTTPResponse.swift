/// One whole response, as a handler makes it or a client reads it.
package struct HTTPResponse: Equatable, Sendable {
    package var status: HTTPStatus
    /// Without `Content-Length`, `Transfer-Encoding`, `Connection` and `Date` where it is to be sent: `encode` writes
    /// those and leaves out any given here.
    package var fields: HTTPFields
    package var body: [UInt8]

    package init(_ status: HTTPStatus, fields: HTTPFields = HTTPFields(), body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// A response with a body of that media type.
    package init(_ status: HTTPStatus, contentType: String, body: [UInt8]) {
        self.init(status, fields: ["Content-Type": contentType], body: body)
    }

    /// Appends the response as it goes over the wire.
    ///
    /// - Parameters:
    ///   - isAnswerToHead: the length is named but the body is not sent (RFC 9110 §9.3.2).
    ///   - date: the `Date` field as by `HTTPDate`; nil writes none.
    ///   - keepsAlive: false announces that the connection closes after this response.
    ///   - version: of the request; an HTTP/1.0 client is told of keep-alive explicitly.
    package func encode(
        into bytes: inout [UInt8], isAnswerToHead: Bool = false, date: String?, keepsAlive: Bool,
        version: HTTPVersion = .http11
    ) {
        encodeHead(into: &bytes, bodyLength: body.count, date: date, keepsAlive: keepsAlive, version: version)
        if !isAnswerToHead, !status.forbidsBody { bytes.append(contentsOf: body) }
    }

    /// Appends status line and header alone. `bodyLength` nil names no length: for 101, and for a stream that ends with
    /// its connection; `isChunked` announces one that says itself where it ends. With 101 the fields `Connection` and `Upgrade` of `fields` are written as they stand.
    package func encodeHead(
        into bytes: inout [UInt8], bodyLength: Int?, isChunked: Bool = false, date: String?, keepsAlive: Bool,
        version: HTTPVersion = .http11
    ) {
        bytes.append(contentsOf: "HTTP/1.1 \(status.rawValue) \(status.reasonPhrase)\r\n".utf8)
        for field in fields.lines where !isWrittenByEncoder(field.name) { Self.line(field.name, field.value, &bytes) }
        if let date { Self.line("Date", HTTPFields.sanitized(date), &bytes) }
        if let bodyLength, !status.forbidsBody { Self.line("Content-Length", String(bodyLength), &bytes) }
        if isChunked { Self.line("Transfer-Encoding", "chunked", &bytes) }
        if status != .switchingProtocols {
            if !keepsAlive {
                // RFC 9110 §7.8: whoever sends Upgrade names it in Connection.
                let isUpgradeNamed = fields.count(of: "Upgrade") > 0
                Self.line("Connection", isUpgradeNamed ? "Upgrade, close" : "close", &bytes)
            } else if version == .http10 {
                Self.line("Connection", "keep-alive", &bytes)
            }
        }
        bytes.append(contentsOf: "\r\n".utf8)
    }

    /// The interim response that lets a client send its body.
    package static let continueBytes = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    private func isWrittenByEncoder(_ name: String) -> Bool {
        if status == .switchingProtocols, equalsIgnoringCase(name, "Connection") { return false }
        return Self.ownNames.contains { equalsIgnoringCase($0, name) }
    }

    private static let ownNames = ["Content-Length", "Transfer-Encoding", "Connection", "Date"]

    private static func line(_ name: String, _ value: String, _ bytes: inout [UInt8]) {
        bytes.append(contentsOf: name.utf8)
        bytes.append(contentsOf: ": ".utf8)
        bytes.append(contentsOf: value.utf8)
        bytes.append(contentsOf: "\r\n".utf8)
    }
}
