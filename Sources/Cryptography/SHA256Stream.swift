import COpenSSL

/// SHA-256 of a message that comes in parts. One owner; not to be used after `finish`.
@safe
package struct SHA256Stream: ~Copyable {
    private let context: OpaquePointer

    package init() throws(CryptographyError) {
        guard let context = unsafe EVP_MD_CTX_new() else { throw .openSSLFailure }
        guard unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            unsafe EVP_MD_CTX_free(context)
            throw .openSSLFailure
        }
        unsafe self.context = unsafe context
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    package func update(_ part: [UInt8]) throws(CryptographyError) {
        guard unsafe EVP_DigestUpdate(context, part, part.count) == 1 else { throw .openSSLFailure }
    }

    /// The digest of all parts, 32 bytes.
    package consuming func finish() throws(CryptographyError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: SHA256.digestLength)
        guard unsafe EVP_DigestFinal_ex(context, &digest, nil) == 1 else { throw .openSSLFailure }
        return digest
    }
}
