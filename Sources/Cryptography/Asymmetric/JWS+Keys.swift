extension JWS {
    /// Whether the signature is this key's, by the key's own algorithm. The caller has demanded that the header's `alg` is
    /// `key.kind.rawValue`.
    package func isSigned(by key: PublicKey) -> Bool { key.isSignature(signature, of: signingInput) }

    /// A compact text over this header and payload. The header must name the key's `kind` as its `alg`.
    package static func sign(
        header: [UInt8], payload: [UInt8], key: PrivateKey
    ) throws(CryptographyError) -> String {
        let input = Base64.encodeURL(header) + "." + Base64.encodeURL(payload)
        return input + "." + Base64.encodeURL(try key.signature(of: Array(input.utf8)))
    }
}
