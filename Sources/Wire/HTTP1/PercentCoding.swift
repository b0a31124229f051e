/// Percent-encoding (RFC 3986 §2.1).
package enum PercentCoding {
    /// The text, or nil where an escape is malformed or the result is not UTF-8 or holds U+0000.
    package static func decode(_ bytes: ArraySlice<UInt8>, plusIsSpace: Bool = false) -> String? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var rest = bytes
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(hexadecimalDigit),
                    let low = rest.popFirst().flatMap(hexadecimalDigit), high | low != 0
                else { return nil }
                decoded.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: decoded.append(0x20)
            case 0: return nil
            default: decoded.append(byte)
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }

    /// The text with all but letters, digits and `-._~` escaped, fit for a path segment or a query value.
    package static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        encode(text, into: &bytes, spaceIsPlus: false)
        return String(decoding: bytes, as: UTF8.self)
    }

    static func encode(_ text: String, into bytes: inout [UInt8], spaceIsPlus: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            case 0x20 where spaceIsPlus: bytes.append(UInt8(ascii: "+"))
            default: encode(byte, into: &bytes)
            }
        }
    }

    static func encode(_ byte: UInt8, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "%"))
        bytes.append(hexadecimalDigit(of: byte >> 4))
        bytes.append(hexadecimalDigit(of: byte & 0x0F))
    }
}
