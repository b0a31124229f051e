/// Writes the little of DER (ITU-T X.690) that keys and ECDSA signatures are made of.
enum DER {
    static func sequence(_ parts: [UInt8]...) -> [UInt8] { value(0x30, parts.flatMap { $0 }) }
    static func objectIdentifier(_ encoded: [UInt8]) -> [UInt8] { value(0x06, encoded) }
    static func bitString(_ bytes: [UInt8]) -> [UInt8] { value(0x03, [0] + bytes) }
    static let null: [UInt8] = [0x05, 0x00]

    /// An unsigned big-endian number, as the shortest INTEGER that is not negative.
    static func integer(_ magnitude: [UInt8]) -> [UInt8] {
        let digits = Array(magnitude.drop { $0 == 0 })
        guard let first = digits.first else { return value(0x02, [0]) }
        return value(0x02, first & 0x80 == 0 ? digits : [0] + digits)
    }

    /// The two numbers of an `ECDSA-Sig-Value` (RFC 3279 section 2.2.3), each padded to `length` bytes; nil where the bytes
    /// are something else.
    static func twoIntegers(_ bytes: [UInt8], length: Int) -> (first: [UInt8], second: [UInt8])? {
        // A P-256 signature is shorter than 128 bytes, so every length is one byte.
        guard bytes.count >= 2, bytes[0] == 0x30, Int(bytes[1]) == bytes.count - 2 else { return nil }
        var rest = bytes[2...]
        guard let first = takeInteger(&rest, length: length), let second = takeInteger(&rest, length: length),
            rest.isEmpty
        else { return nil }
        return (first, second)
    }

    private static func takeInteger(_ rest: inout ArraySlice<UInt8>, length: Int) -> [UInt8]? {
        guard rest.count >= 2, rest.removeFirst() == 0x02 else { return nil }
        let count = Int(rest.removeFirst())
        guard count > 0, count < 0x80, rest.count >= count else { return nil }
        let digits = rest.prefix(count).drop { $0 == 0 }
        rest = rest.dropFirst(count)
        guard digits.count <= length else { return nil }
        return [UInt8](repeating: 0, count: length - digits.count) + digits
    }

    private static func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        guard content.count >= 0x80 else { return [tag, UInt8(content.count)] + content }
        var length: [UInt8] = []
        var rest = content.count
        while rest > 0 {
            length.insert(UInt8(truncatingIfNeeded: rest), at: 0)
            rest >>= 8
        }
        return [tag, 0x80 | UInt8(length.count)] + length + content
    }
}
