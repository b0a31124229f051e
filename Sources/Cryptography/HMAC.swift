import COpenSSL

/// Keyed message authentication (RFC 2104). Compare results with `constantTimeEquals` only.
package enum HMAC {
    /// HMAC-SHA-1, 20 bytes. Only for protocols that demand it.
    package static func sha1(key: [UInt8], message: [UInt8]) -> [UInt8] {
        unsafe authenticate(EVP_sha1(), length: SHA1.digestLength, key: key, message: message)
    }

    /// HMAC-SHA-256, 32 bytes.
    package static func sha256(key: [UInt8], message: [UInt8]) -> [UInt8] {
        unsafe authenticate(EVP_sha256(), length: SHA256.digestLength, key: key, message: message)
    }

    private static func authenticate(
        _ digest: OpaquePointer?, length: Int, key: [UInt8], message: [UInt8]
    ) -> [UInt8] {
        // OpenSSL reads a nil key as "the key of the last call", so an empty key must still have an address.
        let keyBytes = key.isEmpty ? [0] : key
        precondition(key.count <= CInt.max, "an HMAC key longer than 2 GiB")
        var code = [UInt8](repeating: 0, count: length)
        let result = unsafe COpenSSL.HMAC(digest, keyBytes, CInt(key.count), message, message.count, &code, nil)
        precondition(unsafe result != nil, "OpenSSL cannot compute an HMAC: its default provider is not loaded")
        return code
    }
}

/// Whether two byte strings are equal, in a time that depends only on their lengths.
///
/// For signatures, tokens and codes: an ordinary `==` stops at the first difference and so tells how much was guessed.
package func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return unsafe CRYPTO_memcmp(left, right, left.count) == 0
}
