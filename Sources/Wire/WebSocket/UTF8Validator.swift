/// Checks UTF-8 (RFC 3629) as it streams: any split, failing at the first byte that cannot be right.
///
/// Overlong forms, surrogates and code points above U+10FFFF are refused. Four bytes of state.
package struct UTF8Validator: Hashable, Sendable {
    /// Continuation bytes that the character still needs.
    private var missing: UInt8 = 0
    /// What the next continuation byte may be; narrower than 80...BF only after E0, ED, F0 and F4.
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xBF

    package init() {}

    /// Whether the text could end here: no character is cut.
    package var isComplete: Bool { missing == 0 }

    /// Takes the next bytes. False: they are not UTF-8, and the validator must not be used again.
    package mutating func accept(_ bytes: Span<UInt8>) -> Bool {
        let raw = unsafe bytes.bytes
        var index = 0
        while index < bytes.count {
            if missing == 0, bytes.count - index >= 8 {
                // In bounds by the condition; every bit pattern is a UInt64.
                let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
                if word & 0x8080_8080_8080_8080 == 0 {
                    index += 8
                    continue
                }
            }
            guard accept(bytes[index]) else { return false }
            index += 1
        }
        return true
    }

    private mutating func accept(_ byte: UInt8) -> Bool {
        if missing > 0 {
            guard byte >= lowest, byte <= highest else { return false }
            missing -= 1
            lowest = 0x80
            highest = 0xBF
            return true
        }
        switch byte {
        case 0x00...0x7F: break
        case 0xC2...0xDF: missing = 1
        case 0xE0: (missing, lowest) = (2, 0xA0)
        case 0xE1...0xEC, 0xEE...0xEF: missing = 2
        case 0xED: (missing, highest) = (2, 0x9F)
        case 0xF0: (missing, lowest) = (3, 0x90)
        case 0xF1...0xF3: missing = 3
        case 0xF4: (missing, highest) = (3, 0x8F)
        default: return false
        }
        return true
    }
}
