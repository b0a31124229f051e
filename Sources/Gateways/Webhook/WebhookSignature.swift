import Cryptography

/// The signature of webhooks, in both directions, as the Standard Webhooks specification 1.0 has it, so that receivers
/// find a library: `webhook-signature: v1,base64(HMAC-SHA-256(secret, id.timestamp.body))`.
///
/// A receiver refuses a timestamp that is more than five minutes off, and an id that it has seen.
package enum WebhookSignature {
    package static let idHeader = "webhook-id"
    package static let timestampHeader = "webhook-timestamp"
    package static let header = "webhook-signature"

    /// The value of the header field.
    package static func sign(id: String, timestamp: Int64, body: [UInt8], secret: WebhookSecret) -> String {
        "v1," + Base64.encode(code(id: id, timestamp: String(timestamp), body: body, secret: secret))
    }

    /// Throws `forged` where none of the signatures is the secret's, `stale` where the time is another.
    package static func verify(_ callback: GatewayCallback, secret: WebhookSecret) throws(CallbackRefusal) {
        guard let id = callback.single(idHeader), (1...256).contains(id.utf8.count),
            let timestamp = callback.single(timestampHeader), timestamp.utf8.count <= 12,
            let seconds = Int64(timestamp), let signatures = callback.single(header), signatures.utf8.count <= 1_024
        else { throw .forged }
        let expected = code(id: id, timestamp: timestamp, body: callback.body, secret: secret)
        // While secrets are rotated there are several, parted by spaces.
        let isValid = signatures.split(separator: " ").contains { signature in
            signature.hasPrefix("v1,")
                && Base64.decode(signature.dropFirst(3)).map { constantTimeEquals($0, expected) } == true
        }
        guard isValid else { throw .forged }
        guard callback.isFresh(secondsSince1970: seconds) else { throw .stale }
    }

    private static func code(id: String, timestamp: String, body: [UInt8], secret: WebhookSecret) -> [UInt8] {
        HMAC.sha256(key: secret.bytes, message: Array("\(id).\(timestamp).".utf8) + body)
    }
}

/// The secret that the hub shares with a receiver: `whsec_` and base64 of 24 to 64 bytes. It does not print.
package struct WebhookSecret: Sendable, CustomStringConvertible, CustomReflectable {
    fileprivate let bytes: [UInt8]

    package init?(_ text: String) {
        guard text.hasPrefix("whsec_"), let bytes = Base64.decode(text.dropFirst(6)), (24...64).contains(bytes.count)
        else { return nil }
        self.bytes = bytes
    }

    package var description: String { "WebhookSecret" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
