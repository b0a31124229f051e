/// The client's side of the opening handshake (RFC 6455 section 4.1), for the drill, the benchmarks and the tests.
package struct ClientHandshake: Sendable {
    private let key: String
    private let subprotocols: [String]

    /// Why the server's answer is not a WebSocket; close the connection.
    package enum Failure: Error, Equatable, Sendable {
        /// The server answered something else than 101; its status says why.
        case refused(HTTPStatus)
        /// `Upgrade` or `Connection` does not confirm the change.
        case notUpgraded
        /// `Sec-WebSocket-Accept` does not belong to the key.
        case wrongAcceptance
        /// A subprotocol that was not offered.
        case unknownSubprotocol
        /// An extension that was not offered.
        case unknownExtension
    }

    /// - Parameters:
    ///   - nonce: 16 random bytes.
    ///   - subprotocols: the preferred first; `bearer.<token>` may be among them.
    package init(nonce: [UInt8], subprotocols: [String] = []) {
        precondition(nonce.count == 16, "the nonce is 16 bytes")
        key = HandshakeKey.base64(nonce)
        self.subprotocols = subprotocols
    }

    /// The bytes to send. `fields` may add `Origin` or `Authorization`.
    package func request(target: String, host: String, fields: HTTPFields = HTTPFields()) -> [UInt8] {
        var fields = fields
        fields.set("Upgrade", "websocket")
        fields.set("Connection", "Upgrade")
        fields.set("Sec-WebSocket-Version", "13")
        fields.set("Sec-WebSocket-Key", key)
        if !subprotocols.isEmpty { fields.set("Sec-WebSocket-Protocol", subprotocols.joined(separator: ", ")) }
        return HTTPRequestEncoder.encode(.get, target, host: host, fields: fields)
    }

    /// Checks the server's answer, read by `HTTPResponseParser`; the bytes behind it are frames.
    ///
    /// - Returns: the subprotocol that the server chose.
    package func check(
        _ response: HTTPResponse, sha1: ([UInt8]) -> [UInt8]
    ) throws(Failure) -> String? {
        let fields = response.fields
        guard response.status == .switchingProtocols else { throw .refused(response.status) }
        guard fields.contains("websocket", in: "Upgrade"), fields.contains("upgrade", in: "Connection") else {
            throw .notUpgraded
        }
        guard fields.all("Sec-WebSocket-Accept") == [HandshakeKey.acceptance(of: key, sha1: sha1)] else {
            throw .wrongAcceptance
        }
        guard fields.count(of: "Sec-WebSocket-Extensions") == 0 else { throw .unknownExtension }
        let chosen = fields.all("Sec-WebSocket-Protocol")
        guard chosen.count <= 1, chosen.allSatisfy(subprotocols.contains) else { throw .unknownSubprotocol }
        return chosen.first
    }
}
