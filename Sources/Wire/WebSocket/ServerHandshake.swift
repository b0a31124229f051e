/// The server's side of the opening handshake (RFC 6455 section 4.2), as a pure function of the request's head.
package struct ServerHandshake: Sendable {
    /// The subprotocols spoken on this path; empty chooses none.
    package var subprotocols: [String]
    package var origins: OriginPolicy
    private let sha1: @Sendable ([UInt8]) -> [UInt8]

    /// - Parameter sha1: SHA-1 of the bytes given, 20 bytes.
    package init(
        subprotocols: [String], origins: OriginPolicy = OriginPolicy(), sha1: @escaping @Sendable ([UInt8]) -> [UInt8]
    ) {
        self.subprotocols = subprotocols
        self.origins = origins
        self.sha1 = sha1
    }

    /// What was agreed.
    package struct Acceptance: Equatable, Sendable {
        /// The protocol chosen, if the client offered one that is spoken.
        package let subprotocol: String?
        /// The token that came as a subprotocol; not yet verified. One in `Authorization` is for the caller to read.
        package let bearerToken: String?
        /// The value of `Sec-WebSocket-Accept`.
        package let acceptance: String
        /// The offers of compression, the preferred first.
        package let deflateOffers: [DeflateOffer]
        /// What was agreed on compression; nil: none.
        package private(set) var deflate: DeflateAgreement?

        /// Accepts the first offer of compression, if there is one. Only for peers whose token was accepted already: what
        /// a stranger sends is not inflated.
        package mutating func agree(to policy: DeflatePolicy) {
            deflate = deflateOffers.first.map { DeflateAgreement($0, by: policy) }
        }

        /// The 101 that completes the handshake.
        package var response: HTTPResponse {
            var fields: HTTPFields = [
                "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": acceptance,
            ]
            if let subprotocol { fields.append("Sec-WebSocket-Protocol", subprotocol) }
            if let deflate { fields.append("Sec-WebSocket-Extensions", deflate.answer) }
            return HTTPResponse(.switchingProtocols, fields: fields)
        }
    }

    /// Decides on a request.
    ///
    /// - Parameter isSecure: whether it came over TLS; decides which origin is the server's own.
    package func accept(_ head: HTTPRequestHead, isSecure: Bool) throws(UpgradeRefusal) -> Acceptance {
        let fields = head.fields
        guard head.method == .get else { throw .notGET }
        guard head.version == .http11 else { throw .notHTTP11 }
        guard fields.count(of: "Transfer-Encoding") == 0, fields.all("Content-Length").allSatisfy({ $0 == "0" }) else {
            throw .hasBody
        }
        guard fields.contains("websocket", in: "Upgrade") else { throw .noUpgrade }
        guard fields.contains("upgrade", in: "Connection") else { throw .noConnectionUpgrade }
        guard fields.all("Sec-WebSocket-Version") == ["13"] else { throw .unsupportedVersion }
        let keys = fields.all("Sec-WebSocket-Key")
        guard keys.count == 1, HandshakeKey.isValid(keys[0]) else { throw .badKey }
        guard let offer = SubprotocolOffer(fields.list("Sec-WebSocket-Protocol")) else { throw .badSubprotocols }
        guard let deflateOffers = DeflateOffer.read(fields.list("Sec-WebSocket-Extensions")) else {
            throw .badExtensions
        }

        let own = head.host.flatMap { Origin(isSecure ? .https : .http, host: $0) }
        let hasBearer = offer.bearerToken != nil || head.credentials(scheme: "Bearer") != nil
        guard origins.admits(fields.all("Origin"), own: own, hasBearer: hasBearer) else { throw .foreignOrigin }
        return Acceptance(
            subprotocol: offer.choice(among: subprotocols), bearerToken: offer.bearerToken,
            acceptance: HandshakeKey.acceptance(of: keys[0], sha1: sha1),
            deflateOffers: deflateOffers)
    }
}
