/// A social security number of the United States: nine digits, of an area, a group and a serial that are given out.
package struct SocialSecurityNumber: Hashable, Sendable {
    /// The nine digits without dashes.
    package let digits: String

    /// Reads `123-45-6789` or `123456789`; nil for anything else, and for areas 000, 666 and 9xx, group 00, serial 0000.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        let plain: [UInt8]
        switch bytes.count {
        case 9: plain = bytes
        case 11 where bytes[3] == UInt8(ascii: "-") && bytes[6] == UInt8(ascii: "-"):
            plain = Array(bytes[0..<3] + bytes[4..<6] + bytes[7...])
        default: return nil
        }
        guard plain.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        let digits = String(decoding: plain, as: UTF8.self)
        let area = digits.prefix(3)
        guard area != "000", area != "666", !area.hasPrefix("9"), digits.dropFirst(3).prefix(2) != "00",
            digits.suffix(4) != "0000"
        else { return nil }
        self.digits = digits
    }
}
