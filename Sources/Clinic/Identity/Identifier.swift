/// A UUID that knows what it names, so that an alert's id cannot be passed where a user's is meant.
///
/// Pure value; any thread. The text form is RFC 9562 §4: 8-4-4-4-12 hexadecimal digits, written in lower case.
package struct Identifier<Subject>: Hashable, Sendable, Comparable {
    /// The first eight bytes, most significant first.
    package let high: UInt64
    /// The last eight bytes, most significant first.
    package let low: UInt64

    /// Takes the two halves as they stand; any value is a legal id.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads the 36-character form in either case; `nil` for anything else (no braces, no bare hexadecimal).
    package init?(_ text: some StringProtocol) {
        self.init(utf8: text.utf8)
    }

    /// Reads the 36-byte form from bytes that were not made a `String`; `nil` for anything else.
    package init?(utf8: some Sequence<UInt8>) {
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        var position = 0
        for byte in utf8 {
            switch position {
            case 8, 13, 18, 23:
                guard byte == UInt8(ascii: "-") else { return nil }
            case 0..<36:
                guard let digit = hexadecimalValue(of: byte) else { return nil }
                halves.high = (halves.high << 4) | (halves.low >> 60)
                halves.low = (halves.low << 4) | UInt64(digit)
            default:
                return nil
            }
            position += 1
        }
        guard position == 36 else { return nil }
        self.init(high: halves.high, low: halves.low)
    }

    /// Reads exactly sixteen bytes, as PostgreSQL's binary format has them; `nil` for any other count.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        for byte in bytes {
            halves.high = (halves.high << 8) | (halves.low >> 56)
            halves.low = (halves.low << 8) | UInt64(byte)
        }
        self.init(high: halves.high, low: halves.low)
    }

    /// A version 4 id (RFC 9562 §5.4) from the generator given; secrets must not be made of it.
    package static func random(using generator: inout some RandomNumberGenerator) -> Self {
        Self(randomHigh: generator.next(), low: generator.next())
    }

    /// A version 4 id from the system's generator, whose bytes nobody can predict.
    package static func random() -> Self {
        // Not by `random(using:)`: that generator has no size, and its address is another value's to ThreadSanitizer.
        Self(randomHigh: .random(in: .min ... .max), low: .random(in: .min ... .max))
    }

    private init(randomHigh high: UInt64, low: UInt64) {
        self.init(
            high: (high & 0xffff_ffff_ffff_0fff) | 0x0000_0000_0000_4000,
            low: (low & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000)
    }

    /// The sixteen bytes, most significant first.
    package var bytes: [UInt8] {
        let shifts = stride(from: UInt64(56), through: 0, by: -8)
        return [high, low].flatMap { half in shifts.map { UInt8(truncatingIfNeeded: half >> $0) } }
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension Identifier: CustomStringConvertible {
    /// The 36-character form in lower case.
    package var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for position in 0..<16 {
            if position == 4 || position == 6 || position == 8 || position == 10 { text.append(UInt8(ascii: "-")) }
            let half = position < 8 ? high : low
            let byte = UInt8(truncatingIfNeeded: half >> (56 - 8 * UInt64(position % 8)))
            text.append(hexadecimalDigit(of: byte >> 4))
            text.append(hexadecimalDigit(of: byte & 15))
        }
        return String(decoding: text, as: UTF8.self)
    }
}

private func hexadecimalValue(of byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}

private func hexadecimalDigit(of value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}
