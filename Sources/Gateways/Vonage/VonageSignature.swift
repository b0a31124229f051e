import Clinic
package import Cryptography
import Wire

/// The signature of a Vonage webhook: a JSON Web Token in `Authorization: Bearer`, HS256 by the account's signature secret,
/// whose claim `payload_hash` is the SHA-256 of the body in hexadecimal and whose `iat` is the time of sending.
package enum VonageSignature {
    /// Throws `forged` where the token is not the secret's or is about another body, `stale` where it is of another time.
    static func verify(_ callback: GatewayCallback, key: HS256Key) throws(CallbackRefusal) {
        guard let field = callback.single("Authorization"), field.prefix(7).lowercased() == "bearer ",
            let token = JWS.split(field.dropFirst(7)), let header = try? JSONReader.readObject(token.header),
            header["alg"]?.stringValue == "HS256", token.isSignedHS256(by: key),
            let claims = try? JSONReader.readObject(token.payload),
            let claimed = claims["payload_hash"]?.stringValue.flatMap({ Hex.decode($0) }),
            constantTimeEquals(claimed, SHA256.hash(callback.body))
        else { throw .forged }
        guard let issued = claims["iat"]?.integerValue, callback.isFresh(secondsSince1970: issued) else {
            throw .stale
        }
        if let end = claims["exp"]?.integerValue, end < callback.receivedAt.microseconds / 1_000_000 { throw .stale }
    }

    /// A token for this body, as Vonage makes it.
    package static func token(body: [UInt8], issuedAt seconds: Int64, id: String, key: HS256Key) -> String {
        var claims = JSONWriter()
        claims.object { json in
            json.field("iat", seconds)
            json.field("jti", id)
            json.field("iss", "Vonage")
            json.field("payload_hash", Hex.encode(SHA256.hash(body)))
        }
        return JWS.signHS256(
            header: Array(#"{"typ":"JWT","alg":"HS256"}"#.utf8), payload: claims.bytes, key: key)
    }
}
