/// A JSON Web Signature in its compact form (RFC 7515 section 7.1), as bytes: `header.payload.signature`.
///
/// This type knows no JSON: whoever verifies a token reads the header, demands the exact `alg` of the key it chose itself,
/// and only then calls the one verification that belongs to that key. There is no `none`: a text without a signature
/// does not even split. Nothing here picks an algorithm from the token, so a public key cannot be taken for a secret.
package struct JWS: Equatable, Sendable {
    /// The JOSE header, decoded: JSON that is not yet read, nor trusted.
    package let header: [UInt8]
    /// The payload, decoded; not to be used before a verification said true.
    package let payload: [UInt8]
    /// The signature, decoded; never empty.
    package let signature: [UInt8]
    let signingInput: [UInt8]

    /// Longest compact text that is looked at, in bytes.
    package static let maximumLength = 8192

    /// The three parts of a compact text; nil if it has not exactly three non-empty base64url parts or is over 8 KiB.
    package static func split(_ compact: some StringProtocol) -> JWS? {
        guard compact.utf8.count <= maximumLength else { return nil }
        return split(Array(compact.utf8))
    }

    /// By bytes, because every handshake comes here: a text would be split by characters, at many times the cost.
    private static func split(_ bytes: [UInt8]) -> JWS? {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }),
            let header = Base64.decodeURL(parts[0]),
            let payload = Base64.decodeURL(parts[1]),
            let signature = Base64.decodeURL(parts[2])
        else { return nil }
        let input = Array(bytes[..<parts[1].endIndex])
        return JWS(header: header, payload: payload, signature: signature, signingInput: input)
    }

    /// Whether the signature is HMAC-SHA-256 under this key (RFC 7518 section 3.2). Takes the same time for any signature.
    package func isSignedHS256(by key: HS256Key) -> Bool {
        constantTimeEquals(HMAC.sha256(key: key.bytes, message: signingInput), signature)
    }

    /// A compact text over this header and payload. The header must say `"alg":"HS256"`.
    package static func signHS256(header: [UInt8], payload: [UInt8], key: HS256Key) -> String {
        let input = Base64.encodeURL(header) + "." + Base64.encodeURL(payload)
        return input + "." + Base64.encodeURL(HMAC.sha256(key: key.bytes, message: Array(input.utf8)))
    }
}

/// A secret for HS256, at least 32 bytes as RFC 7518 section 3.2 demands. It does not print.
package struct HS256Key: Sendable, CustomStringConvertible, CustomReflectable {
    fileprivate let bytes: [UInt8]

    /// Throws `keyLength` for a secret shorter than 32 bytes: it could be guessed from one token.
    package init(_ secret: [UInt8]) throws(CryptographyError) {
        guard secret.count >= SHA256.digestLength else { throw .keyLength }
        bytes = secret
    }

    /// A secret that somebody else chose and that may be shorter, but not under 16 bytes: only to verify what he signs.
    package init(ofPeer secret: [UInt8]) throws(CryptographyError) {
        guard secret.count >= 16 else { throw .keyLength }
        bytes = secret
    }

    package var description: String { "HS256Key(secret)" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
