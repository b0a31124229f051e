import COpenSSL

/// Unpredictable bytes from OpenSSL's generator, which the kernel seeds.
package enum SecureRandom {
    /// `count` random bytes, for keys, nonces, one-time codes. Any thread. Stops the process rather than return
    /// predictable bytes.
    package static func bytes(_ count: Int) -> [UInt8] {
        precondition(count >= 0 && count <= CInt.max, "a random byte count out of range")
        var bytes = [UInt8](repeating: 0, count: count)
        let filled = unsafe RAND_bytes(&bytes, CInt(count)) == 1
        precondition(filled, "the system gives no random bytes")
        return bytes
    }
}
