import Cryptography
package import Platform
package import Wire

/// A WebSocket of a test: it blocks its thread, with a deadline for every wait, and answers pings by itself.
package final class WebSocketClient {
    /// What the server said.
    package enum Received: Equatable, Sendable {
        case message(JSONValue)
        /// The close frame, or `abnormal` where the connection ended without one.
        case closed(CloseCode, reason: String)
    }

    /// The subprotocol that the server chose.
    package let subprotocol: String?
    private let socket: ClientSocket
    private var reader = MessageReader(role: .client, limits: .init(messageBytes: 16 << 20))
    private var received: [Received] = []

    /// Opens a socket. `HTTPResponse` is thrown as `malformed` with the status where the server refuses the upgrade.
    package init(
        port: UInt16, path: String = "/ws", token: String? = nil, subprotocols: [String] = ["alert-hub.v1"],
        fields: HTTPFields = HTTPFields()
    ) throws(ClientFailure) {
        var fields = fields
        if let token { fields.set("Authorization", "Bearer \(token)") }
        socket = try ClientSocket(port: port)
        let handshake = ClientHandshake(nonce: SecureRandom.bytes(16), subprotocols: subprotocols)
        try socket.send(handshake.request(target: path, host: "127.0.0.1:\(port)", fields: fields))
        var parser = HTTPResponseParser()
        let deadline = MonotonicTime.now().advanced(by: .seconds(10))
        while true {
            var more = try socket.receive(until: deadline)
            if more.isEmpty { throw .closed }
            do {
                let step = try parser.parse(more)
                guard case .response(let response) = step.event else { continue }
                more.removeFirst(step.consumed)
                subprotocol = try handshake.check(response, sha1: { SHA1.hash($0) })
            } catch let error as HTTPParseError {
                throw .malformed(error.rawValue)
            } catch {
                throw .malformed("\(error)")
            }
            try take(more)
            return
        }
    }

    // MARK: Sending

    package func send(_ json: JSONValue) throws(ClientFailure) {
        var writer = JSONWriter()
        writer.value(json)
        try send(.text, writer.bytes)
    }

    /// Sends one masked frame.
    package func send(_ opcode: Opcode, _ payload: [UInt8], isFinal: Bool = true) throws(ClientFailure) {
        let key = MaskKey(UInt32.random(in: 0...UInt32.max))
        try socket.send(FrameEncoder.maskedFrame(opcode, payload, key: key, isFinal: isFinal))
    }

    /// Sends bytes as they are.
    package func send(raw bytes: [UInt8]) throws(ClientFailure) { try socket.send(bytes) }

    /// Ends the sending half, as a client does that is done.
    package func finishSending() { socket.finishSending() }

    // MARK: Receiving

    /// The next message or the end, in order.
    package func next(within limit: Duration = .seconds(10)) throws(ClientFailure) -> Received {
        try next(until: MonotonicTime.now().advanced(by: limit))
    }

    package func next(until deadline: MonotonicTime) throws(ClientFailure) -> Received {
        while received.isEmpty {
            let more = try socket.receive(until: deadline)
            if more.isEmpty { return .closed(.abnormal, reason: "") }
            try take(more)
        }
        return received.removeFirst()
    }

    /// The next message for which `isWanted` holds; others before it are dropped.
    ///
    /// - Throws: `closed` where the server closes first.
    package func message(
        within limit: Duration = .seconds(10), where isWanted: (JSONValue) -> Bool
    ) throws(ClientFailure) -> JSONValue {
        let deadline = MonotonicTime.now().advanced(by: limit)
        while true {
            switch try next(until: deadline) {
            case .message(let message): if isWanted(message) { return message }
            case .closed: throw .closed
            }
        }
    }

    /// The next message of this type.
    package func message(
        _ type: String, within limit: Duration = .seconds(10)
    ) throws(ClientFailure) -> JSONValue {
        try message(within: limit) { $0["type"] == .string(type) }
    }

    /// The next event of this kind about this alert.
    package func event(
        _ kind: String, alert: String? = nil, within limit: Duration = .seconds(10)
    ) throws(ClientFailure) -> JSONValue {
        try message(within: limit) { message in
            message["event"] == .string(kind) && (alert == nil || message["data"]?["alertId"]?.stringValue == alert)
        }
    }

    /// Reads to the end: the code and reason of the server's close frame.
    package func close(within limit: Duration = .seconds(10)) throws(ClientFailure) -> (code: CloseCode, reason: String)
    {
        let deadline = MonotonicTime.now().advanced(by: limit)
        while true {
            if case .closed(let code, let reason) = try next(until: deadline) { return (code, reason) }
        }
    }

    private func take(_ bytes: [UInt8]) throws(ClientFailure) {
        var bytes = bytes
        var unread = bytes.indices
        var pongs: [[UInt8]] = []
        var buffer = bytes.mutableSpan
        while let event = reader.next(in: &buffer, unread: &unread) {
            switch event {
            case .text(let payload):
                guard let json = try? JSONReader.read(payload.bytes(in: buffer.span), limits: .document) else {
                    throw .malformed("a message that is not JSON")
                }
                received.append(.message(json))
            case .ping(let payload): pongs.append(payload.bytes(in: buffer.span))
            case .pong: break
            case .close(let code, let reason): received.append(.closed(code, reason: reason))
            case .binary, .compressed: throw .malformed("a binary or compressed message")
            case .violation(let violation): throw .malformed("\(violation)")
            }
        }
        for pong in pongs { try send(.pong, pong) }
    }
}
