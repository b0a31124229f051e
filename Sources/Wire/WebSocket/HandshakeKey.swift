/// The proof that a server read the handshake as a WebSocket one (RFC 6455 section 4.2.2, item 4).
enum HandshakeKey {
    /// Appended to the key before hashing.
    private static let suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Whether the text is base64 of exactly 16 bytes: 22 letters of the alphabet and two of padding.
    static func isValid(_ key: String) -> Bool {
        let bytes = Array(key.utf8)
        return bytes.count == 24 && bytes[..<22].allSatisfy { alphabet.contains($0) }
            && bytes.suffix(2) == [0x3D, 0x3D]
    }

    /// The value of `Sec-WebSocket-Accept` for a key.
    static func acceptance(of key: String, sha1: ([UInt8]) -> [UInt8]) -> String {
        base64(sha1(Array((key + suffix).utf8)))
    }

    /// Base64 with padding (RFC 4648 section 4).
    static func base64(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var start = 0
        while start < bytes.count {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits: UInt32 = 0
            for byte in group { bits = bits << 8 | UInt32(byte) }
            bits <<= UInt32(3 - group.count) * 8
            for position in 0..<4 {
                let digit = Int(bits >> UInt32(18 - position * 6) & 0x3F)
                text.append(position <= group.count ? alphabet[digit] : UInt8(ascii: "="))
            }
            start += 3
        }
        return String(decoding: text, as: UTF8.self)
    }
}
