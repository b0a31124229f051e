/// The short name of an alert that may stand in a text message: five characters of Crockford's base 32, random.
///
/// It carries no information about clinic, patient or order. 25 bits: unique per phone while open, not a secret.
package struct AlertCode: Hashable, Sendable, CustomStringConvertible {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// The five characters in upper case.
    package let description: String

    /// Takes the lowest 25 of the random bits given.
    package init(randomBits: UInt32) {
        let digits = stride(from: UInt32(20), through: 0, by: -5).map { shift in
            Self.alphabet[Int((randomBits >> shift) & 31)]
        }
        description = String(decoding: digits, as: UTF8.self)
    }

    /// Reads a code as people type it: either case, `O` for 0, `I` and `L` for 1; `nil` for anything else.
    package init?(_ text: some StringProtocol) {
        var digits: [UInt8] = []
        for byte in text.utf8 {
            guard digits.count < 5, let digit = Self.canonical(byte) else { return nil }
            digits.append(digit)
        }
        guard digits.count == 5 else { return nil }
        description = String(decoding: digits, as: UTF8.self)
    }

    private static func canonical(_ byte: UInt8) -> UInt8? {
        let isLowercase = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        let upper = isLowercase ? byte - 32 : byte
        switch upper {
        case UInt8(ascii: "O"): return UInt8(ascii: "0")
        case UInt8(ascii: "I"), UInt8(ascii: "L"): return UInt8(ascii: "1")
        default: return alphabet.contains(upper) ? upper : nil
        }
    }
}
