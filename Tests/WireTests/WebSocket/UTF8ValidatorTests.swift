import Testing

@testable import Wire

@Suite("UTF-8 as it streams, RFC 3629")
struct UTF8ValidatorTests {
    /// The index of the first byte refused; the count if none; nil if the end cuts a character.
    private func verdict(_ reads: [[UInt8]]) -> (accepted: Bool, isComplete: Bool) {
        var validator = UTF8Validator()
        for read in reads where !validator.accept(read.span) { return (false, false) }
        return (true, validator.isComplete)
    }

    static let valid: [[UInt8]] = [
        [], [0x00], [0x7F], [0xC2, 0x80], [0xDF, 0xBF], [0xE0, 0xA0, 0x80], [0xEC, 0xBF, 0xBF], [0xED, 0x9F, 0xBF],
        [0xEE, 0x80, 0x80], [0xEF, 0xBF, 0xBF], [0xF0, 0x90, 0x80, 0x80], [0xF3, 0xBF, 0xBF, 0xBF],
        [0xF4, 0x8F, 0xBF, 0xBF], Array("κόσμε Ünïcödé 漢字 🚑 and plain words after it".utf8),
    ]

    @Test("The first and last character of each length are accepted, at every split", arguments: valid)
    func accepts(_ bytes: [UInt8]) {
        for split in splits(of: bytes) { #expect(verdict(split) == (true, true)) }
    }

    /// Bytes, and how many of them could still begin a valid text.
    static let invalid: [([UInt8], Int)] = [
        ([0x80], 0), ([0xBF], 0), ([0xC0, 0x80], 0), ([0xC1, 0xBF], 0), ([0xF5, 0x80, 0x80, 0x80], 0), ([0xFE], 0),
        ([0xFF], 0), ([0xE0, 0x80, 0x80], 1), ([0xE0, 0x9F, 0xBF], 1), ([0xED, 0xA0, 0x80], 1),
        ([0xED, 0xBF, 0xBF], 1), ([0xF0, 0x80, 0x80, 0x80], 1), ([0xF0, 0x8F, 0xBF, 0xBF], 1),
        ([0xF4, 0x90, 0x80, 0x80], 1), ([0xC2, 0x41], 1), ([0xE1, 0x80, 0x41], 2), ([0xF1, 0x80, 0x80, 0xC0], 3),
        ([0x41, 0xC2, 0xC2], 2), (Array("plain words ".utf8) + [0xED, 0xA0, 0x80], 13),
    ]

    @Test("Overlong forms, surrogates, strays and too large ones fail at the first bad byte", arguments: invalid)
    func refuses(_ bytes: [UInt8], _ good: Int) {
        for split in splits(of: bytes) { #expect(!verdict(split).accepted) }
        #expect(verdict([Array(bytes[..<good])]).accepted)
        #expect(!verdict([Array(bytes[...good])]).accepted)
    }

    @Test("A text that ends inside a character is accepted so far, but is not complete")
    func incomplete() {
        for bytes: [UInt8] in [[0xC2], [0xE0, 0xA0], [0xF4, 0x8F, 0xBF], [0x41, 0xF0]] {
            #expect(verdict([bytes]) == (true, false))
        }
    }

    @Test("Every sequence of two bytes, and of three after each edge, gets the verdict of the standard library")
    func exhaustive() {
        func check(_ bytes: [UInt8]) {
            let (accepted, isComplete) = verdict([bytes])
            let isValid = String(validating: bytes, as: UTF8.self) != nil
            if (accepted && isComplete) != isValid { Issue.record("\(bytes)") }
        }
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max { check([first, second]) }
        }
        for first: UInt8 in [0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF4] {
            for second in UInt8.min...UInt8.max {
                for third: UInt8 in [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF] {
                    check([first, second, third])
                    for fourth: UInt8 in [0x7F, 0x80, 0xBF, 0xC0] { check([first, second, third, fourth]) }
                }
            }
        }
    }
}
