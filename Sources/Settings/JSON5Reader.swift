/// Reads JSON5 (json5.org) into a `SettingTree`, and says line and column of the first thing that is wrong.
///
/// Foundation's decoder reads JSON5 too, but names no place and lets the first of two equal keys win silently; an
/// operator needs both. At most 16 sections deep. Identifiers are ASCII; numbers are finite.
struct JSON5Reader {
    /// What is wrong, and where, counted from 1.
    struct Failure: Error, Equatable, CustomStringConvertible {
        let line: Int
        let column: Int
        let reason: String

        var description: String { "line \(line), column \(column): \(reason)" }
    }

    private static let deepest = 16

    private let text: [Unicode.Scalar]
    private var index = 0
    private var depth = 0

    private init(_ text: String) { self.text = Array(text.unicodeScalars) }

    static func read(_ text: String) throws(Failure) -> SettingTree {
        var reader = JSON5Reader(text)
        try reader.skipBlanks()
        let tree = try reader.value()
        try reader.skipBlanks()
        guard reader.peek == nil else { throw reader.failure("something follows the end") }
        return tree
    }

    private var peek: Unicode.Scalar? { index < text.count ? text[index] : nil }

    private func failure(_ reason: String, at place: Int? = nil) -> Failure {
        let before = text.prefix(place ?? index)
        let line = before.count { $0 == "\n" } + 1
        let column = before.reversed().prefix { $0 != "\n" }.count + 1
        return Failure(line: line, column: column, reason: reason)
    }

    private func unexpected(_ wanted: String) -> Failure {
        guard let peek else { return failure("the text ends, \(wanted) is missing") }
        let shown = peek.value > 0x20 && peek.value != 0x7F ? "'\(peek)'" : "a control character"
        return failure("\(shown) stands where \(wanted) should")
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        index += 1
        return true
    }

    private mutating func skipBlanks() throws(Failure) {
        while let next = peek {
            if next.properties.isWhitespace || next == "\u{FEFF}" {
                index += 1
            } else if next == "/", index + 1 < text.count, text[index + 1] == "/" {
                while let character = peek, character != "\n" && character != "\r" {
                    _ = character
                    index += 1
                }
            } else if next == "/", index + 1 < text.count, text[index + 1] == "*" {
                let start = index
                index += 2
                while index + 1 < text.count, text[index] != "*" || text[index + 1] != "/" { index += 1 }
                guard index + 1 < text.count else { throw failure("this comment has no end", at: start) }
                index += 2
            } else {
                return
            }
        }
    }
}

extension JSON5Reader {
    private mutating func value() throws(Failure) -> SettingTree {
        switch peek {
        case "{": return try nested { reader throws(Failure) in try reader.section() }
        case "[": return try nested { reader throws(Failure) in try reader.list() }
        case "\"", "'": return .text(try string())
        case .some(let next) where next == "+" || next == "-" || next == "." || Self.isDigit(next): return try number()
        case .some(let next) where Self.isNameStart(next):
            let start = index
            switch name() {
            case "true": return .boolean(true)
            case "false": return .boolean(false)
            case "null": return .null
            case let word: throw failure("\(word.prefix(40)) needs quotes", at: start)
            }
        default: throw unexpected("a value")
        }
    }

