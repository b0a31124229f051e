/// Why a cryptographic operation gave no result. None of the cases says which byte was wrong: that would help an attacker.
package enum CryptographyError: Error, Equatable {
    /// A key has another length than its algorithm asks for. A configuration mistake: stop the start.
    case keyLength
    /// A nonce is not 12 bytes long. A programming mistake of the caller.
    case nonceLength
    /// The ciphertext, its tag, its nonce or the authenticated data is not what was sealed: corrupted, moved to
    /// another row, or forged. The caller refuses the value; trying again does not help.
    case notAuthentic
    /// OpenSSL refused for a reason of its own (no memory, no provider). The caller fails this one request.
    case openSSLFailure
}
