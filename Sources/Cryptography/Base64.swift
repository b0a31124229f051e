/// Base64 and base64url (RFC 4648 sections 4 and 5).
///
/// Decoding is strict, so that a value has exactly one spelling: no white space, no other alphabet, the padding as
/// written below, and unused bits zero (RFC 4648 section 3.5).
package enum Base64 {
    /// Standard alphabet, with padding.
    package static func encode(_ bytes: [UInt8]) -> String {
        encode(bytes, alphabet: standardAlphabet, padded: true)
    }

    /// URL and file name alphabet, without padding, as in RFC 7515.
    package static func encodeURL(_ bytes: [UInt8]) -> String {
        encode(bytes, alphabet: urlAlphabet, padded: false)
    }

    /// The bytes of a standard, padded text; nil if it is not one.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var digits = Array(text.utf8)
        guard digits.count % 4 == 0 else { return nil }
        var padding = 0
        while padding < 2, digits.last == UInt8(ascii: "=") {
            digits.removeLast()
            padding += 1
        }
        return decode(digits[...], values: standardValues)
    }

    /// The bytes of an unpadded base64url text; nil if it is not one.
    package static func decodeURL(_ text: some StringProtocol) -> [UInt8]? {
        decodeURL(Array(text.utf8)[...])
    }

    /// The same of the text's bytes.
    static func decodeURL(_ digits: ArraySlice<UInt8>) -> [UInt8]? { decode(digits, values: urlValues) }

    private static let standardAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let urlAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let standardValues = values(of: standardAlphabet)
    private static let urlValues = values(of: urlAlphabet)
    private static let invalid: UInt8 = 0xFF

    private static func values(of alphabet: [UInt8]) -> [UInt8] {
        var values = [UInt8](repeating: invalid, count: 256)
        for (value, digit) in alphabet.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }

    private static func encode(_ bytes: [UInt8], alphabet: [UInt8], padded: Bool) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let available = min(3, bytes.count - index)
            var group = UInt32(bytes[index]) << 16
            if available > 1 { group |= UInt32(bytes[index + 1]) << 8 }
            if available > 2 { group |= UInt32(bytes[index + 2]) }
            for position in 0...available {
                text.append(alphabet[Int(group >> UInt32(18 - 6 * position)) & 63])
            }
            if padded {
                for _ in available..<3 { text.append(UInt8(ascii: "=")) }
            }
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func decode(_ digits: ArraySlice<UInt8>, values: [UInt8]) -> [UInt8]? {
        guard digits.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 4 * 3 + 2)
        var group: UInt32 = 0
        var bits = 0
        for digit in digits {
            let value = values[Int(digit)]
            guard value != invalid else { return nil }
            group = group << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
                group &= (1 << UInt32(bits)) - 1
            }
        }
        return group == 0 ? bytes : nil
    }
}
