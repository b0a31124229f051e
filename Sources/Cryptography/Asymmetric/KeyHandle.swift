import COpenSSL

/// One `EVP_PKEY`, freed with the value.
@safe
struct KeyHandle: ~Copyable {
    let pointer: OpaquePointer

    /// Takes the key over; nil where OpenSSL gave none.
    init?(owning pointer: OpaquePointer?) {
        guard let pointer = unsafe pointer else {
            ERR_clear_error()
            return nil
        }
        unsafe self.pointer = unsafe pointer
    }

    deinit { unsafe EVP_PKEY_free(pointer) }

    /// The kind of key, if it is one that the hub uses, and strong enough: RSA of 2,048 to 8,192 bits (RFC 7518 section
    /// 3.3), P-256 or Ed25519.
    var kind: SignatureKind? {
        switch unsafe EVP_PKEY_get_id(pointer) {
        case EVP_PKEY_RSA: unsafe (2_048...8_192).contains(EVP_PKEY_get_bits(pointer)) ? .rs256 : nil
        case EVP_PKEY_ED25519: .ed25519
        case EVP_PKEY_EC: isP256 ? .es256 : nil
        default: nil
        }
    }

    private var isP256: Bool {
        var name = [CChar](repeating: 0, count: 64)
        var count = 0
        guard unsafe EVP_PKEY_get_group_name(pointer, &name, name.count, &count) == 1 else { return false }
        return String(decoding: name.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self) == "prime256v1"
    }

    func verify(_ signature: [UInt8], of message: [UInt8], hashed: Bool) -> Bool {
        guard let context = DigestContext() else { return false }
        // What is wrong with a forged signature is nobody's business, and must not stay in the thread's queue.
        defer { ERR_clear_error() }
        guard
            unsafe EVP_DigestVerifyInit(context.pointer, nil, hashed ? EVP_sha256() : nil, nil, pointer) == 1
        else { return false }
        return unsafe EVP_DigestVerify(context.pointer, signature, signature.count, message, message.count) == 1
    }

    func sign(_ message: [UInt8], hashed: Bool) throws(CryptographyError) -> [UInt8] {
        guard let context = DigestContext(),
            unsafe EVP_DigestSignInit(context.pointer, nil, hashed ? EVP_sha256() : nil, nil, pointer) == 1
        else { throw .openSSLFailure }
        // No key of ours signs in more than 1,024 bytes.
        var signature = [UInt8](repeating: 0, count: 1_024)
        var count = signature.count
        guard unsafe EVP_DigestSign(context.pointer, &signature, &count, message, message.count) == 1 else {
            ERR_clear_error()
            throw .openSSLFailure
        }
        return Array(signature.prefix(count))
    }
}

/// One `EVP_MD_CTX`, freed with the value.
@safe
private struct DigestContext: ~Copyable {
    let pointer: OpaquePointer

    init?() {
        guard let pointer = unsafe EVP_MD_CTX_new() else { return nil }
        unsafe self.pointer = unsafe pointer
    }

    deinit { unsafe EVP_MD_CTX_free(pointer) }
}

/// The bytes that OpenSSL writes for a key: it is asked for the length first.
func encoded(_ write: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> CInt) -> [UInt8]? {
    let count = Int(write(nil))
    guard count > 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: count)
    let written = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
        var next = buffer.baseAddress
        return unsafe Int(write(&next))
    }
    return written == count ? bytes : nil
}

/// Reads PEM text by one of OpenSSL's readers. Without the function OpenSSL would ask for a password on the terminal.
func readPEM(
    _ text: [UInt8],
    _ read: (
        OpaquePointer,
        @convention(c) (UnsafeMutablePointer<CChar>?, CInt, CInt, UnsafeMutableRawPointer?) -> CInt
    ) -> OpaquePointer?
) -> OpaquePointer? {
    guard !text.isEmpty, text.count <= 65_536, let bio = unsafe BIO_new(BIO_s_mem()) else { return nil }
    defer { unsafe BIO_free(bio) }
    guard unsafe BIO_write(bio, text, CInt(text.count)) == CInt(text.count) else { return nil }
    return unsafe read(bio) { _, _, _, _ in -1 }
}
