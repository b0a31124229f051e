import COpenSSL

/// Authenticated encryption by AES-256-GCM (NIST SP 800-38D) with a 12-byte nonce and a 16-byte tag.
///
/// `aad` is authenticated but not stored: the hub binds a column to its row with it, so that a ciphertext that was copied
/// to another row does not open. Never seal twice with one key and one nonce; the overloads without a nonce draw a random
/// one, which is safe for 2^32 values a key (SP 800-38D section 8.3).
package enum AES256GCM {
    package static let keyLength = 32
    package static let nonceLength = 12
    package static let tagLength = 16

    /// Seals under a fresh random nonce: `nonce ‖ ciphertext ‖ tag`, 28 bytes longer than the plaintext.
    package static func seal(
        _ plaintext: [UInt8], key: [UInt8], aad: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        let nonce = SecureRandom.bytes(nonceLength)
        return try nonce + seal(plaintext, key: key, nonce: nonce, aad: aad)
    }

    /// Opens what `seal(_:key:aad:)` returned. Throws `notAuthentic` for anything else, with no plaintext of it.
    package static func open(
        _ sealed: [UInt8], key: [UInt8], aad: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        guard sealed.count >= nonceLength + tagLength else { throw .notAuthentic }
        let nonce = Array(sealed.prefix(nonceLength))
        return try open(Array(sealed.dropFirst(nonceLength)), key: key, nonce: nonce, aad: aad)
    }

    /// Seals under a nonce that the caller never uses again with this key: `ciphertext ‖ tag`.
    package static func seal(
        _ plaintext: [UInt8], key: [UInt8], nonce: [UInt8], aad: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        let context = try CipherContext()
        try context.start(.seal, key: key, nonce: nonce)
        try context.authenticate(aad)
        let ciphertext = try context.update(plaintext)
        try context.finish()
        return try ciphertext + context.tag()
    }

    /// Opens `ciphertext ‖ tag`.
    package static func open(
        _ sealed: [UInt8], key: [UInt8], nonce: [UInt8], aad: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        guard sealed.count >= tagLength else { throw .notAuthentic }
        let context = try CipherContext()
        try context.start(.open, key: key, nonce: nonce)
        try context.authenticate(aad)
        let plaintext = try context.update(Array(sealed.dropLast(tagLength)))
        try context.expect(tag: Array(sealed.suffix(tagLength)))
        do { try context.finish() } catch { throw .notAuthentic }
        return plaintext
    }
}

/// One use of OpenSSL's cipher context, freed (and its key wiped) when the value ends.
@safe
private struct CipherContext: ~Copyable {
    enum Direction: CInt {
        case open = 0
        case seal = 1
    }

    private let pointer: OpaquePointer

    init() throws(CryptographyError) {
        guard let pointer = unsafe EVP_CIPHER_CTX_new() else { throw .openSSLFailure }
        unsafe self.pointer = unsafe pointer
    }

    deinit { unsafe EVP_CIPHER_CTX_free(pointer) }

    /// Chooses cipher, direction, key and nonce. Twelve bytes are the nonce length that GCM has by default.
    func start(_ direction: Direction, key: [UInt8], nonce: [UInt8]) throws(CryptographyError) {
        guard key.count == AES256GCM.keyLength else { throw .keyLength }
        guard nonce.count == AES256GCM.nonceLength else { throw .nonceLength }
        let started = unsafe EVP_CipherInit_ex(pointer, EVP_aes_256_gcm(), nil, key, nonce, direction.rawValue)
        guard started == 1 else { throw .openSSLFailure }
    }

    /// Takes bytes into the tag that are not encrypted.
    func authenticate(_ bytes: [UInt8]) throws(CryptographyError) {
        guard !bytes.isEmpty else { return }
        guard let count = CInt(exactly: bytes.count) else { throw .openSSLFailure }
        var written: CInt = 0
        guard unsafe EVP_CipherUpdate(pointer, nil, &written, bytes, count) == 1 else { throw .openSSLFailure }
    }

    /// Encrypts or decrypts; GCM is a stream mode, so as many bytes come out as went in.
    func update(_ bytes: [UInt8]) throws(CryptographyError) -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        guard let count = CInt(exactly: bytes.count) else { throw .openSSLFailure }
        var output = [UInt8](repeating: 0, count: bytes.count)
        var written: CInt = 0
        let done = unsafe EVP_CipherUpdate(pointer, &output, &written, bytes, count) == 1
        guard done, written == count else { throw .openSSLFailure }
        return output
    }

    /// Ends the operation; when opening, this is where the tag is compared.
    func finish() throws(CryptographyError) {
        var none = [UInt8](repeating: 0, count: 16)
        var written: CInt = 0
        guard unsafe EVP_CipherFinal_ex(pointer, &none, &written) == 1 else { throw .openSSLFailure }
    }

    func tag() throws(CryptographyError) -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: AES256GCM.tagLength)
        let length = CInt(AES256GCM.tagLength)
        let read = unsafe EVP_CIPHER_CTX_ctrl(pointer, EVP_CTRL_GCM_GET_TAG, length, &tag) == 1
        guard read else { throw .openSSLFailure }
        return tag
    }

    func expect(tag: [UInt8]) throws(CryptographyError) {
        var tag = tag
        let length = CInt(AES256GCM.tagLength)
        let set = unsafe EVP_CIPHER_CTX_ctrl(pointer, EVP_CTRL_GCM_SET_TAG, length, &tag) == 1
        guard set else { throw .openSSLFailure }
    }
}
