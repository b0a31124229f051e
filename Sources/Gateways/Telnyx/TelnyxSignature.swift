import Cryptography

/// The signature of a Telnyx webhook: Ed25519 over `timestamp|body`, base64 in one header field, the time in another.
/// The time must be within five minutes, which bounds how long a callback can be replayed.
package enum TelnyxSignature {
    package static let header = "telnyx-signature-ed25519"
    package static let timestampHeader = "telnyx-timestamp"

    /// What is signed.
    package static func message(timestamp: String, body: [UInt8]) -> [UInt8] {
        Array(timestamp.utf8) + [UInt8(ascii: "|")] + body
    }

    /// Throws `forged` where the signature is not the key's, `stale` where it is, but of another time.
    static func verify(_ callback: GatewayCallback, key: PublicKey) throws(CallbackRefusal) {
        guard let timestamp = callback.single(timestampHeader), timestamp.utf8.count <= 12,
            let seconds = Int64(timestamp),
            let signature = callback.single(header).flatMap({ Base64.decode($0) }), signature.count == 64,
            key.isSignature(signature, of: message(timestamp: timestamp, body: callback.body))
        else { throw .forged }
        guard callback.isFresh(secondsSince1970: seconds) else { throw .stale }
    }
}
