import COpenSSL

/// How a key signs: the algorithms of RFC 7518 and RFC 8037 that the hub uses, each with one kind of key.
package enum SignatureKind: String, Hashable, Sendable {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    case rs256 = "RS256"
    /// ECDSA on P-256 with SHA-256; the signature is `r ‖ s`, 64 bytes (RFC 7518 section 3.4).
    case es256 = "ES256"
    /// Ed25519 (RFC 8032), 64 bytes.
    case ed25519 = "EdDSA"

    /// Ed25519 hashes by itself.
    var isHashed: Bool { self != .ed25519 }
}

/// A key that verifies signatures of its one kind. A value; any thread. Each use reads the key anew, some microseconds.
package struct PublicKey: Hashable, Sendable {
    package let kind: SignatureKind
    /// `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7).
    private let bytes: [UInt8]

    /// From PEM (`BEGIN PUBLIC KEY`); nil for anything else, and for RSA under 2,048 bits or a curve other than P-256.
    package init?(pem: [UInt8]) {
        self.init(
            unsafe KeyHandle(owning: readPEM(pem) { unsafe PEM_read_bio_PUBKEY($0, nil, $1, nil) }))
    }

    /// From the 32 bytes of an Ed25519 key (RFC 8032 section 5.1.5); nil for another length.
    package init?(ed25519 bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.init(der: DER.sequence(DER.sequence(DER.objectIdentifier([0x2B, 0x65, 0x70])), DER.bitString(bytes)))
    }

    /// From modulus and exponent, big-endian, as a JSON Web Key has them (RFC 7518 section 6.3.1).
    package init?(rsaModulus modulus: [UInt8], exponent: [UInt8]) {
        guard modulus.count <= 1_024, exponent.count <= 8 else { return nil }
        let identifier = DER.objectIdentifier([0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01])
        let key = DER.sequence(DER.integer(modulus), DER.integer(exponent))
        self.init(der: DER.sequence(DER.sequence(identifier, DER.null), DER.bitString(key)))
    }

    /// From the coordinates of a point on P-256, 32 bytes each (RFC 7518 section 6.2.1); nil if it is not on the curve.
    package init?(p256X x: [UInt8], y: [UInt8]) {
        guard x.count == 32, y.count == 32 else { return nil }
        let key = DER.objectIdentifier([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01])
        let curve = DER.objectIdentifier([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07])
        self.init(der: DER.sequence(DER.sequence(key, curve), DER.bitString([0x04] + x + y)))
    }

    private init?(der: [UInt8]) { self.init(Self.handle(of: der)) }

    private init?(_ handle: consuming KeyHandle?) {
        guard let handle, let kind = handle.kind,
            let bytes = unsafe encoded({ unsafe i2d_PUBKEY(handle.pointer, $0) })
        else { return nil }
        self.kind = kind
        self.bytes = bytes
    }

    /// The key of a pair.
    init?(of handle: borrowing KeyHandle) {
        guard let kind = handle.kind else { return nil }
        var pointer: OpaquePointer?
        unsafe pointer = unsafe handle.pointer
        guard let pointer = unsafe pointer, let bytes = unsafe encoded({ unsafe i2d_PUBKEY(pointer, $0) }) else {
            return nil
        }
        self.kind = kind
        self.bytes = bytes
    }

    private static func handle(of der: [UInt8]) -> KeyHandle? {
        let pointer: OpaquePointer? = unsafe der.withUnsafeBufferPointer { buffer in
            var next = buffer.baseAddress
            return unsafe d2i_PUBKEY(nil, &next, buffer.count)
        }
        return unsafe KeyHandle(owning: pointer)
    }

    /// The 32 bytes of an Ed25519 key; nil for another kind.
    package var ed25519Bytes: [UInt8]? { kind == .ed25519 ? Array(bytes.suffix(32)) : nil }

    /// Whether this is the signature of the message by this key's own kind. False for any other length or content.
    package func isSignature(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard let handle = Self.handle(of: bytes) else { return false }
        guard kind == .es256 else { return handle.verify(signature, of: message, hashed: kind.isHashed) }
        guard signature.count == 64 else { return false }
        let encoded = DER.sequence(
            DER.integer(Array(signature.prefix(32))), DER.integer(Array(signature.suffix(32))))
        return handle.verify(encoded, of: message, hashed: true)
    }
}
