/// The four bytes that a client's payload is masked with (RFC 6455 section 5.3).
///
/// Masking and unmasking are the same operation. A key knows no position: after a part of a payload, go on with
/// `advanced(by:)`.
package struct MaskKey: Hashable, Sendable {
    /// The first byte of the key in the lowest bits.
    private let word: UInt32

    /// From the four bytes in wire order.
    package init(_ first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8) {
        word = UInt32(first) | UInt32(second) << 8 | UInt32(third) << 16 | UInt32(fourth) << 24
    }

    /// From 32 random bits; the lowest are sent first.
    package init(_ word: UInt32) {
        self.word = word
    }

    /// The four bytes in wire order.
    package var bytes: (UInt8, UInt8, UInt8, UInt8) {
        (
            UInt8(truncatingIfNeeded: word), UInt8(truncatingIfNeeded: word >> 8),
            UInt8(truncatingIfNeeded: word >> 16), UInt8(truncatingIfNeeded: word >> 24)
        )
    }

    /// The key for the rest of a payload whose first `count` bytes are done.
    package func advanced(by count: Int) -> MaskKey {
        let shift = UInt32(truncatingIfNeeded: count & 3) * 8
        return MaskKey(word >> shift | word << (32 - shift))
    }

    /// Masks or unmasks `range` of `bytes` in place, eight bytes at a time.
    package func apply(to bytes: inout MutableSpan<UInt8>, in range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "the range lies in the buffer")
        // The whole range is overwritten by plain integers, so no invalid value can arise.
        var raw = unsafe bytes.mutableBytes
        let wide = (UInt64(word) | UInt64(word) << 32).littleEndian
        var offset = range.lowerBound
        while range.upperBound - offset >= 8 {
            // In bounds by the loop's condition and the precondition; every bit pattern is a UInt64.
            let masked = unsafe raw.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
            raw.storeBytes(of: masked ^ wide, toByteOffset: offset, as: UInt64.self)
            offset += 8
        }
        var rest = word
        while offset < range.upperBound {
            let masked = unsafe raw.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
            raw.storeBytes(of: masked ^ UInt8(truncatingIfNeeded: rest), toByteOffset: offset, as: UInt8.self)
            rest = rest >> 8 | rest << 24
            offset += 1
        }
    }
}
