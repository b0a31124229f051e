/// Strings (RFC 8259 §7) and numbers (§6).
extension JSONCursor {
    /// The string whose opening quote stands at the position.
    mutating func string(_ bytes: Span<UInt8>) throws(JSONError) -> String {
        position += 1
        let start = position
        var hasEscape = false
        var hasOnlyASCII = true
        scan: while true {
            guard let byte = peek(bytes) else { throw JSONError(.unexpectedEnd, at: position) }
            switch byte {
            case UInt8(ascii: "\""): break scan
            case UInt8(ascii: "\\"):
                // The escaped byte is stepped over, so that `\"` does not end the string.
                hasEscape = true
                guard position + 1 < bytes.count else { throw JSONError(.unexpectedEnd, at: bytes.count) }
                guard bytes[position + 1] >= 0x20 else { throw JSONError(.controlCharacter, at: position + 1) }
                if bytes[position + 1] >= 0x80 { throw JSONError(.invalidEscape, at: position) }
                position += 2
            case 0..<0x20: throw JSONError(.controlCharacter, at: position)
            default:
                if byte >= 0x80 { hasOnlyASCII = false }
                position += 1
            }
        }
        let content = start..<position
        position += 1
        if hasEscape {
            // Escapes are ASCII, so the raw text is UTF-8 exactly when the rest of it is.
            if !hasOnlyASCII { _ = try Self.validatedText(bytes, content) }
            return try Self.unescaped(bytes, content)
        }
        return try Self.validatedText(bytes, content)
    }

    private static func validatedText(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(JSONError) -> String {
        do {
            return String(copying: try UTF8Span(validating: bytes.extracting(range)))
        } catch {
            throw JSONError(.invalidUTF8, at: range.lowerBound + error.byteOffsets.lowerBound)
        }
    }

    private static func unescaped(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(JSONError) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            guard bytes[index] == UInt8(ascii: "\\") else {
                text.append(bytes[index])
                index += 1
                continue
            }
            let escape = index
            index += 2
            switch bytes[escape + 1] {
            case UInt8(ascii: "\""): text.append(UInt8(ascii: "\""))
            case UInt8(ascii: "\\"): text.append(UInt8(ascii: "\\"))
            case UInt8(ascii: "/"): text.append(UInt8(ascii: "/"))
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"):
                text.append(contentsOf: String(try escapedScalar(bytes, &index, range.upperBound)).utf8)
            default: throw JSONError(.invalidEscape, at: escape)
            }
        }
        // Valid by construction: the raw bytes were validated, and scalars encode themselves.
        return String(decoding: text, as: UTF8.self)
    }

    /// The scalar of `\uXXXX` or of a surrogate pair; `index` stands at the first digit and ends behind the last.
    private static func escapedScalar(
        _ bytes: Span<UInt8>, _ index: inout Int, _ end: Int
    ) throws(JSONError) -> Unicode.Scalar {
        let escape = index - 2
        let unit = try fourDigits(bytes, &index, end)
        if unit == 0 { throw JSONError(.nulCharacter, at: escape) }
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard unit < 0xDC00, end - index >= 6, bytes[index] == UInt8(ascii: "\\"),
            bytes[index + 1] == UInt8(ascii: "u")
        else { throw JSONError(.loneSurrogate, at: escape) }
        index += 2
        let low = try fourDigits(bytes, &index, end)
        guard (0xDC00...0xDFFF).contains(low) else { throw JSONError(.loneSurrogate, at: escape) }
        guard let scalar = Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00)) else {
            throw JSONError(.loneSurrogate, at: escape)
        }
        return scalar
    }

    private static func fourDigits(
        _ bytes: Span<UInt8>, _ index: inout Int, _ end: Int
    ) throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard index < end, let digit = hexadecimalDigit(bytes[index]) else {
                throw JSONError(.invalidEscape, at: index)
            }
            unit = unit << 4 | UInt16(digit)
            index += 1
        }
        return unit
    }

    // More digits than any double needs; keeps the conversion's cost constant.
    private static let maximumNumberBytes = 400

    /// The number that starts at the position.
    mutating func number(_ bytes: Span<UInt8>) throws(JSONError) -> JSONValue {
        let start = position
        let isNegative = peek(bytes) == UInt8(ascii: "-")
        if isNegative { position += 1 }
        var isInteger = true
        var magnitude: UInt64? = 0

        if peek(bytes) == UInt8(ascii: "0") {
            position += 1
            if let next = peek(bytes), isDigit(next) { throw JSONError(.invalidNumber, at: start) }
        } else {
            let digits = position
            while let byte = peek(bytes), isDigit(byte) {
                magnitude = magnitude.flatMap { Self.appending(byte, to: $0) }
                position += 1
            }
            guard position > digits else { throw JSONError(.invalidNumber, at: start) }
        }
        if peek(bytes) == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            try digits(bytes, of: start)
        }
        if let byte = peek(bytes), byte | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            position += 1
            if let sign = peek(bytes), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
            try digits(bytes, of: start)
        }

        if isInteger, let magnitude {
            if !isNegative, let value = Int64(exactly: magnitude) { return .integer(value) }
            if isNegative, magnitude <= Int64.min.magnitude {
                return .integer(Int64(truncatingIfNeeded: 0 &- magnitude))
            }
        }
        return .number(try Self.double(bytes, start..<position))
    }

    private mutating func digits(_ bytes: Span<UInt8>, of start: Int) throws(JSONError) {
        guard let first = peek(bytes), isDigit(first) else { throw JSONError(.invalidNumber, at: start) }
        while let byte = peek(bytes), isDigit(byte) { position += 1 }
    }

    private static func appending(_ digit: UInt8, to magnitude: UInt64) -> UInt64? {
        let (tenfold, overflow) = magnitude.multipliedReportingOverflow(by: 10)
        let (sum, carry) = tenfold.addingReportingOverflow(UInt64(digit & 0x0F))
        return overflow || carry ? nil : sum
    }

    private static func double(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(JSONError) -> Double {
        guard range.count <= maximumNumberBytes,
            let value = Double(try validatedText(bytes, range)), value.isFinite
        else { throw JSONError(.numberOutOfRange, at: range.lowerBound) }
        return value
    }
}
