import COpenSSL

/// SHA-1 (FIPS 180-4), 20 bytes out. Only for protocols that demand it (RFC 6455's accept key, Twilio's signature).
package enum SHA1 {
    package static let digestLength = 20

    /// The digest of a whole message. Any thread; cannot fail on a message that fits in memory.
    package static func hash(_ message: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: digestLength)
        let result = unsafe COpenSSL.SHA1(message, message.count, &digest)
        precondition(unsafe result != nil, "OpenSSL has no SHA-1: its default provider is not loaded")
        return digest
    }
}

/// SHA-256 (FIPS 180-4), 32 bytes out.
package enum SHA256 {
    package static let digestLength = 32

    /// The digest of a whole message. Any thread; cannot fail on a message that fits in memory.
    package static func hash(_ message: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: digestLength)
        let result = unsafe COpenSSL.SHA256(message, message.count, &digest)
        precondition(unsafe result != nil, "OpenSSL has no SHA-256: its default provider is not loaded")
        return digest
    }
}
