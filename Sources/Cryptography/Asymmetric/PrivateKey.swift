import COpenSSL

/// A key that signs, of the one kind that it is for. It does not print. A value; any thread.
package struct PrivateKey: Sendable, CustomStringConvertible, CustomReflectable {
    package let publicKey: PublicKey
    /// The key as OpenSSL writes it (PKCS #1, SEC 1 or PKCS #8).
    private let bytes: [UInt8]

    package var kind: SignatureKind { publicKey.kind }

    /// From PEM without a password; nil for anything else, and for a key that is too weak.
    package init?(pem: [UInt8]) {
        self.init(unsafe KeyHandle(owning: readPEM(pem) { unsafe PEM_read_bio_PrivateKey($0, nil, $1, nil) }))
    }

    /// The Ed25519 key of these 32 secret bytes (RFC 8032 section 5.1.5); nil for another length.
    package init?(ed25519Seed seed: [UInt8]) {
        guard seed.count == 32 else { return nil }
        self.init(
            unsafe KeyHandle(owning: EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count)))
    }

    private init?(_ handle: consuming KeyHandle?) {
        guard let handle, let publicKey = PublicKey(of: handle),
            let bytes = unsafe encoded({ unsafe i2d_PrivateKey(handle.pointer, $0) })
        else { return nil }
        self.publicKey = publicKey
        self.bytes = bytes
    }

    /// The signature of a message; for ES256 `r ‖ s`. Throws `openSSLFailure` only.
    package func signature(of message: [UInt8]) throws(CryptographyError) -> [UInt8] {
        let pointer: OpaquePointer? = unsafe bytes.withUnsafeBufferPointer { buffer in
            var next = buffer.baseAddress
            return unsafe d2i_AutoPrivateKey(nil, &next, buffer.count)
        }
        guard let handle = unsafe KeyHandle(owning: pointer) else { throw .openSSLFailure }
        let signature = try handle.sign(message, hashed: kind.isHashed)
        guard kind == .es256 else { return signature }
        guard let (r, s) = DER.twoIntegers(signature, length: 32) else { throw .openSSLFailure }
        return r + s
    }

    package var description: String { "PrivateKey(\(kind.rawValue))" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