    private mutating func nested(
        _ body: (inout JSON5Reader) throws(Failure) -> SettingTree
    ) throws(Failure) -> SettingTree {
        guard depth < Self.deepest else { throw failure("more than \(Self.deepest) levels are open") }
        index += 1
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    private mutating func section() throws(Failure) -> SettingTree {
        var entries: [String: SettingTree] = [:]
        while true {
            try skipBlanks()
            if take("}") { return .section(entries) }
            let start = index
            let key: String
            switch peek {
            case "\"", "'": key = try string()
            case .some(let next) where Self.isNameStart(next): key = name()
            default: throw unexpected("a key or '}'")
            }
            guard entries[key] == nil else { throw failure("the key \(key.prefix(40)) stands here twice", at: start) }
            try skipBlanks()
            guard take(":") else { throw unexpected("':'") }
            try skipBlanks()
            entries[key] = try value()
            try skipBlanks()
            if take("}") { return .section(entries) }
            guard take(",") else { throw unexpected("',' or '}'") }
        }
    }

    private mutating func list() throws(Failure) -> SettingTree {
        var items: [SettingTree] = []
        while true {
            try skipBlanks()
            if take("]") { return .list(items) }
            items.append(try value())
            try skipBlanks()
            if take("]") { return .list(items) }
            guard take(",") else { throw unexpected("',' or ']'") }
        }
    }

    private mutating func name() -> String {
        var result = ""
        while let next = peek, Self.isNameStart(next) || Self.isDigit(next) {
            result.unicodeScalars.append(next)
            index += 1
        }
        return result
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { scalar >= "0" && scalar <= "9" }

    private static func isNameStart(_ scalar: Unicode.Scalar) -> Bool {
        (scalar >= "a" && scalar <= "z") || (scalar >= "A" && scalar <= "Z") || scalar == "_" || scalar == "$"
    }
}

extension JSON5Reader {
    private mutating func number() throws(Failure) -> SettingTree {
        let start = index
        let isNegative = peek == "-"
        if peek == "-" || peek == "+" { index += 1 }
        var digits = ""
        while let next = peek, Self.isDigit(next) || Self.isNameStart(next) || next == "." || next == "-" || next == "+"
        {
            digits.unicodeScalars.append(next)
            index += 1
        }
        let sign = isNegative ? "-" : ""
        if digits.hasPrefix("0x") || digits.hasPrefix("0X") {
            guard let value = Int(sign + digits.dropFirst(2), radix: 16), !digits.contains("+"), !digits.contains("-")
            else { throw failure("\(digits.prefix(40)) is not a number", at: start) }
            return .integer(value)
        }
        let isPlain = digits.unicodeScalars.allSatisfy { Self.isDigit($0) }
        let hasLeadingZero = digits.count > 1 && digits.hasPrefix("0") && isPlain
        if isPlain, !hasLeadingZero, let value = Int(sign + digits) { return .integer(value) }
        var padded = digits.hasPrefix(".") ? "0" + digits : digits
        if padded.hasSuffix(".") { padded += "0" }
        let hasOnlyNumberParts = digits.unicodeScalars.allSatisfy {
            Self.isDigit($0) || $0 == "." || $0 == "e" || $0 == "E" || $0 == "+" || $0 == "-"
        }
        guard hasOnlyNumberParts, !hasLeadingZero, digits != ".", let value = Double(sign + padded), value.isFinite
        else { throw failure("\(digits.prefix(40)) is not a number", at: start) }
        return .number(value)
    }

    private mutating func string() throws(Failure) -> String {
        let start = index
        let quote = text[index]
        index += 1
        var result = String.UnicodeScalarView()
        while let next = peek {
            if next == quote {
                index += 1
                return String(result)
            }
            guard next != "\n", next != "\r" else { break }
            index += 1
            guard next == "\\" else {
                result.append(next)
                continue
            }
            if let escaped = try escape() { result.append(escaped) }
        }
        throw failure("this text has no closing \(quote)", at: start)
    }

    /// What a backslash stands for; nil for a continued line.
    private mutating func escape() throws(Failure) -> Unicode.Scalar? {
        guard let next = peek else { throw unexpected("an escape") }
        index += 1
        switch next {
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "b": return "\u{8}"
        case "f": return "\u{C}"
        case "v": return "\u{B}"
        case "0": return "\0"
        case "x": return try hexadecimal(2)
        case "u": return try hexadecimal(4)
        case "\r":
            _ = take("\n")
            return nil
        case "\n": return nil
        case _ where Self.isDigit(next): throw failure("\\\(next) is not an escape", at: index - 2)
        default: return next
        }
    }

    private mutating func hexadecimal(_ count: Int) throws(Failure) -> Unicode.Scalar {
        let start = index
        var value = try codeUnit(count)
        if count == 4, value >= 0xD800, value < 0xDC00, take("\\"), take("u") {
            let low = try codeUnit(4)
            guard low >= 0xDC00, low < 0xE000 else { throw failure("half of a surrogate pair", at: start) }
            value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else { throw failure("half of a surrogate pair", at: start) }
        return scalar
    }

    private mutating func codeUnit(_ count: Int) throws(Failure) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let next = peek, next.isASCII, let digit = Character(next).hexDigitValue else {
                throw unexpected("a hexadecimal digit")
            }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }
}
